/* dragoman adapter test: reads what the kit is to know, runs it, and tells people or scripts what came of it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_run.h"
#include "commands/commands.h"
#include "config/documents.h"
#include "input.h"
#include "printer.h"

enum { TIMEOUT_DEFAULT_S = 5, TIMEOUT_MAX_S = 120, THREADS = 6, REASON_MAX = 500 };

struct test {
    const struct invocation *invocation;
    struct kit kit;
    struct buffer rows; /* JSON of the checks, where that was asked for */
    struct json_writer writer;
    struct text group; /* of the check told last */
};

static enum exit_code complain(const struct invocation *invocation, struct text what, struct text why)
{
    terminal_complain(invocation->terminal, what, why, TEXT("dragoman adapter test --help"));
    return EXIT_CODE_USAGE;
}

/* -- what it is told */

static struct text json_of(struct arena *arena, const struct json_value *value)
{
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    json_write_value(&writer, value);
    return buffer_text(&out);
}

/* The object in a YAML or JSON file that an option names. */
static enum exit_code read_object(const struct invocation *invocation, const char *option,
                                  const struct json_value **value)
{
    struct documents mistakes;
    struct text content;
    const char *path = invocation_option(invocation, option);
    if (path == NULL)
        return EXIT_CODE_FINE;
    enum exit_code code = input_read(invocation, path, INPUT_TOKEN_MAX, &content);
    if (code != EXIT_CODE_FINE)
        return code;
    documents_init(&mistakes, invocation->arena);
    *value = document_value_from_yaml(&mistakes, text_of(path), content);
    if (*value != NULL && (*value)->kind == JSON_OBJECT)
        return EXIT_CODE_FINE;
    SCOPED_BUFFER lines = {0};
    documents_print_mistakes(&mistakes, &lines);
    terminal_complain(invocation->terminal,
                      arena_print(invocation->arena, "%s is no object in YAML or JSON", path),
                      lines.length != 0 ? buffer_text(&lines) : TEXT_NONE,
                      TEXT("write what a document has under settings, such as: region: eu"));
    return EXIT_CODE_REFUSED;
}

static enum exit_code read_path(const struct invocation *invocation, const char *path, const char **absolute)
{
    char *found = realpath(path, NULL);
    if (found == NULL || access(found, R_OK) != 0) {
        free(found);
        return complain(invocation, arena_print(invocation->arena, "%s is not there", path),
                        TEXT("a program is named by its path"));
    }
    *absolute = arena_copy(invocation->arena, text_of(found)).base;
    free(found);
    return EXIT_CODE_FINE;
}

/* NAME=PATH, as often as it stands there. */
static enum exit_code read_named(const struct invocation *invocation, const char *option, unsigned most,
                                 const char *names[], const char *paths[], size_t *count)
{
    const char *given;
    for (unsigned i = 0; (given = invocation_option_at(invocation, option, i)) != NULL; i++) {
        struct text path = text_of(given), name = text_cut(&path, '=');
        if (path.base == NULL || i == most)
            return complain(
                invocation,
                arena_print(invocation->arena, "--%s takes NAME=PATH, at most %u times", option, most),
                TEXT_NONE);
        names[i] = arena_copy(invocation->arena, name).base;
        enum exit_code code = read_path(invocation, path.base, &paths[i]);
        if (code != EXIT_CODE_FINE)
            return code;
        *count = i + 1;
    }
    return EXIT_CODE_FINE;
}

static enum exit_code read_program(const struct invocation *invocation, struct adapter_program *program)
{
    const char *interpreter = invocation_option(invocation, "interpreter");
    enum exit_code code = read_path(invocation, invocation->arguments[0], &program->path);
    if (code == EXIT_CODE_FINE && interpreter != NULL)
        code = read_path(invocation, interpreter, &program->interpreter);
    if (code == EXIT_CODE_FINE && interpreter == NULL && access(program->path, X_OK) != 0)
        return complain(invocation,
                        arena_print(invocation->arena, "%s cannot be executed", invocation->arguments[0]),
                        TEXT("chmod +x makes it a program; a script may have an --interpreter"));
    if (code == EXIT_CODE_FINE)
        code = read_named(invocation, "file", ADAPTER_FILES_MAX, program->file_names, program->file_paths,
                          &program->file_count);
    if (code == EXIT_CODE_FINE)
        code = read_named(invocation, "socket", ADAPTER_SOCKETS_MAX, program->socket_names,
                          program->socket_paths, &program->socket_count);
    program->has_listener = invocation_has(invocation, "loopback-listener");
    return code;
}

