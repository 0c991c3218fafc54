/* The answer of the exchange with one member more, dragoman_mcp; in direct mode with the credential of the
 * other side in place of the key. docs/adapters/mcp.md has it for people. */
#include "config/gateway_document.h"
#include "message/message_edit.h"
#include "session_opening.h"

enum { EDITS_MAX = 6 };

static void write_tools(const struct session_opening *x, struct json_writer *writer)
{
    static const char *const decisions[] = {
        [MCP_ALLOWED] = "allow", [MCP_STEP_UP] = "step_up", [MCP_LOGIN] = "login", [MCP_APPROVAL] = "approval"};
    json_name(writer, TEXT("tools"));
    json_begin_array(writer);
    for (size_t i = 0; i < x->tool_count; i++) {
        const struct opened_tool *tool = &x->tools[i];
        json_begin_object(writer);
        json_member_text(writer, "name", tool->name);
        json_member_text(writer, "decision", text_of(decisions[tool->verdict]));
        json_member_text_if(writer, "scope", tool->scopes);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_limits(const struct session_opening *x, struct json_writer *writer)
{
    const struct mcp_document *mcp = session_opening_server(x);
    const struct mcp_gateway_document *all = &x->relayed.call.world->gateway->mcp;
    json_name(writer, TEXT("limits"));
    json_begin_object(writer);
    json_member_integer(writer, "calls_at_once", mcp->calls_at_once);
    json_member_integer(writer, "streams_at_once", mcp->streams_at_once);
    json_member_integer(writer, "body_bytes", all->body_bytes);
    json_member_integer(writer, "call_seconds", all->call_s);
    json_end_object(writer);
}

static void write_session_id(const struct session_opening *x, struct json_writer *writer)
{
    json_name(writer, TEXT("session_id"));
    if (!x->has_session)
        json_write_null(writer);
    else
        json_write_text(writer, x->request.mode == SESSION_DIRECT ? x->client.session_id : x->rows.id);
}

static int64_t expires_at_s(const struct session_opening *x)
{
    int64_t expires = x->exchange.expires_at_s, supply = x->supply.supply.expires_at_s;
    return x->request.mode == SESSION_DIRECT && supply < expires ? supply : expires;
}

static struct text write_session(const struct session_opening *x)
{
    const struct target_document *target = &x->relayed.target->document->target;
    bool is_direct = x->request.mode == SESSION_DIRECT;
    struct text endpoint = is_direct ? target->egress.upstream : target->audiences.items[0];
    struct buffer json = buffer_in(x->relayed.call.arena, 4096);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "lease", x->exchange.id);
    json_member_text(&writer, "mode", is_direct ? TEXT("direct") : TEXT("proxy"));
    /* Who sees to it that nothing else is called: this gateway, or nobody but the server itself. */
    json_member_text(&writer, "enforcement", is_direct ? TEXT("token") : TEXT("gateway"));
    json_member_text(&writer, "endpoint", endpoint);
    json_member_text(&writer, "resource", endpoint);
    json_member_text(&writer, "generation", x->client.generation == MCP_NEW ? TEXT("new") : TEXT("old"));
    json_member_text(&writer, "protocol_version", x->client.version);
    write_session_id(x, &writer);
    json_name(&writer, TEXT("server_info"));
    if (x->client.server_info != NULL)
        json_write_value(&writer, x->client.server_info);
    else
        json_write_null(&writer);
    write_tools(x, &writer);
    json_member_boolean(&writer, "tools_are_all", !x->client.has_more);
    json_member_integer(&writer, "expires_at", expires_at_s(x));
    json_member_integer(&writer, "idle_timeout", target->mcp.session_idle_s);
    write_limits(x, &writer);
    json_end_object(&writer);
    return buffer_text(&json);
}

static struct text write_presentation(const struct session_opening *x)
{
    const struct credential_presentation *presentation = &x->supply.supply.presentation;
    struct buffer json = buffer_in(x->relayed.call.arena, 128);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "in", TEXT("header"));
    json_member_text(&writer, "name",
                     presentation->header.length != 0 ? presentation->header : TEXT("authorization"));
    if (presentation->scheme.length != 0)
        json_member_text(&writer, "scheme", presentation->scheme);
    json_end_object(&writer);
    return buffer_text(&json);
}

/* Our own JSON, which is whole. */
static const struct json_value *parse(const struct session_opening *x, struct text text)
{
    static const struct json_limits limits = {
        .bytes = 32 * 1024 * 1024, .depth = 128, .members = 1 << 20, .takes_nul = true};
    const struct json_value *json;
    INVARIANT(json_parse(x->relayed.call.arena, text, &limits, &json) == FAULT_NONE);
    return json;
}

static struct json_value *number(const struct session_opening *x, int64_t value)
{
    struct json_value *json = ARENA_NEW(x->relayed.call.arena, struct json_value);
    json->kind = JSON_NUMBER;
    json->text = arena_print(x->relayed.call.arena, "%lld", (long long)value);
    return json;
}

struct text session_answer_write(struct session_opening *x)
{
    struct message_edit edits[EDITS_MAX] = {
        {.path = {"dragoman_mcp"}, .value = parse(x, write_session(x))},
    };
    struct json_value credential;
    size_t count = 1;
    if (x->request.mode == SESSION_DIRECT) {
        credential = message_edit_string(x->supply.supply.credential);
        edits[count++] = (struct message_edit){.path = {"access_token"}, .value = &credential};
        edits[count++] =
            (struct message_edit){.path = {"dragoman_presentation"}, .value = parse(x, write_presentation(x))};
        edits[count++] = (struct message_edit){.path = {"expires_in"},
                                               .value = number(x, expires_at_s(x) - x->relayed.call.now_s)};
    }
    return message_edit_text(x->relayed.call.arena, parse(x, x->exchange.answer), edits, count);
}
