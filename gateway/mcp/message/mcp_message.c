/* A message is judged before anything of it is used: what JSON-RPC 2.0 section 4 and MCP's base protocol want
 * of one, and no more. What a method takes is the server's business. */
#include "mcp_message.h"

#include <string.h>

#include "message_edit.h"

const char *const mcp_versions_old[] = {"2025-11-25", "2025-06-18", "2025-03-26", NULL};
const char *const mcp_versions_new[] = {"2026-07-28", NULL};

/* -- versions */

bool mcp_version_is_supported(enum mcp_generation generation, struct text version)
{
    const char *const *versions = generation == MCP_NEW ? mcp_versions_new : mcp_versions_old;
    for (; *versions != NULL; versions++)
        if (text_is(version, *versions))
            return true;
    return false;
}

bool mcp_version_is_new(struct text version)
{
    return text_compare(version, text_of(mcp_versions_new[0])) >= 0;
}

/* -- reading */

static bool has_nul(struct text text)
{
    return text.length != 0 && memchr(text.base, '\0', text.length) != NULL;
}

static bool is_name(struct text text, size_t most)
{
    return text.base != NULL && text.length != 0 && text.length <= most && !has_nul(text);
}

/* One that a header can carry as it is, as Mcp-Method has no other spelling. */
static bool is_method(struct text method)
{
    for (size_t i = 0; i < method.length; i++)
        if (method.base[i] <= ' ' || method.base[i] > '~')
            return false;
    return method.length != 0 && method.length <= MCP_ID_BYTES_MAX;
}

/* "A String, Number, or NULL": MCP takes no null, and no fraction. */
static bool is_id(const struct json_value *id)
{
    if (id == NULL || id->text.length > MCP_ID_BYTES_MAX)
        return false;
    if (id->kind == JSON_STRING)
        return !has_nul(id->text);
    return id->kind == JSON_NUMBER && strpbrk(id->text.base, ".eE") == NULL;
}

static bool is_params(const struct json_value *params)
{
    return params == NULL || params->kind == JSON_OBJECT;
}

/* Some readers of JSON take a member whatever its case, by Unicode's simple folding, and the last one counts:
 * what such a server would read instead of what is judged here is refused. */
static bool is_lookalike(struct text name, const char *known)
{
    size_t length = 0, all = strlen(known);
    for (size_t i = 0; i < name.length; i++) {
        struct text rest = {name.base + i, name.length - i};
        char letter = name.base[i];
        if (text_starts_with(rest, TEXT("\xc5\xbf"))) { /* LATIN SMALL LETTER LONG S */
            letter = 's';
            i += 1;
        } else if (text_starts_with(rest, TEXT("\xe2\x84\xaa"))) { /* KELVIN SIGN */
            letter = 'k';
            i += 2;
        }
        if (length == all ||
            !text_equal_ignoring_case((struct text){&letter, 1}, (struct text){known + length, 1}))
            return false;
        length++;
    }
    return length == all && !text_is(name, known);
}

static bool has_lookalikes(const struct json_value *object, const char *const *known)
{
    for (const struct json_value *member = object->first; member != NULL; member = member->next)
        for (const char *const *name = known; *name != NULL; name++)
            if (is_lookalike(member->name, *name))
                return true;
    return false;
}

static const char *const envelope_members[] = {"jsonrpc", "id", "method", "params", "result", "error", NULL};
static const char *const params_members[] = {
    "_meta",          "name",         "uri", "arguments", "cursor",        "requestState",
    "inputResponses", "capabilities", "ref", "taskId",    "notifications", NULL};
static const char *const reference_members[] = {"type", "name", "uri", NULL};
static const char *const notifications_members[] = {"resourceSubscriptions", NULL};

static bool has_lookalikes_in(const struct json_value *params)
{
    const struct json_value *reference = json_member(params, TEXT("ref")),
                            *notifications = json_member(params, TEXT("notifications"));
    return has_lookalikes(params, params_members) ||
           (reference != NULL && has_lookalikes(reference, reference_members)) ||
           (notifications != NULL && has_lookalikes(notifications, notifications_members));
}

static enum fault read_response(struct mcp_message *message)
{
    const struct json_value *result = json_member(message->whole, TEXT("result")),
                            *error = json_member(message->whole, TEXT("error"));
    message->kind = MCP_RESPONSE;
    if (message->id == NULL || (result == NULL) == (error == NULL))
        return FAULT_MCP_MESSAGE;
    return (result != NULL ? result : error)->kind == JSON_OBJECT ? FAULT_NONE : FAULT_MCP_MESSAGE;
}

static enum fault read_method(struct mcp_message *message, const struct json_value *method)
{
    message->kind = message->id != NULL ? MCP_REQUEST : MCP_NOTIFICATION;
    message->method = json_string(method);
    message->params = json_member(message->whole, TEXT("params"));
    if (!is_method(message->method) || !is_params(message->params))
        return FAULT_MCP_MESSAGE;
    if (json_member(message->whole, TEXT("result")) != NULL ||
        json_member(message->whole, TEXT("error")) != NULL)
        return FAULT_MCP_MESSAGE;
    return message->params != NULL && has_lookalikes_in(message->params) ? FAULT_MCP_MESSAGE : FAULT_NONE;
}

