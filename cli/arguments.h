/* Reads a command line into an invocation: finds the command, its options and its arguments, and refuses what
 * is not in the table, with the nearest name that is. A secret in argv can be read by every user of the machine
 * (ps), so values that are secrets are refused here whatever the command. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "command.h"

/* What the words before any option name. */
struct command_words {
    const struct command *command; /* NULL: noun alone, or nothing */
    const char *noun;              /* a noun that has verbs, without one; or NULL */
    int consumed;                  /* words, the program's name included */
};

/* EXIT_CODE_USAGE after a complaint when the words name nothing. */
enum exit_code arguments_find_command(int argc, char **argv, const struct terminal *terminal,
                                      struct command_words *words);
/* Reads the rest. *wants_help is set by -h or --help, and nothing further is checked then. */
enum exit_code arguments_read(int argc, char **argv, int first, struct invocation *invocation,
                              bool *wants_help);
/* Refuses secrets anywhere on the command line, without repeating them. */
enum exit_code arguments_refuse_secrets(int argc, char **argv, const struct terminal *terminal);

#endif
