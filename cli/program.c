/* From a command line to an exit status; see program.h. Knows help and version as the two things that are not
 * rows with work behind them. */
#include "program.h"

#include <string.h>

#include "arguments.h"
#include "help.h"

/* dragoman, dragoman --help, dragoman help [COMMAND...], dragoman help --markdown|--man */
static enum exit_code run_without_command(int argc, char **argv, struct terminal *terminal)
{
    if (argc < 2) {
        help_overview(terminal, terminal->error);
        return EXIT_CODE_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_overview(terminal, terminal->out);
        return EXIT_CODE_FINE;
    }
    SCOPED_ARENA arena = arena_create();
    terminal_complain(terminal, arena_print(arena, "the first word is a command, not %s", argv[1]), TEXT_NONE,
                      TEXT("dragoman --help lists all commands"));
    return EXIT_CODE_USAGE;
}

static enum exit_code run_help(int argc, char **argv, struct terminal *terminal)
{
    struct command_words words;
    if (argc > 2 && strcmp(argv[2], "--markdown") == 0) {
        help_reference(terminal->out);
        return EXIT_CODE_FINE;
    }
    if (argc > 2 && strcmp(argv[2], "--man") == 0) {
        help_manual_page(terminal->out);
        return EXIT_CODE_FINE;
    }
    enum exit_code code = arguments_find_command(argc - 1, argv + 1, terminal, &words);
    if (code != EXIT_CODE_FINE)
        return code;
    if (words.command != NULL)
        help_command(terminal, terminal->out, words.command);
    else if (words.noun != NULL)
        help_noun(terminal, terminal->out, words.noun);
    else
        help_overview(terminal, terminal->out);
    return EXIT_CODE_FINE;
}

/* A noun that has verbs, without one: right with --help, else a usage error that shows the same. */
static enum exit_code run_noun(int argc, char **argv, const char *noun, struct terminal *terminal)
{
    bool wants_help = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
    help_noun(terminal, wants_help ? terminal->out : terminal->error, noun);
    return wants_help ? EXIT_CODE_FINE : EXIT_CODE_USAGE;
}

enum exit_code program_run(int argc, char **argv, struct terminal *terminal)
{
    enum exit_code code = arguments_refuse_secrets(argc, argv, terminal);
    if (code != EXIT_CODE_FINE)
        return code;
    if (argc > 1 && strcmp(argv[1], "help") == 0)
        return run_help(argc, argv, terminal);
    char version[] = "version";
    char *version_words[] = {argv[0], version};
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        argv = version_words;
    struct command_words words;
    code = arguments_find_command(argc, argv, terminal, &words);
    if (code != EXIT_CODE_FINE)
        return code;
    if (words.noun == NULL)
        return run_without_command(argc, argv, terminal);
    if (words.command == NULL)
        return run_noun(argc, argv, words.noun, terminal);
    SCOPED_ARENA arena = arena_create();
    struct invocation invocation = {.command = words.command, .terminal = terminal, .arena = arena};
    bool wants_help = false;
    code = arguments_read(argc, argv, words.consumed, &invocation, &wants_help);
    if (wants_help)
        help_command(terminal, terminal->out, words.command);
    return code != EXIT_CODE_FINE || wants_help ? code : words.command->run(&invocation);
}