static enum fault read_envelope(struct mcp_message *message)
{
    const struct json_value *whole = message->whole;
    if (whole->kind != JSON_OBJECT || !text_is(json_text_of(whole, "jsonrpc"), "2.0") ||
        has_lookalikes(whole, envelope_members))
        return FAULT_MCP_MESSAGE;
    const struct json_value *id = json_member(whole, TEXT("id"));
    if (id != NULL && !is_id(id))
        return FAULT_MCP_MESSAGE;
    message->id = id;
    const struct json_value *method = json_member(whole, TEXT("method"));
    return method == NULL ? read_response(message) : read_method(message, method);
}

static enum fault read_meta(struct mcp_message *message)
{
    message->meta = json_member(message->params, TEXT("_meta"));
    if (message->meta == NULL)
        return FAULT_NONE;
    if (message->meta->kind != JSON_OBJECT)
        return FAULT_MCP_PARAMS;
    const struct json_value *version = json_member(message->meta, TEXT(MCP_META_VERSION));
    if (version == NULL)
        return FAULT_NONE;
    message->generation = MCP_NEW;
    if (!is_name(json_string(version), MCP_ID_BYTES_MAX))
        return FAULT_MCP_META;
    message->version = version->text;
    return FAULT_NONE;
}

struct named_method {
    const char *method, *member;
    enum mcp_named named;
    bool is_old; /* the new generation has no such method, whatever its params */
};

static const struct named_method named_methods[] = {
    {"tools/call", "name", MCP_NAMED_TOOL},
    {"prompts/get", "name", MCP_NAMED_PROMPT},
    {"resources/read", "uri", MCP_NAMED_RESOURCE},
    {"resources/subscribe", "uri", MCP_NAMED_RESOURCE, .is_old = true},
    {"resources/unsubscribe", "uri", MCP_NAMED_RESOURCE, .is_old = true},
};

static const struct named_method *named_method(const struct mcp_message *message)
{
    for (size_t i = 0; i < sizeof(named_methods) / sizeof(named_methods[0]); i++)
        if (mcp_message_is(message, named_methods[i].method))
            return named_methods[i].is_old && message->generation == MCP_NEW ? NULL : &named_methods[i];
    return NULL;
}

static enum fault read_name(struct mcp_message *message)
{
    enum { NAME_BYTES_MAX = 8192 };
    const struct named_method *row = named_method(message);
    if (row == NULL)
        return FAULT_NONE;
    struct text name = json_text_of(message->params, row->member);
    if (!is_name(name, row->named == MCP_NAMED_TOOL ? MCP_TOOL_NAME_BYTES_MAX : NAME_BYTES_MAX))
        return FAULT_MCP_PARAMS;
    message->named = row->named;
    message->name = name;
    if (row->named != MCP_NAMED_RESOURCE)
        message->arguments = json_member(message->params, TEXT("arguments"));
    return is_params(message->arguments) ? FAULT_NONE : FAULT_MCP_PARAMS;
}

/* What a repeated call brings along: in the new generation only, elsewhere these are a server's own words. */
static enum fault read_retry(struct mcp_message *message)
{
    const struct json_value *state = json_member(message->params, TEXT("requestState"));
    if (message->generation != MCP_NEW)
        return FAULT_NONE;
    message->input_responses = json_member(message->params, TEXT("inputResponses"));
    if (!is_params(message->input_responses) || (state != NULL && state->kind != JSON_STRING))
        return FAULT_MCP_PARAMS;
    message->request_state = json_string(state);
    return FAULT_NONE;
}

enum fault mcp_message_read(struct arena *arena, struct text body, size_t bytes, struct mcp_message *message)
{
    const struct json_limits limits = {
        .bytes = bytes, .depth = MCP_DEPTH_MAX, .members = MCP_MESSAGE_VALUES_MAX, .takes_nul = true};
    *message = (struct mcp_message){0};
    if (json_parse(arena, body, &limits, &message->whole) != FAULT_NONE)
        return FAULT_MCP_MESSAGE;
    message->is_json = true;
    TRY(read_envelope(message));
    if (message->kind == MCP_RESPONSE)
        return FAULT_NONE;
    TRY(read_meta(message));
    TRY(read_name(message));
    return read_retry(message);
}

static struct text copy(struct arena *arena, struct text text)
{
    return text.base == NULL ? TEXT_NONE : arena_copy(arena, text);
}

void mcp_message_keep(struct arena *arena, struct mcp_message *message)
{
    message->id = json_copy(arena, message->id);
    message->method = copy(arena, message->method);
    message->version = copy(arena, message->version);
    message->name = copy(arena, message->name);
}

void mcp_message_forget(struct mcp_message *message)
{
    message->whole = message->params = message->meta = NULL;
    message->arguments = message->input_responses = NULL;
    message->request_state = TEXT_NONE;
}

bool mcp_message_is(const struct mcp_message *message, const char *method)
{
    return message->method.base != NULL && text_is(message->method, method);
}

/* -- writing */

struct text mcp_message_write(struct arena *arena, const struct mcp_message *message)
{
    return message_edit_text(arena, message->whole, NULL, 0);
}

struct text mcp_message_write_edited(struct arena *arena, const struct mcp_message *message,
                                     const struct message_edit *edits, size_t count)
{
    return message_edit_text(arena, message->whole, edits, count);
}

void mcp_message_write_own_client(struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "name", TEXT("dragoman"));
    json_member_text(writer, "version", TEXT(DRAGOMAN_VERSION));
    json_end_object(writer);
}
