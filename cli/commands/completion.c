/* dragoman completion: the command table as a script for a shell. Words are completed from the table alone,
 * nobody is asked; what stands for a file (FILE, PATH, PROGRAM) is completed as one. */
#include <string.h>

#include "commands.h"

#include "config/documents.h"

static bool is_file(const char *value)
{
    return value != NULL &&
           (strstr(value, "FILE") != NULL || strstr(value, "PATH") != NULL || strstr(value, "PROGRAM") != NULL);
}

/* What an option's value can be, apart by spaces; NULL when that is not known. */
static const char *values_of(const struct option *option)
{
    return option->value != NULL && strcmp(option->value, "FORMAT") == 0 && strcmp(option->name, "output") == 0
               ? "table json yaml"
               : NULL;
}

/* What a command's first argument can be, apart by spaces; NULL when that is not known. */
static const char *arguments_of(struct arena *arena, const struct command *command)
{
    if (command->run == command_completion)
        return "bash zsh fish";
    if (command->run != command_get && command->run != command_delete)
        return NULL;
    struct text kinds = TEXT_NONE;
    for (int i = 0; i < DOCUMENT_KIND_COUNT; i++)
        kinds = arena_print(arena, "%.*s%s%s", TEXT_ARGUMENTS(kinds), i == 0 ? "" : " ",
                            document_kind_name((enum document_kind)i));
    return kinds.base;
}

static bool is_first_of_noun(const struct command *command)
{
    for (const struct command *other = command_table; other != command; other++)
        if (strcmp(other->noun, command->noun) == 0)
            return false;
    return true;
}

static bool has_verbs(const char *noun)
{
    for (const struct command *command = command_table; command->noun != NULL; command++)
        if (strcmp(command->noun, noun) == 0 && command->verb != NULL)
            return true;
    return false;
}

/* A summary or help as a shell's single-quoted word holds it; zsh ends a description at a bracket or colon. */
static void write_quoted(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:", *text) != NULL)
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
}

/* -- bash */

