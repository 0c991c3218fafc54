/* dragoman apply, get, delete: documents in a gateway over its admin API. Files are checked here first, so
 * that mistakes carry the names people know and a gateway is not needed to find them. */
#include "documents/document_files.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "commands/commands.h"
#include "gateway.h"
#include "printer.h"
#include "table.h"

static enum exit_code complain_kind(const struct invocation *invocation, const char *word)
{
    struct buffer kinds = buffer_in(invocation->arena, 128);
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++)
        buffer_print(&kinds, "%s%s",
                     kind == 0                         ? "the kinds are "
                     : kind == DOCUMENT_KIND_COUNT - 1 ? " and "
                                                       : ", ",
                     document_kind_name((enum document_kind)kind));
    terminal_complain(invocation->terminal, arena_print(invocation->arena, "there is no kind '%s'", word),
                      TEXT_NONE, buffer_text(&kinds));
    return EXIT_CODE_USAGE;
}

/* "s", "es", and "ies" in the place of "y". */
static bool is_plural_of(const char *word, const char *name)
{
    size_t length = strlen(name), stem = length - 1;
    if (strncasecmp(word, name, length) == 0)
        return strcasecmp(word + length, "s") == 0 || strcasecmp(word + length, "es") == 0;
    return name[stem] == 'y' && strncasecmp(word, name, stem) == 0 && strcasecmp(word + stem, "ies") == 0;
}

/* "target", "Targets", "policies", "agentclass": the kind's own name, or NULL. */
static const char *find_kind(const char *word)
{
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        const char *name = document_kind_name((enum document_kind)kind);
        if (strcasecmp(word, name) == 0 || is_plural_of(word, name))
            return name;
    }
    return NULL;
}

/* -- apply */

static void print_changes(const struct invocation *invocation, const struct json_value *answer)
{
    const struct terminal *terminal = invocation->terminal;
    const struct json_value *changes = json_member(answer, TEXT("changes"));
    for (const struct json_value *one = changes != NULL ? changes->first : NULL; one != NULL; one = one->next) {
        struct text change = json_text_of(one, "change");
        enum ink ink = text_is(change, "unchanged") ? INK_DIM : INK_GREEN;
        terminal_print_foreign(terminal->out, json_text_of(one, "kind"));
        fputc('/', terminal->out);
        terminal_print_foreign(terminal->out, json_text_of(one, "name"));
        fprintf(terminal->out, " %s", terminal_ink(terminal, terminal->out, ink));
        terminal_print_foreign(terminal->out, change);
        fprintf(terminal->out, "%s%s\n", terminal_ink(terminal, terminal->out, INK_PLAIN),
                json_member(one, TEXT("enabled")) != NULL ? ", and off" : "");
    }
}

/* What a removal would end. */
static struct text describe_leases(struct arena *arena, const struct json_value *change)
{
    int64_t count = json_integer_of(change, "live_leases"), now_s = clock_wall_s();
    if (count == 0)
        return TEXT_NONE;
    struct text until = terminal_time(arena, json_integer_of(change, "live_until"), now_s);
    return arena_print(arena, "%lld live %s until %.*s: needs --cascade", (long long)count,
                       count == 1 ? "lease" : "leases", TEXT_ARGUMENTS(until));
}

static struct text describe_difference(struct arena *arena, const struct json_value *difference)
{
    struct text path = json_text_of(difference, "path"), before = json_text_of(difference, "before"),
                after = json_text_of(difference, "after");
    if (before.base == NULL)
        return arena_print(arena, "%.*s: + %.*s", TEXT_ARGUMENTS(path), TEXT_ARGUMENTS(after));
    if (after.base == NULL)
        return arena_print(arena, "%.*s: - %.*s", TEXT_ARGUMENTS(path), TEXT_ARGUMENTS(before));
    return arena_print(arena, "%.*s: %.*s -> %.*s", TEXT_ARGUMENTS(path), TEXT_ARGUMENTS(before),
                       TEXT_ARGUMENTS(after));
}

