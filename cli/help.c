/* Prints help; see help.h. Says nothing that is not in the table, but for what holds for every command. */
#include "help.h"

#include <string.h>

#include "base/manual_page.h"

static const char intro[] =
    "dragoman talks to a Dragoman gateway: it exchanges tokens, administers documents and keys,\n"
    "and answers who did what. Token commands work offline.";

#define SECRETS                                                                                                \
    "Secrets never go on the command line: they come from files (--client-secret-file and its like), from\n"   \
    "standard input (-) or from files that the environment names."

static const struct {
    const char *value, *meaning;
} exit_codes[] = {
    {"0", "fine"},
    {"1", "refused or failed: the gateway said no, a token is not valid, a file is wrong, documents differ"},
    {"2", "the command line is wrong; policy authorize: the policies deny"},
    {"3", "the gateway, its admin socket or the issuer cannot be reached"},
};

static const struct option environment[] = {
    {.name = "DRAGOMAN_GATEWAY", .help = "the gateway's URL, like --gateway"},
    {.name = "DRAGOMAN_CA_FILE", .help = "certificate authorities to trust (PEM), like --ca-file"},
    {.name = "DRAGOMAN_ADMIN_SOCKET", .help = "the admin socket, like --admin-socket"},
    {.name = "DRAGOMAN_SUBJECT_TOKEN_FILE", .help = "like --subject-token-file"},
    {.name = "DRAGOMAN_ACTOR_TOKEN_FILE", .help = "like --actor-token-file"},
    {.name = "DRAGOMAN_CLIENT_SECRET_FILE", .help = "like --client-secret-file"},
    {.name = "DRAGOMAN_CLIENT_ASSERTION_FILE", .help = "like --client-assertion-file"},
    {.name = "NO_COLOR", .help = "no colours, also on a terminal"},
    {.name = NULL},
};

static void print_heading(const struct terminal *terminal, FILE *stream, const char *heading)
{
    fprintf(stream, "\n%s%s%s\n", terminal_ink(terminal, stream, INK_BOLD), heading,
            terminal_ink(terminal, stream, INK_PLAIN));
}

/* "key rotate" */
static void command_name(const struct command *command, char name[48])
{
    snprintf(name, 48, "%s%s%s", command->noun, command->verb != NULL ? " " : "",
             command->verb != NULL ? command->verb : "");
}

static void print_summary(FILE *stream, const struct command *command)
{
    char name[48];
    command_name(command, name);
    fprintf(stream, "  %-17s %s\n", name, command->summary);
}

void help_overview(const struct terminal *terminal, FILE *stream)
{
    fprintf(stream, "Usage: dragoman COMMAND [OPTIONS]\n\n%s\n", intro);
    print_heading(terminal, stream, "Commands");
    for (const struct command *command = command_table; command->noun != NULL; command++)
        print_summary(stream, command);
    print_heading(terminal, stream, "Environment");
    for (const struct option *variable = environment; variable->name != NULL; variable++)
        fprintf(stream, "  %-31s %s\n", variable->name, variable->help);
    print_heading(terminal, stream, "Exit status");
    for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
        fprintf(stream, "  %s  %s\n", exit_codes[i].value, exit_codes[i].meaning);
    print_heading(terminal, stream, "Examples");
    fputs("  dragoman exchange --audience https://orders.partner.example --subject-token-file user.jwt \\\n"
          "      --client-assertion-file platform.jwt\n"
          "  dragoman apply -f issuer.yaml\n"
          "  dragoman explain 01KAQZ3M5W8Y0E6T2R4V7N9B1C\n"
          "\ndragoman COMMAND --help tells more about one command.\n",
          stream);
}

void help_noun(const struct terminal *terminal, FILE *stream, const char *noun)
{
    fprintf(stream, "Usage: dragoman %s COMMAND [OPTIONS]\n", noun);
    print_heading(terminal, stream, "Commands");
    for (const struct command *command = command_table; command->noun != NULL; command++)
        if (strcmp(command->noun, noun) == 0)
            print_summary(stream, command);
    print_heading(terminal, stream, "Examples");
    for (const struct command *command = command_table; command->noun != NULL; command++)
        if (strcmp(command->noun, noun) == 0)
            fputs(command->examples, stream);
}

static void print_usage(FILE *stream, const struct command *command)
{
    char name[48];
    command_name(command, name);
    fprintf(stream, "dragoman %s%s%s [OPTIONS]\n", name, command->arguments != NULL ? " " : "",
            command->arguments != NULL ? command->arguments : "");
}

/* "-f, --file FILE" */
static void option_name(const struct option *option, char name[64])
{
    char letter[8] = "";
    if (option->letter != 0)
        snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    snprintf(name, 64, "%s--%s%s%s", letter, option->name, option->value != NULL ? " " : "",
             option->value != NULL ? option->value : "");
}

