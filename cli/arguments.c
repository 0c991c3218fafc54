/* From argv to an invocation; see arguments.h. Options may stand before or after arguments, "--" ends them. */
#include "arguments.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const struct option *command_option(const struct command *command, unsigned index)
{
    const struct option *lists[] = {
        command->options,
        (command->groups & OPTIONS_GATEWAY) != 0 ? gateway_options : NULL,
        (command->groups & OPTIONS_ADMIN) != 0 ? admin_options : NULL,
        (command->groups & OPTIONS_OUTPUT) != 0 ? output_options : NULL,
        every_option,
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (const struct option *option = lists[i]; option != NULL && option->name != NULL; option++)
            if (index-- == 0)
                return option;
    return NULL;
}

const char *invocation_option_at(const struct invocation *invocation, const char *name, unsigned nth)
{
    const char *environment = NULL;
    bool is_given = false;
    for (unsigned i = 0; i < invocation->given_count; i++) {
        if (strcmp(invocation->given[i].option->name, name) != 0)
            continue;
        is_given = true;
        if (nth-- == 0)
            return invocation->given[i].value;
    }
    const struct option *option;
    for (unsigned i = 0; !is_given && nth == 0 && (option = command_option(invocation->command, i)) != NULL;
         i++)
        if (strcmp(option->name, name) == 0 && option->environment != NULL)
            environment = getenv(option->environment);
    return environment != NULL && environment[0] != '\0' ? environment : NULL;
}

const char *invocation_option(const struct invocation *invocation, const char *name)
{
    return invocation_option_at(invocation, name, 0);
}

bool invocation_has(const struct invocation *invocation, const char *name)
{
    return invocation_option(invocation, name) != NULL;
}

/* -- what must never be in argv */

static bool looks_like_token(const char *word)
{
    const char *start = strstr(word, "eyJ"); /* base64url of {" */
    return start != NULL && strchr(start, '.') != NULL && strlen(start) > 24;
}

enum exit_code arguments_refuse_secrets(int argc, char **argv, const struct terminal *terminal)
{
    static const char *const names[] = {"--client-secret",    "--subject-token", "--actor-token",
                                        "--client-assertion", "--token",         "--password"};
    for (int i = 1; i < argc; i++) {
        size_t length = strcspn(argv[i], "=");
        bool is_secret = looks_like_token(argv[i]);
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            is_secret = is_secret || (strlen(names[j]) == length && strncmp(argv[i], names[j], length) == 0);
        if (!is_secret)
            continue;
        terminal_complain(
            terminal, TEXT("a secret does not belong on the command line"),
            TEXT("every user of this machine can read it there, and the shell keeps it in its history"),
            TEXT("put it in a file only you can read and name the file (--client-secret-file, "
                 "--subject-token-file ...), or send it on standard input with '-'; treat the one "
                 "just typed as known to others"));
        return EXIT_CODE_USAGE;
    }
    return EXIT_CODE_FINE;
}

/* -- which command */

static void complain_unknown(const struct terminal *terminal, const char *kind, const char *word,
                             const char *nearest, const char *next)
{
    SCOPED_ARENA arena = arena_create();
    struct text why = nearest == NULL ? TEXT_NONE : arena_print(arena, "did you mean %s?", nearest);
    terminal_complain(terminal, arena_print(arena, "there is no %s '%s'", kind, word), why, text_of(next));
}

static void keep_nearest(const char *word, const char *name, unsigned *distance, const char **nearest)
{
    unsigned candidate = text_distance(text_of(word), text_of(name));
    if (candidate < *distance) {
        *distance = candidate;
        *nearest = name;
    }
}

static bool is_word(const char *argument)
{
    return argument[0] != '-';
}

enum exit_code arguments_find_command(int argc, char **argv, const struct terminal *terminal,
                                      struct command_words *words)
{
    *words = (struct command_words){.consumed = 1};
    if (argc < 2 || !is_word(argv[1]))
        return EXIT_CODE_FINE;
    unsigned noun_distance = 3, verb_distance = 3;
    const char *nearest_noun = NULL, *nearest_verb = NULL;
    bool has_verb = argc > 2 && is_word(argv[2]);
    for (const struct command *command = command_table; command->noun != NULL; command++) {
        keep_nearest(argv[1], command->noun, &noun_distance, &nearest_noun);
        if (strcmp(command->noun, argv[1]) != 0)
            continue;
        words->noun = command->noun;
        words->consumed = 2;
        if (command->verb != NULL && has_verb)
            keep_nearest(argv[2], command->verb, &verb_distance, &nearest_verb);
        if (command->verb != NULL && (!has_verb || strcmp(command->verb, argv[2]) != 0))
            continue;
        words->command = command;
        words->consumed = command->verb == NULL ? 2 : 3;
        return EXIT_CODE_FINE;
    }
    if (words->noun == NULL)
        complain_unknown(terminal, "command", argv[1], nearest_noun, "dragoman --help lists all commands");
    else if (has_verb)
        complain_unknown(terminal, words->noun, argv[2], nearest_verb, "ask with --help what there is");
    return words->noun == NULL || has_verb ? EXIT_CODE_USAGE : EXIT_CODE_FINE;
}

/* -- its options and arguments */

static enum exit_code complain_usage(const struct invocation *invocation, struct text what)
{
    const struct command *command = invocation->command;
    terminal_complain(invocation->terminal, what, TEXT_NONE,
                      arena_print(invocation->arena, "dragoman %s%s%s --help shows how it goes", command->noun,
                                  command->verb != NULL ? " " : "",
                                  command->verb != NULL ? command->verb : ""));
    return EXIT_CODE_USAGE;
}

/* The option that "--name", "--name=value" or "-x" names; *value is what follows "=", or NULL. */
static const struct option *find_option(const struct invocation *invocation, const char *word,
                                        const char **value)
{
    bool is_long = word[1] == '-';
    size_t length = is_long ? strcspn(word + 2, "=") : 1;
    const struct option *option;
    *value = is_long && word[2 + length] == '=' ? word + 2 + length + 1 : NULL;
    if (!is_long && word[1] != '\0' && word[2] != '\0')
        return NULL;
    for (unsigned i = 0; (option = command_option(invocation->command, i)) != NULL; i++) {
        if (!is_long && option->letter != 0 && option->letter == word[1])
            return option;
        if (is_long && strlen(option->name) == length && strncmp(option->name, word + 2, length) == 0)
            return option;
    }
    return NULL;
}

static enum exit_code unknown_option(const struct invocation *invocation, const char *word)
{
    unsigned distance = 4;
    const char *nearest = NULL;
    const struct option *option;
    struct arena *arena = invocation->arena;
    struct text name = {word, strcspn(word, "=")};
    const char *bare = arena_copy(arena, name).base;
    for (unsigned i = 0; (option = command_option(invocation->command, i)) != NULL; i++)
        keep_nearest(bare + strspn(bare, "-"), option->name, &distance, &nearest);
    if (nearest == NULL)
        return complain_usage(invocation, arena_print(arena, "there is no option %s here", bare));
    return complain_usage(invocation,
                          arena_print(arena, "there is no option %s here; did you mean --%s?", bare, nearest));
}

/* Reads the option at argv[*index], and its value, which may be the next word. */
static enum exit_code read_option(int argc, char **argv, int *index, struct invocation *invocation)
{
    const char *word = argv[*index];
    const char *value = NULL;
    const struct option *option = find_option(invocation, word, &value);
    struct arena *arena = invocation->arena;
    if (option == NULL)
        return unknown_option(invocation, word);
    if (option->value == NULL && value != NULL)
        return complain_usage(invocation, arena_print(arena, "--%s takes no value", option->name));
    if (option->value != NULL && value == NULL) {
        if (*index + 1 >= argc || (argv[*index + 1][0] == '-' && argv[*index + 1][1] != '\0'))
            return complain_usage(invocation,
                                  arena_print(arena, "--%s needs a value: %s", option->name, option->value));
        value = argv[++*index];
    }
    for (unsigned i = 0; i < invocation->given_count; i++)
        if (invocation->given[i].option == option && !option->may_repeat)
            return complain_usage(invocation, arena_print(arena, "--%s is given twice", option->name));
    if (invocation->given_count == INVOCATION_OPTIONS_MAX)
        return complain_usage(invocation, TEXT("too many options"));
    invocation->given[invocation->given_count++] = (struct given_option){option, value != NULL ? value : ""};
    return EXIT_CODE_FINE;
}

static enum exit_code read_output_format(struct invocation *invocation)
{
    const char *output = invocation_option(invocation, "output");
    if (output == NULL || strcmp(output, "table") == 0)
        invocation->output = OUTPUT_TABLE;
    else if (strcmp(output, "json") == 0)
        invocation->output = OUTPUT_JSON;
    else if (strcmp(output, "yaml") == 0)
        invocation->output = OUTPUT_YAML;
    else
        return complain_usage(invocation, TEXT("--output is one of table, json, yaml"));
    return EXIT_CODE_FINE;
}

static enum exit_code check_count(const struct invocation *invocation)
{
    const struct command *command = invocation->command;
    if (invocation->argument_count < command->arguments_least)
        return complain_usage(invocation, arena_print(invocation->arena, "something is missing; it takes %s",
                                                      command->arguments));
    return EXIT_CODE_FINE;
}

/* Key ids and roots are base64url, so some begin with '-'; nobody writes an option of that length. */
static bool is_identifier(const char *word)
{
    size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    return word[length] == '\0' && (length == 22 || length == 43) && word[1] != '-';
}

enum exit_code arguments_read(int argc, char **argv, int first, struct invocation *invocation, bool *wants_help)
{
    bool options_ended = false;
    *wants_help = false;
    for (int i = first; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            *wants_help = true;
    for (int i = first; i < argc && !*wants_help; i++) {
        if (!options_ended && strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else if (!options_ended && argv[i][0] == '-' && argv[i][1] != '\0' && !is_identifier(argv[i])) {
            enum exit_code code = read_option(argc, argv, &i, invocation);
            if (code != EXIT_CODE_FINE)
                return code;
        } else if (invocation->argument_count == invocation->command->arguments_most) {
            return complain_usage(invocation,
                                  arena_print(invocation->arena, "'%s' is one word too many", argv[i]));
        } else {
            invocation->arguments[invocation->argument_count++] = argv[i];
        }
    }
    if (*wants_help)
        return EXIT_CODE_FINE;
    enum exit_code code = check_count(invocation);
    return code != EXIT_CODE_FINE ? code : read_output_format(invocation);
}
