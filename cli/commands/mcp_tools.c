/* dragoman mcp tools, mcp confirm: what the tools of an MCP server say of themselves, and that somebody has
 * looked at it. What is confirmed is what was shown, by its digest. */
#include "base/clock.h"
#include "commands.h"
#include "documents/difference.h"
#include "gateway.h"
#include "printer.h"
#include "table.h"
#include "json/json_writer.h"

enum { CONFIRMED_AT_ONCE = 256, DIGEST_SHOWN = 16 };

static struct text path_of(const struct invocation *invocation, const char *rest)
{
    struct text server = gateway_escape(invocation->arena, text_of(invocation->arguments[0]));
    return arena_print(invocation->arena, "/v1/mcp/%.*s/tools%s", TEXT_ARGUMENTS(server), rest);
}

static enum exit_code read_tools(struct invocation *invocation, struct reply *reply)
{
    return gateway_administer(invocation, "GET", path_of(invocation, ""), TEXT_NONE, reply);
}

static struct text distance(const struct invocation *invocation, const struct json_value *tool,
                            const char *name)
{
    int64_t at_s = json_integer_of(tool, name);
    return at_s == 0 ? TEXT_NONE : terminal_distance(invocation->arena, at_s, clock_wall_s());
}

static void print_tools(const struct invocation *invocation, const struct json_value *tools)
{
    static const char *const headings[] = {"TOOL", "STATE", "FIRST SEEN", "CHANGED", "DIGEST"};
    struct table table = table_create(invocation->arena, headings, 5);
    table.kept = 1; /* what confirm wants to be given */
    for (const struct json_value *tool = tools == NULL ? NULL : tools->first; tool != NULL; tool = tool->next) {
        bool has_changed = json_integer_of(tool, "changed") != json_integer_of(tool, "first_seen");
        struct text cells[] = {json_text_of(tool, "tool"), json_text_of(tool, "state"),
                               distance(invocation, tool, "first_seen"),
                               has_changed ? distance(invocation, tool, "changed") : TEXT_NONE,
                               text_beginning(json_text_of(tool, "digest"), DIGEST_SHOWN)};
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
}

/* Clients that keep to the protocol leave such a tool out, and nobody sees why. */
static void warn_of_mistakes(const struct invocation *invocation, const struct json_value *tools)
{
    for (const struct json_value *tool = tools == NULL ? NULL : tools->first; tool != NULL; tool = tool->next)
        if (json_is_true(json_member(tool, TEXT("headers_mistaken"))))
            terminal_warn(
                invocation->terminal,
                arena_print(invocation->arena,
                            "%.*s: an x-mcp-header of its definition is no name of a header, is there "
                            "twice, or is one too many; the server has to change it",
                            TEXT_ARGUMENTS(terminal_clean(invocation->arena, json_text_of(tool, "tool")))));
}

enum exit_code command_mcp_tools(struct invocation *invocation)
{
    struct reply reply;
    enum exit_code code = read_tools(invocation, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output == OUTPUT_TABLE)
        print_tools(invocation, json_member(reply.json, TEXT("tools")));
    else
        printer_print(invocation, reply.json);
    warn_of_mistakes(invocation, json_member(reply.json, TEXT("tools")));
    return EXIT_CODE_FINE;
}

/* -- which are to be confirmed */

struct chosen {
    const struct json_value **tools;
    size_t count;
};

static bool is_confirmed(const struct json_value *tool)
{
    return text_is(json_text_of(tool, "state"), "confirmed");
}

static const struct json_value *find_tool(const struct json_value *tools, struct text name)
{
    for (const struct json_value *tool = tools == NULL ? NULL : tools->first; tool != NULL; tool = tool->next)
        if (text_equal(json_text_of(tool, "tool"), name))
            return tool;
    return NULL;
}

static enum exit_code refuse(const struct invocation *invocation, struct text sentence, struct text thing,
                             struct text advice)
{
    terminal_complain(invocation->terminal, sentence, thing, advice);
    return EXIT_CODE_REFUSED;
}

static enum exit_code choose_named(const struct invocation *invocation, const struct json_value *tools,
                                   struct chosen *chosen)
{
    const char *digest = invocation_option(invocation, "digest");
    for (unsigned i = 1; i < invocation->argument_count; i++) {
        struct text name = text_of(invocation->arguments[i]);
        const struct json_value *tool = find_tool(tools, name);
        if (tool == NULL)
            return refuse(invocation, TEXT("the server has no such tool, as far as the gateway has seen"), name,
                          TEXT("dragoman mcp tools lists those there are"));
        struct text seen = json_text_of(tool, "digest");
        if (digest != NULL && !text_starts_with(seen, text_of(digest)))
            return refuse(invocation, TEXT("the tool has another digest"), seen,
                          TEXT("look at what it says now, and give that digest"));
        chosen->tools[chosen->count++] = tool;
    }
    return EXIT_CODE_FINE;
}

static enum exit_code choose(const struct invocation *invocation, const struct json_value *tools,
                             struct chosen *chosen)
{
    size_t room = tools == NULL ? 1 : tools->count + (size_t)INVOCATION_ARGUMENTS_MAX;
    chosen->tools = ARENA_ARRAY(invocation->arena, const struct json_value *, room);
    if (!invocation_has(invocation, "all"))
        return choose_named(invocation, tools, chosen);
    for (const struct json_value *tool = tools == NULL ? NULL : tools->first; tool != NULL; tool = tool->next)
        if (!is_confirmed(tool))
            chosen->tools[chosen->count++] = tool;
    return EXIT_CODE_FINE;
}

/* -- what has changed in them */

static struct text lines_of(struct arena *arena, const struct json_value *definition)
{
    struct buffer lines = buffer_in(arena, 1024);
    for (const struct json_value *member = definition == NULL ? NULL : definition->first; member != NULL;
         member = member->next) {
        struct json_writer writer = json_writer_on(&lines);
        buffer_append(&lines, member->name);
        buffer_append(&lines, TEXT(": "));
        json_write_value(&writer, member);
        buffer_append_byte(&lines, '\n');
    }
    return buffer_text(&lines);
}

static enum exit_code show(struct invocation *invocation, const struct json_value *tool)
{
    struct arena *arena = invocation->arena;
    struct text name = json_text_of(tool, "tool"), escaped = gateway_escape(arena, name);
    struct reply reply;
    enum exit_code code = gateway_administer(
        invocation, "GET", path_of(invocation, arena_print(arena, "?tool=%.*s", TEXT_ARGUMENTS(escaped)).base),
        TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *whole = find_tool(json_member(reply.json, TEXT("tools")), name);
    const struct json_value *now = json_member(whole, TEXT("definition"));
    if (!text_equal(json_text_of(whole, "digest"), json_text_of(tool, "digest")))
        return refuse(invocation, TEXT("the tool has changed just now"), name, TEXT("try again"));
    if (now == NULL)
        terminal_warn(invocation->terminal,
                      arena_print(arena, "what %.*s says of itself is too long to be kept; its digest is %.*s",
                                  TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(json_text_of(tool, "digest"))));
    else
        (void)difference_print(invocation->terminal, arena, name,
                               lines_of(arena, json_member(whole, TEXT("confirmed_definition"))),
                               lines_of(arena, now));
    return EXIT_CODE_FINE;
}

/* -- confirming */

static enum exit_code confirm_some(struct invocation *invocation, const struct json_value *const *tools,
                                   size_t count, struct reply *reply)
{
    struct buffer body = buffer_in(invocation->arena, 1024);
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_name(&writer, TEXT("tools"));
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&writer);
        json_member_text(&writer, "tool", json_text_of(tools[i], "tool"));
        json_member_text(&writer, "digest", json_text_of(tools[i], "digest"));
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return gateway_administer(invocation, "POST", path_of(invocation, "/confirm"), buffer_text(&body), reply);
}

static enum exit_code confirm(struct invocation *invocation, const struct chosen *chosen, struct reply *reply)
{
    enum exit_code code = EXIT_CODE_FINE;
    for (size_t at = 0; at < chosen->count && code == EXIT_CODE_FINE; at += CONFIRMED_AT_ONCE) {
        size_t count = chosen->count - at < CONFIRMED_AT_ONCE ? chosen->count - at : CONFIRMED_AT_ONCE;
        code = confirm_some(invocation, &chosen->tools[at], count, reply);
    }
    return code;
}

static enum exit_code check_usage(const struct invocation *invocation)
{
    bool is_all = invocation_has(invocation, "all"), has_names = invocation->argument_count > 1;
    bool has_digest = invocation_option(invocation, "digest") != NULL;
    if (is_all != has_names && !(has_digest && invocation->argument_count != 2))
        return EXIT_CODE_FINE;
    terminal_complain(invocation->terminal, TEXT("say which tools: by name, or --all; --digest is of one tool"),
                      TEXT_NONE, TEXT("dragoman mcp confirm files read_file"));
    return EXIT_CODE_USAGE;
}

enum exit_code command_mcp_confirm(struct invocation *invocation)
{
    struct chosen chosen = {0};
    struct reply reply;
    enum exit_code code = check_usage(invocation);
    if (code == EXIT_CODE_FINE)
        code = read_tools(invocation, &reply);
    if (code == EXIT_CODE_FINE)
        code = choose(invocation, json_member(reply.json, TEXT("tools")), &chosen);
    for (size_t i = 0; i < chosen.count && code == EXIT_CODE_FINE && invocation->output == OUTPUT_TABLE; i++)
        code = show(invocation, chosen.tools[i]);
    if (code == EXIT_CODE_FINE)
        code = confirm(invocation, &chosen, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output == OUTPUT_TABLE)
        print_tools(invocation, json_member(reply.json, TEXT("tools")));
    else
        printer_print(invocation, reply.json);
    return EXIT_CODE_FINE;
}