static enum exit_code read_timeout(const struct invocation *invocation, int64_t *timeout_ms)
{
    int64_t seconds = TIMEOUT_DEFAULT_S;
    const char *given = invocation_option(invocation, "timeout");
    if (given != NULL && (!text_to_int64(text_of(given), &seconds) || seconds < 1 || seconds > TIMEOUT_MAX_S))
        return complain(invocation, TEXT("--timeout is 1 to 120 seconds"), TEXT_NONE);
    *timeout_ms = seconds * 1000;
    return EXIT_CODE_FINE;
}

/* A text as it stands between quotes. */
static struct text escaped(struct arena *arena, const char *given, const char *otherwise)
{
    struct buffer out = buffer_in(arena, 64);
    struct json_writer writer = json_writer_on(&out);
    json_write_text(&writer, text_of(given != NULL ? given : otherwise));
    return arena_copy(arena, (struct text){out.base + 1, out.length - 2});
}

/* What an option was given, as a JSON array. */
static struct text list_of(const struct invocation *invocation, const char *option)
{
    struct buffer out = buffer_in(invocation->arena, 128);
    struct json_writer writer = json_writer_on(&out);
    json_begin_array(&writer);
    for (unsigned i = 0; invocation_option_at(invocation, option, i) != NULL; i++)
        json_write_text(&writer, text_of(invocation_option_at(invocation, option, i)));
    json_end_array(&writer);
    return buffer_text(&out);
}

/* Those of its own document, as long as that may have them. */
static enum exit_code read_own_settings(const struct invocation *invocation, struct kit *kit)
{
    const struct json_value *settings = NULL;
    enum exit_code code = read_object(invocation, "own-settings", &settings);
    if (code == EXIT_CODE_FINE && settings != NULL)
        kit->own_settings = json_of(kit->arena, settings);
    if (kit->own_settings.length > ADAPTER_SETTINGS_BYTES_MAX)
        return complain(invocation, TEXT("--own-settings has more than 32 KiB"),
                        TEXT("an Adapter document cannot have more under settings"));
    return code;
}

static enum exit_code read_kit(const struct invocation *invocation, struct kit *kit)
{
    const struct json_value *settings = NULL;
    kit->arena = invocation->arena;
    enum exit_code code = read_program(invocation, &kit->program);
    if (code == EXIT_CODE_FINE)
        code = read_timeout(invocation, &kit->timeout_ms);
    if (code == EXIT_CODE_FINE)
        code = read_object(invocation, "settings", &settings);
    if (code == EXIT_CODE_FINE)
        code = read_object(invocation, "bad-settings", &kit->bad_settings_value);
    if (code == EXIT_CODE_FINE)
        code = read_own_settings(invocation, kit);
    if (code == EXIT_CODE_FINE)
        code = read_object(invocation, "answers", &kit->answers);
    if (code != EXIT_CODE_FINE)
        return code;
    kit->settings = settings != NULL ? json_of(kit->arena, settings) : TEXT("{}");
    if (json_parse(kit->arena, kit->settings, &json_limits_document, &kit->settings_value) != FAULT_NONE)
        return EXIT_CODE_REFUSED;
    if (kit->bad_settings_value != NULL)
        kit->bad_settings = json_of(kit->arena, kit->bad_settings_value);
    kit->audience = escaped(kit->arena, invocation_option(invocation, "audience"), "https://kit.example");
    kit->subject = escaped(kit->arena, invocation_option(invocation, "subject"), "kit-user");
    kit->scopes = invocation_has(invocation, "scope") || invocation_has(invocation, "no-scopes")
                      ? list_of(invocation, "scope")
                      : TEXT("[\"kit:read\",\"kit:write\"]");
    kit->addresses = list_of(invocation, "allow-addresses");
    return EXIT_CODE_FINE;
}

/* -- what it tells */

static const struct {
    const char *word, *utf8, *ascii;
    enum ink ink;
} verdicts[] = {
    [VERDICT_PASSED] = {"passed", "✓", "ok", INK_GREEN},
    [VERDICT_FAILED] = {"failed", "✗", "NO", INK_RED},
    [VERDICT_NOT_APPLICABLE] = {"not applicable", "–", "--", INK_DIM},
    [VERDICT_NOT_REACHED] = {"not reached", "?", "??", INK_YELLOW},
};

static void write_row(struct test *test, const struct trial *trial)
{
    json_begin_object(&test->writer);
    json_member_text(&test->writer, "id", text_of(trial->check->id));
    json_member_text(&test->writer, "section", text_of(trial->check->section));
    json_member_text(&test->writer, "shows", text_of(trial->check->shows));
    json_member_text(&test->writer, "verdict", text_of(verdicts[trial->verdict].word));
    json_member_text_if(&test->writer, "reason", trial->reason);
    json_member_integer(&test->writer, "ms", trial->took_us / 1000);
    json_end_object(&test->writer);
}