/* A row per document, and one more for each further difference. */
static void print_plan(const struct invocation *invocation, const struct json_value *answer)
{
    static const char *const headings[] = {"CHANGE", "KIND", "NAME", "TEAM", "WHAT"};
    struct arena *arena = invocation->arena;
    struct table table = table_create(arena, headings, 5);
    table.kept = 3;
    const struct json_value *changes = json_member(answer, TEXT("changes"));
    for (const struct json_value *one = changes != NULL ? changes->first : NULL; one != NULL; one = one->next) {
        const struct json_value *list = json_member(one, TEXT("differences"));
        const struct json_value *difference = list != NULL ? list->first : NULL;
        struct text what =
            difference != NULL ? describe_difference(arena, difference) : describe_leases(arena, one);
        if (what.base == NULL && json_member(one, TEXT("enabled")) != NULL)
            what = TEXT("off");
        struct text cells[] = {json_text_of(one, "change"), json_text_of(one, "kind"),
                               json_text_of(one, "name"), json_text_of(one, "team"), what};
        table_add(&table, cells);
        while (difference != NULL && (difference = difference->next) != NULL) {
            cells[4] = describe_difference(arena, difference);
            table_add(&table, cells);
        }
    }
    table_print(&table, invocation->terminal);
    fputs("dry run: nothing was changed\n", invocation->terminal->error);
}

/* The path with what the options ask for. */
static struct text path_of(const struct invocation *invocation, const char *path)
{
    static const struct {
        const char *option, *parameter;
    } flags[] = {{"dry-run", "dry_run=true"},
                 {"prune", "prune=true"},
                 {"all", "all=true"},
                 {"cascade", "cascade=true"},
                 {"without-validation", "validation=false"}};
    struct buffer out = buffer_in(invocation->arena, 256);
    char separator = '?';
    buffer_append(&out, text_of(path));
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (invocation_has(invocation, flags[i].option)) {
            buffer_print(&out, "%c%s", separator, flags[i].parameter);
            separator = '&';
        }
    const char *team = invocation_option(invocation, "team");
    if (team != NULL)
        buffer_print(&out, "%cteam=%.*s", separator,
                     TEXT_ARGUMENTS(gateway_escape(invocation->arena, text_of(team))));
    return buffer_text(&out);
}

static enum exit_code print_answer(const struct invocation *invocation, const struct reply *reply)
{
    if (invocation->output != OUTPUT_TABLE)
        printer_print(invocation, reply->json);
    else if (invocation_has(invocation, "dry-run"))
        print_plan(invocation, reply->json);
    else
        print_changes(invocation, reply->json);
    return EXIT_CODE_FINE;
}