void help_command(const struct terminal *terminal, FILE *stream, const struct command *command)
{
    const struct option *option;
    fputs("Usage: ", stream);
    print_usage(stream, command);
    fprintf(stream, "\n%s\n", command->text);
    print_heading(terminal, stream, "Options");
    for (unsigned i = 0; (option = command_option(command, i)) != NULL; i++) {
        char name[64];
        option_name(option, name);
        fprintf(stream, "  %-31s %s\n", name, option->help);
        if (option->environment != NULL)
            fprintf(stream, "  %-31s environment: %s\n", "", option->environment);
    }
    print_heading(terminal, stream, "Examples");
    fputs(command->examples, stream);
}

static void write_command(FILE *stream, const struct command *command)
{
    const struct option *option;
    char name[64];
    command_name(command, name);
    fprintf(stream, "\n## dragoman %s\n\n%s.\n\n```\n", name, command->summary);
    print_usage(stream, command);
    fprintf(stream, "```\n\n%s\n\n| option | meaning | environment |\n|---|---|---|\n", command->text);
    for (unsigned i = 0; (option = command_option(command, i)) != NULL; i++) {
        option_name(option, name);
        fprintf(stream, "| `%s` | ", name);
        for (const char *c = option->help; *c != '\0'; c++)
            fprintf(stream, *c == '|' ? "\\%c" : "%c", *c);
        fprintf(stream, " | %s%s%s |\n", option->environment != NULL ? "`" : "",
                option->environment != NULL ? option->environment : "", option->environment != NULL ? "`" : "");
    }
    fprintf(stream, "\n```sh\n");
    for (const char *line = command->examples; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        size_t indent = length >= 2 && strncmp(line, "  ", 2) == 0 ? 2 : 0;
        fprintf(stream, "%.*s\n", (int)(length - indent), line + indent);
        line += length + (line[length] == '\n');
    }
    fprintf(stream, "```\n");
}

static void write_manual_command(struct buffer *out, struct arena *arena, const struct command *command)
{
    const struct option *option;
    char name[64];
    command_name(command, name);
    manual_page_subsection(out, arena_print(arena, "dragoman %s%s%s [OPTIONS]", name,
                                            command->arguments != NULL ? " " : "",
                                            command->arguments != NULL ? command->arguments : "")
                                    .base);
    manual_page_text(out, arena_print(arena, "%s.\n\n%s", command->summary, command->text).base);
    for (unsigned i = 0; (option = command_option(command, i)) != NULL; i++) {
        option_name(option, name);
        manual_page_item(
            out, name,
            option->environment == NULL
                ? option->help
                : arena_print(arena, "%s (environment: %s)", option->help, option->environment).base);
    }
    manual_page_example(out, command->examples);
}

void help_manual_page(FILE *stream)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER page = {0};
    manual_page_begin(&page, "dragoman", 1, "command line of the Dragoman gateway");
    manual_page_section(&page, "SYNOPSIS");
    manual_page_text(&page, "dragoman COMMAND [OPTIONS]");
    manual_page_section(&page, "DESCRIPTION");
    manual_page_text(&page, intro);
    manual_page_text(&page, "\n" SECRETS);
    manual_page_section(&page, "COMMANDS");
    for (const struct command *command = command_table; command->noun != NULL; command++)
        write_manual_command(&page, arena, command);
    manual_page_section(&page, "EXIT STATUS");
    for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
        manual_page_item(&page, exit_codes[i].value, exit_codes[i].meaning);
    manual_page_section(&page, "ENVIRONMENT");
    for (const struct option *variable = environment; variable->name != NULL; variable++)
        manual_page_item(&page, variable->name, variable->help);
    manual_page_section(&page, "SEE ALSO");
    manual_page_text(&page, "dragomand(8), dragoman.yaml(5)");
    fwrite(page.base, 1, page.length, stream);
}

void help_reference(FILE *stream)
{
    fprintf(
        stream,
        "# dragoman(1)\n\n"
        "<!-- Written by `dragoman help --markdown` from the command table; change the table, not this page. "
        "-->\n\n%s\n\n" SECRETS "\n\n"
        "| exit status | meaning |\n|---|---|\n",
        intro);
    for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
        fprintf(stream, "| %s | %s |\n", exit_codes[i].value, exit_codes[i].meaning);
    fprintf(stream, "\n| environment | meaning |\n|---|---|\n");
    for (const struct option *variable = environment; variable->name != NULL; variable++)
        fprintf(stream, "| `%s` | %s |\n", variable->name, variable->help);
    for (const struct command *command = command_table; command->noun != NULL; command++)
        write_command(stream, command);
}