static void print_row(struct test *test, const struct trial *trial)
{
    const struct terminal *terminal = test->invocation->terminal;
    struct text id = text_of(trial->check->id), rest = id, group = text_cut(&rest, '.');
    if (!text_equal(group, test->group))
        fprintf(terminal->out, "%s%s%.*s%s\n", test->group.base != NULL ? "\n" : "",
                terminal_ink(terminal, terminal->out, INK_BOLD), TEXT_ARGUMENTS(group),
                terminal_ink(terminal, terminal->out, INK_PLAIN));
    test->group = group;
    fprintf(terminal->out, "  %s%s%s %s\n", terminal_ink(terminal, terminal->out, verdicts[trial->verdict].ink),
            terminal_sign(terminal, verdicts[trial->verdict].utf8, verdicts[trial->verdict].ascii),
            terminal_ink(terminal, terminal->out, INK_PLAIN), trial->check->shows);
    if (trial->verdict == VERDICT_PASSED)
        return;
    fprintf(terminal->out,
            "      %s: ", trial->verdict == VERDICT_FAILED ? trial->check->id : verdicts[trial->verdict].word);
    terminal_print_foreign(terminal->out, text_beginning(trial->reason, REASON_MAX));
    if (trial->verdict == VERDICT_FAILED)
        fprintf(terminal->out, "\n      adapters/PROTOCOL.md, \"%s\"", trial->check->section);
    fputc('\n', terminal->out);
}

static void tell(void *context, const struct trial *trial)
{
    struct test *test = context;
    if (test->invocation->output == OUTPUT_TABLE)
        print_row(test, trial);
    else
        write_row(test, trial);
    fflush(test->invocation->terminal->out);
}

static void print_sum(const struct test *test, const struct check_run *run)
{
    const struct terminal *terminal = test->invocation->terminal;
    fprintf(terminal->out, "\n%zu checks: %zu passed, %zu failed, %zu not applicable", run->total,
            run->counts[VERDICT_PASSED], run->counts[VERDICT_FAILED], run->counts[VERDICT_NOT_APPLICABLE]);
    if (run->counts[VERDICT_NOT_REACHED] != 0)
        fprintf(terminal->out, ", %zu not reached", run->counts[VERDICT_NOT_REACHED]);
    fputc('\n', terminal->out);
}

static void print_json(struct test *test, const struct check_run *run)
{
    const struct json_value *value = NULL;
    json_end_array(&test->writer);
    json_member_integer(&test->writer, "passed", (int64_t)run->counts[VERDICT_PASSED]);
    json_member_integer(&test->writer, "failed", (int64_t)run->counts[VERDICT_FAILED]);
    json_member_integer(&test->writer, "not_applicable", (int64_t)run->counts[VERDICT_NOT_APPLICABLE]);
    json_member_integer(&test->writer, "not_reached", (int64_t)run->counts[VERDICT_NOT_REACHED]);
    json_end_object(&test->writer);
    if (json_parse(test->invocation->arena, buffer_text(&test->rows), &json_limits_document, &value) ==
        FAULT_NONE)
        printer_print(test->invocation, value);
}

static void begin_json(struct test *test)
{
    test->rows = buffer_in(test->invocation->arena, 65536);
    test->writer = json_writer_on(&test->rows);
    json_begin_object(&test->writer);
    json_member_text(&test->writer, "program", text_of(test->kit.program.path));
    if (test->kit.manifest != NULL) {
        json_name(&test->writer, TEXT("manifest"));
        json_write_value(&test->writer, test->kit.manifest);
    }
    json_name(&test->writer, TEXT("checks"));
    json_begin_array(&test->writer);
}

enum exit_code command_adapter_test(struct invocation *invocation)
{
    struct test *test = ARENA_NEW(invocation->arena, struct test);
    const char **only = ARENA_ARRAY(invocation->arena, const char *, INVOCATION_OPTIONS_MAX);
    struct check_run run = {.kit = &test->kit, .only = only, .threads = THREADS, .tell = tell, .context = test};
    test->invocation = invocation;
    enum exit_code code = read_kit(invocation, &test->kit);
    if (code != EXIT_CODE_FINE)
        return code;
    while (invocation_option_at(invocation, "only", (unsigned)run.only_count) != NULL) {
        only[run.only_count] = invocation_option_at(invocation, "only", (unsigned)run.only_count);
        run.only_count++;
    }
    check_run_look(&test->kit);
    begin_json(test);
    check_run_all(&run);
    if (run.total == 0)
        return complain(invocation, TEXT("no check begins with what --only says"), TEXT_NONE);
    if (invocation->output == OUTPUT_TABLE)
        print_sum(test, &run);
    else
        print_json(test, &run);
    return run.counts[VERDICT_FAILED] + run.counts[VERDICT_NOT_REACHED] != 0 ? EXIT_CODE_REFUSED
                                                                             : EXIT_CODE_FINE;
}