enum exit_code command_apply(struct invocation *invocation)
{
    struct document_files files;
    struct reply reply;
    bool is_scoped = invocation_has(invocation, "team") || invocation_has(invocation, "all");
    if (is_scoped && !invocation_has(invocation, "prune")) {
        terminal_complain(invocation->terminal, TEXT("--team and --all say what --prune removes"), TEXT_NONE,
                          TEXT("add --prune, or leave them out"));
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = document_files_read(invocation, &files);
    invocation->sent = &files.places;
    if (code == EXIT_CODE_FINE)
        code =
            gateway_administer(invocation, "POST", path_of(invocation, "/v1/documents"), files.stream, &reply);
    invocation->sent = NULL;
    return code == EXIT_CODE_FINE ? print_answer(invocation, &reply) : code;
}

/* -- get */

static bool is_wanted(const struct json_value *item, const char *kind, const char *name)
{
    return (kind == NULL || text_is(json_text_of(item, "kind"), kind)) &&
           (name == NULL || text_is(json_text_of(item, "name"), name));
}

/* The one thing about a document of this kind that people look for first. */
static struct text document_gist(const struct json_value *body)
{
    const struct json_value *enabled = json_at(body, TEXT("spec.enabled"));
    if (enabled != NULL && enabled->kind == JSON_BOOLEAN && !enabled->boolean)
        return TEXT("off");
    const struct json_value *enforcement = json_at(body, TEXT("spec.enforcement"));
    if (json_is_string(enforcement) && text_is(json_string(enforcement), "report"))
        return TEXT("on trial");
    static const char *const paths[] = {"spec.issuer", "spec.audiences", "spec.leavesFor", "spec.clientId"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const struct json_value *value = json_at(body, text_of(paths[i]));
        if (value != NULL && value->kind == JSON_ARRAY)
            value = value->first;
        if (json_is_string(value))
            return json_string(value);
    }
    return TEXT_NONE;
}

static void print_table(const struct invocation *invocation, const struct json_value *items, const char *kind,
                        const char *name)
{
    static const char *const headings[] = {"KIND", "NAME", "TEAM", "SOURCE", "ABOUT"};
    struct table table = table_create(invocation->arena, headings, 5);
    table.kept = 2;
    for (const struct json_value *item = items; item != NULL; item = item->next) {
        int64_t line = 0;
        struct text source = json_text_of(item, "source");
        if (!is_wanted(item, kind, name))
            continue;
        if (!text_is(source, "store") && json_integer(json_member(item, TEXT("line")), &line) && line != 0)
            source = arena_print(invocation->arena, "%.*s:%lld", TEXT_ARGUMENTS(source), (long long)line);
        struct text cells[] = {
            json_text_of(item, "kind"),
            json_text_of(item, "name"),
            json_text_of(item, "team"),
            source,
            document_gist(json_member(item, TEXT("body"))),
        };
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
    if (table.rows == 0 && kind != NULL)
        terminal_warn(invocation->terminal, arena_print(invocation->arena, "there is no %s", kind));
}

/* As JSON an array of documents, or the one that was named; as YAML a stream that apply takes. */
static void print_bodies(const struct invocation *invocation, const struct json_value *items, const char *kind,
                         const char *name)
{
    FILE *stream = invocation->terminal->out;
    bool is_list = invocation->output == OUTPUT_JSON && name == NULL;
    bool is_first = true;
    if (is_list)
        fputc('[', stream);
    for (const struct json_value *item = items; item != NULL; item = item->next) {
        const struct json_value *body = json_member(item, TEXT("body"));
        if (body == NULL || !is_wanted(item, kind, name))
            continue;
        if (is_list) {
            fputs(is_first ? "\n  " : ",\n  ", stream);
            printer_json(stream, body, 2);
        } else {
            fputs(invocation->output == OUTPUT_YAML && !is_first ? "---\n" : "", stream);
            printer_print(invocation, body);
        }
        is_first = false;
    }
    if (is_list)
        fputs(is_first ? "]\n" : "\n]\n", stream);
}

enum exit_code command_get(struct invocation *invocation)
{
    const char *name = invocation->argument_count > 1 ? invocation->arguments[1] : NULL;
    const char *kind = NULL;
    if (invocation->argument_count > 0 && (kind = find_kind(invocation->arguments[0])) == NULL)
        return complain_kind(invocation, invocation->arguments[0]);
    struct reply reply;
    enum exit_code code = gateway_administer(invocation, "GET", TEXT("/v1/documents"), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *list = json_member(reply.json, TEXT("items"));
    const struct json_value *items = list != NULL ? list->first : NULL;
    bool is_found = name == NULL;
    for (const struct json_value *item = items; item != NULL && !is_found; item = item->next)
        is_found = is_wanted(item, kind, name);
    if (!is_found) {
        terminal_complain(invocation->terminal,
                          arena_print(invocation->arena, "there is no %s named %s", kind, name), TEXT_NONE,
                          arena_print(invocation->arena, "dragoman get %s lists what there is", kind));
        return EXIT_CODE_REFUSED;
    }
    if (invocation->output == OUTPUT_TABLE)
        print_table(invocation, items, kind, name);
    else
        print_bodies(invocation, items, kind, name);
    return EXIT_CODE_FINE;
}

/* -- delete */

enum exit_code command_delete(struct invocation *invocation)
{
    const char *kind = find_kind(invocation->arguments[0]);
    if (kind == NULL)
        return complain_kind(invocation, invocation->arguments[0]);
    struct text name = gateway_escape(invocation->arena, text_of(invocation->arguments[1]));
    struct text path = arena_print(invocation->arena, "/v1/documents/%s/%.*s", kind, TEXT_ARGUMENTS(name));
    struct reply reply;
    enum exit_code code =
        gateway_administer(invocation, "DELETE", path_of(invocation, path.base), TEXT_NONE, &reply);
    return code == EXIT_CODE_FINE ? print_answer(invocation, &reply) : code;
}