static void write_bash_nouns(FILE *out)
{
    fputs("    nouns='", out);
    for (const struct command *command = command_table; command->noun != NULL; command++)
        if (is_first_of_noun(command))
            fprintf(out, "%s ", command->noun);
    fputs("help'\n    case $noun in\n", out);
    for (const struct command *command = command_table; command->noun != NULL; command++) {
        if (!is_first_of_noun(command) || !has_verbs(command->noun))
            continue;
        fprintf(out, "    %s) verbs='", command->noun);
        for (const struct command *other = command_table; other->noun != NULL; other++)
            if (strcmp(other->noun, command->noun) == 0 && other->verb != NULL)
                fprintf(out, "%s ", other->verb);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n", out);
}

static void write_bash_command(FILE *out, struct arena *arena, const struct command *command)
{
    const struct option *option;
    const char *arguments = arguments_of(arena, command);
    fprintf(out, "    '%s %s')\n        options='", command->noun, command->verb != NULL ? command->verb : "");
    for (unsigned i = 0; (option = command_option(command, i)) != NULL; i++)
        fprintf(out, "--%s ", option->name);
    fprintf(out, "' arguments='%s' is_file=%s\n        case $previous in\n", arguments != NULL ? arguments : "",
            is_file(command->arguments) ? "yes" : "");
    for (unsigned i = 0; (option = command_option(command, i)) != NULL; i++) {
        if (option->value == NULL)
            continue;
        fprintf(out, "        --%s", option->name);
        if (option->letter != 0)
            fprintf(out, " | -%c", option->letter);
        fprintf(out, ") options= arguments='%s' is_file=%s ;;\n",
                values_of(option) != NULL ? values_of(option) : "", is_file(option->value) ? "yes" : "");
    }
    fputs("        esac\n        ;;\n", out);
}

static void write_bash(FILE *out, struct arena *arena)
{
    fputs("# Completions of dragoman for bash; written by: dragoman completion bash\n"
          "_dragoman() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local noun=${COMP_WORDS[1]} verb= nouns= verbs= options= arguments= is_file=\n"
          "    COMPREPLY=()\n",
          out);
    write_bash_nouns(out);
    fputs("    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        COMPREPLY=($(compgen -W \"$nouns\" -- \"$word\"))\n"
          "        return\n"
          "    fi\n"
          "    if [ \"$COMP_CWORD\" -eq 2 ] && [ -n \"$verbs\" ]; then\n"
          "        COMPREPLY=($(compgen -W \"$verbs\" -- \"$word\"))\n"
          "    fi\n"
          "    case \" $verbs \" in *\" ${COMP_WORDS[2]} \"*) verb=${COMP_WORDS[2]} ;; esac\n"
          "    case \"$noun $verb\" in\n",
          out);
    for (const struct command *command = command_table; command->noun != NULL; command++)
        write_bash_command(out, arena, command);
    fputs("    esac\n"
          "    case $word in\n"
          "    -*) COMPREPLY+=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
          "    *)\n"
          "        COMPREPLY+=($(compgen -W \"$arguments\" -- \"$word\"))\n"
          "        [ -z \"$is_file\" ] || COMPREPLY+=($(compgen -f -- \"$word\"))\n"
          "        ;;\n"
          "    esac\n"
          "}\n"
          "complete -o filenames -F _dragoman dragoman\n",
          out);
}

/* -- zsh */

static void write_zsh_spelling(FILE *out, const struct option *option, const char *spelling)
{
    fprintf(out, " \\\n            '%s%s[", option->may_repeat ? "*" : "", spelling);
    write_quoted(out, option->help);
    fputc(']', out);
    if (option->value != NULL) {
        fputc(':', out);
        write_quoted(out, option->value);
        fputc(':', out);
    }
    if (values_of(option) != NULL)
        fprintf(out, "(%s)", values_of(option));
    else if (is_file(option->value))
        fputs("_files", out);
    fputc('\'', out);
}

static void write_zsh_option(FILE *out, struct arena *arena, const struct option *option)
{
    write_zsh_spelling(out, option, arena_print(arena, "--%s", option->name).base);
    if (option->letter != 0)
        write_zsh_spelling(out, option, arena_print(arena, "-%c", option->letter).base);
}

static void write_zsh_command(FILE *out, struct arena *arena, const struct command *command)
{
    const struct option *option;
    const char *arguments = arguments_of(arena, command);
    fprintf(out, "        '%s %s') _arguments", command->noun, command->verb != NULL ? command->verb : "");
    for (unsigned i = 0; (option = command_option(command, i)) != NULL; i++)
        write_zsh_option(out, arena, option);
    if (arguments != NULL)
        fprintf(out, " \\\n            '1:argument:(%s)'", arguments);
    else if (is_file(command->arguments))
        fputs(" \\\n            '*:file:_files'", out);
    fputs(" ;;\n", out);
}

static void write_zsh_words(FILE *out, const char *noun)
{
    for (const struct command *command = command_table; command->noun != NULL; command++) {
        bool is_verb = noun != NULL;
        if (is_verb ? command->verb == NULL || strcmp(command->noun, noun) != 0 : !is_first_of_noun(command))
            continue;
        fprintf(out, " '%s:", is_verb ? command->verb : command->noun);
        write_quoted(out, !is_verb && command->verb != NULL ? command->noun : command->summary);
        fputc('\'', out);
    }
}

static void write_zsh(FILE *out, struct arena *arena)
{
    fputs("#compdef dragoman\n# Completions of dragoman for zsh; written by: dragoman completion zsh\n"
          "_dragoman() {\n"
          "    local noun=$words[2] verb=\n"
          "    local -a found\n"
          "    if (( CURRENT == 2 )); then\n"
          "        found=(",
          out);
    write_zsh_words(out, NULL);
    fputs(" 'help:Help at every level')\n"
          "        _describe command found\n"
          "        return\n"
          "    fi\n"
          "    case $noun in\n",
          out);
    for (const struct command *command = command_table; command->noun != NULL; command++) {
        if (!is_first_of_noun(command) || !has_verbs(command->noun))
            continue;
        fprintf(out, "    %s) found=(", command->noun);
        write_zsh_words(out, command->noun);
        fputs(") ;;\n", out);
    }
    fputs("    esac\n"
          "    (( CURRENT == 3 && $#found )) && _describe command found\n"
          "    [[ -n ${(M)found:#$words[3]:*} ]] && verb=$words[3]\n"
          "    # The noun and the verb are the command's name for _arguments, as the program's is for other "
          "commands.\n"
          "    if [[ -n $verb ]]; then shift 2 words; (( CURRENT -= 2 )); else shift words; (( CURRENT -= 1 "
          ")); fi\n"
          "    case \"$noun $verb\" in\n",
          out);
    for (const struct command *command = command_table; command->noun != NULL; command++)
        write_zsh_command(out, arena, command);
    fputs("    esac\n}\n"
          "if [[ $funcstack[1] == _dragoman ]]; then _dragoman \"$@\"; else compdef _dragoman dragoman; fi\n",
          out);
}

/* -- fish */

static void write_fish_quoted(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fprintf(out, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
}

/* The condition under which a line holds: which words were typed first. */
static void write_fish_start(FILE *out, const char *noun, const char *verb)
{
    fprintf(out, "complete -c dragoman -n '__dragoman_began %s%s%s' ", noun, verb[0] != '\0' ? " " : "", verb);
}

static void write_fish_command(FILE *out, struct arena *arena, const struct command *command)
{
    const struct option *option;
    const char *verb = command->verb != NULL ? command->verb : "", *arguments = arguments_of(arena, command);
    for (unsigned i = 0; (option = command_option(command, i)) != NULL; i++) {
        write_fish_start(out, command->noun, verb);
        fprintf(out, "-l %s", option->name);
        if (option->letter != 0)
            fprintf(out, " -s %c", option->letter);
        if (option->value != NULL)
            fputs(is_file(option->value) ? " -r -F" : " -x", out);
        if (values_of(option) != NULL)
            fprintf(out, " -a '%s'", values_of(option));
        fputs(" -d '", out);
        write_fish_quoted(out, option->help);
        fputs("'\n", out);
    }
    if (arguments == NULL && !is_file(command->arguments))
        return;
    write_fish_start(out, command->noun, verb);
    if (arguments != NULL)
        fprintf(out, "-a '%s'\n", arguments);
    else
        fputs("-F\n", out);
}

static void write_fish_word(FILE *out, const char *before, const char *word, const char *what)
{
    fprintf(out, "complete -c dragoman -n '__dragoman_is %s' -a %s -d '", before, word);
    write_fish_quoted(out, what);
    fputs("'\n", out);
}

static void write_fish(FILE *out, struct arena *arena)
{
    fputs("# Completions of dragoman for fish; written by: dragoman completion fish\n"
          "function __dragoman_is\n"
          "    set -l typed (commandline -opc)\n"
          "    test \"$typed[2..]\" = \"$argv\"\n"
          "end\n"
          "function __dragoman_began\n"
          "    set -l typed (commandline -opc)\n"
          "    string match -q -- \"$argv *\" \"$typed[2..] \"\n"
          "end\n"
          "complete -c dragoman -f\n",
          out);
    for (const struct command *command = command_table; command->noun != NULL; command++) {
        if (is_first_of_noun(command))
            write_fish_word(out, "", command->noun, command->verb != NULL ? command->noun : command->summary);
        if (command->verb != NULL)
            write_fish_word(out, command->noun, command->verb, command->summary);
    }
    for (const struct command *command = command_table; command->noun != NULL; command++)
        write_fish_command(out, arena, command);
}

enum exit_code command_completion(struct invocation *invocation)
{
    static const struct {
        const char *name;
        void (*write)(FILE *out, struct arena *arena);
    } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
        if (strcmp(invocation->arguments[0], shells[i].name) == 0) {
            shells[i].write(invocation->terminal->out, invocation->arena);
            return EXIT_CODE_FINE;
        }
    terminal_complain(
        invocation->terminal,
        arena_print(invocation->arena, "there are no completions for '%s'", invocation->arguments[0]),
        TEXT_NONE, TEXT("bash, zsh and fish have some"));
    return EXIT_CODE_USAGE;
}
