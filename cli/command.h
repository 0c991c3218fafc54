/* What a command is: a row with a name, its arguments, its options, one line of help and a function. Dispatch,
 * --help at every level and docs/reference/cli.md come from the same rows (command_table.c). Commands see their
 * words through an invocation and people through its terminal; they never touch stdin, stdout or argv
 * themselves. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/arena.h"
#include "terminal.h"

/* What the program's exit status means; docs/reference/cli.md lists them. */
enum exit_code {
    EXIT_CODE_FINE = 0,
    EXIT_CODE_REFUSED = 1, /* the gateway said no, a token is not valid, a file is wrong, documents differ */
    EXIT_CODE_USAGE = 2,   /* the command line itself */
    EXIT_CODE_DENIED = 2,  /* of policy authorize alone: as Cedar's command line says it */
    EXIT_CODE_UNREACHABLE = 3,
};

struct option {
    const char *name;        /* without dashes; NULL ends a list */
    char letter;             /* short form, or 0 */
    const char *value;       /* what stands for the value in help; NULL for a flag */
    const char *environment; /* variable that fills in when the option is absent, or NULL */
    const char *help;
    bool may_repeat;
};

/* Option groups that several commands share. */
enum option_group {
    OPTIONS_GATEWAY = 1, /* --gateway, --ca-file */
    OPTIONS_ADMIN = 2,   /* --admin-socket */
    OPTIONS_OUTPUT = 4,  /* --output */
};

struct invocation;
struct sent_places;

struct command {
    const char *noun;      /* first word; NULL ends the table */
    const char *verb;      /* second word, or NULL */
    const char *arguments; /* for people: "KIND [NAME]" */
    unsigned arguments_least, arguments_most;
    unsigned groups; /* enum option_group */
    const struct option *options;
    const char *summary; /* one line */
    const char *text;    /* paragraphs; lines under 80 columns */
    const char *examples;
    enum exit_code (*run)(struct invocation *invocation);
};

extern const struct command command_table[];
extern const struct option gateway_options[], admin_options[], output_options[], every_option[];

/* Visits a command's own options, then those of its groups, then those every command has; NULL past the end. */
const struct option *command_option(const struct command *command, unsigned index);

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_YAML };

enum { INVOCATION_OPTIONS_MAX = 64, INVOCATION_ARGUMENTS_MAX = 64 };

struct given_option {
    const struct option *option;
    const char *value; /* "" for a flag */
};

struct invocation {
    const struct command *command;
    struct terminal *terminal;
    struct arena *arena; /* lives as long as the program's one run */
    const char *arguments[INVOCATION_ARGUMENTS_MAX];
    unsigned argument_count;
    struct given_option given[INVOCATION_OPTIONS_MAX];
    unsigned given_count;
    enum output_format output;
    const struct sent_places *sent; /* what the body of a request is made of; NULL where no files are sent */
};

/* The last value given, else the environment's, else NULL. */
const char *invocation_option(const struct invocation *invocation, const char *name);
/* The nth value of an option that may repeat, NULL past the end; without any, the environment's is the 0th. */
const char *invocation_option_at(const struct invocation *invocation, const char *name, unsigned nth);
bool invocation_has(const struct invocation *invocation, const char *name);

#endif
