/* One table for what differs between faults, and two generations where they differ. Codes and words are those
 * of the official servers where they have some. */
#include "mcp_error.h"

#include "base/fault.h"
#include "message_edit.h"
#include "json/json_writer.h"

struct error_row {
    enum fault fault;
    int status_new, status_old; /* 0: the fault's own */
    int code;
    const char *message; /* NULL: the fault's sentence */
    bool is_of_nobody;   /* what is found before a message is looked at */
};

static const struct error_row rows[] = {
    {FAULT_MCP_SERVER_UNKNOWN, 0, 0, MCP_CODE_SERVER, NULL, true},
    {FAULT_MCP_HOST, 0, 0, MCP_CODE_SERVER, NULL, true},
    {FAULT_MCP_ORIGIN, 0, 0, MCP_CODE_SERVER, NULL, true},
    {FAULT_MCP_METHOD, 0, 0, MCP_CODE_SERVER, "Method not allowed.", true},
    {FAULT_MCP_MEDIA_TYPE, 0, 0, MCP_CODE_SERVER, NULL, true},
    {FAULT_MCP_ACCEPT, 0, 0, MCP_CODE_SERVER, NULL, true},
    {FAULT_MCP_TOO_LARGE, 0, 0, MCP_CODE_SERVER, NULL, true},
    {FAULT_MCP_MESSAGE, 0, 0, MCP_CODE_REQUEST, NULL, false},
    {FAULT_MCP_HEADER_DOUBLED, 0, 0, MCP_CODE_HEADER, NULL, false},
    {FAULT_MCP_HEADER_MISMATCH, 0, 0, MCP_CODE_HEADER, NULL, false},
    {FAULT_MCP_META, 0, 0, MCP_CODE_PARAMS, NULL, false},
    {FAULT_MCP_PARAMS, 200, 200, MCP_CODE_PARAMS, NULL, false},
    {FAULT_MCP_METHOD_UNKNOWN, 0, 200, MCP_CODE_METHOD, "Method not found", false},
    {FAULT_MCP_SESSION_MISSING, 0, 0, MCP_CODE_SERVER, NULL, true},
    {FAULT_MCP_SESSION_UNKNOWN, 0, 0, MCP_CODE_SESSION, "Session not found", true},
    {FAULT_MCP_APPROVAL, 200, 200, MCP_CODE_SERVER, NULL, false},
    {FAULT_MCP_STATE, 200, 200, MCP_CODE_PARAMS, "Invalid or expired requestState", false},
    {FAULT_MCP_LIMIT, 0, 0, MCP_CODE_LIMIT, NULL, false},
};

/* A member of an object that is made here; the last one comes first. */
static const struct json_value *add_member(struct arena *arena, const struct json_value *object,
                                           const char *name, struct json_value value)
{
    struct json_value *member = ARENA_NEW(arena, struct json_value),
                      *whole = ARENA_NEW(arena, struct json_value);
    *member = value;
    member->name = text_of(name);
    member->next = object != NULL ? object->first : NULL;
    *whole = (struct json_value){
        .kind = JSON_OBJECT, .first = member, .count = 1 + (object != NULL ? object->count : 0)};
    return whole;
}

/* -- what is unknown, denied or suspended: one answer */

static void say_unknown(struct arena *arena, const struct mcp_message *message, struct mcp_error *error)
{
    static const char *const words[] = {
        [MCP_NAMED_NOTHING] = "Unknown name",
        [MCP_NAMED_TOOL] = "Unknown tool",
        [MCP_NAMED_PROMPT] = "Unknown prompt",
        [MCP_NAMED_RESOURCE] = "Resource not found",
    };
    struct text parts[] = {text_of(words[message->named]), TEXT(": "), message->name};
    error->http_status = 200;
    error->code = MCP_CODE_PARAMS;
    error->message = arena_join(arena, parts, message->named == MCP_NAMED_NOTHING ? 1 : 3);
    if (message->named != MCP_NAMED_RESOURCE)
        return;
    error->code = message->generation == MCP_NEW ? MCP_CODE_PARAMS : MCP_CODE_RESOURCE;
    error->data = add_member(arena, NULL, "uri", message_edit_string(message->name));
}

/* -- the protocol's version */

static struct json_value supported(struct arena *arena)
{
    struct json_value list = {.kind = JSON_ARRAY};
    const struct json_value **place = &list.first;
    for (const char *const *version = mcp_versions_new; *version != NULL; version++) {
        struct json_value *element = ARENA_NEW(arena, struct json_value);
        *element = message_edit_string(text_of(*version));
        list.count++;
        *place = element;
        place = &element->next;
    }
    return list;
}

static struct text supported_old(struct arena *arena)
{
    struct buffer out = buffer_in(arena, 128);
    for (const char *const *version = mcp_versions_old; *version != NULL; version++) {
        buffer_append(&out, version == mcp_versions_old ? TEXT("") : TEXT(", "));
        buffer_append(&out, text_of(*version));
    }
    return buffer_text(&out);
}

static void say_version(struct arena *arena, const struct mcp_message *message, struct mcp_error *error)
{
    struct text asked = text_beginning(message->version, 64), versions = supported_old(arena);
    if (message->generation == MCP_NEW) {
        error->code = MCP_CODE_VERSION;
        error->message = arena_print(arena, "Unsupported protocol version: %.*s", TEXT_ARGUMENTS(asked));
        error->data = add_member(arena, NULL, "requested", message_edit_string(asked));
        error->data = add_member(arena, error->data, "supported", supported(arena));
        return;
    }
    error->code = MCP_CODE_SERVER;
    error->is_of_nobody = true;
    error->message =
        arena_print(arena, "Bad Request: Unsupported protocol version: %.*s (supported versions: %.*s)",
                    TEXT_ARGUMENTS(asked), TEXT_ARGUMENTS(versions));
}

/* -- the others */

static void say_row(const struct error_row *row, const struct mcp_message *message, struct mcp_error *error)
{
    int status = message->generation == MCP_NEW ? row->status_new : row->status_old;
    if (status != 0)
        error->http_status = status;
    error->code = row->code;
    error->is_of_nobody = row->is_of_nobody;
    if (row->message != NULL)
        error->message = text_of(row->message);
}

static void say(struct arena *arena, enum fault fault, const struct mcp_message *message,
                struct mcp_error *error)
{
    if (fault == FAULT_MCP_NAME_UNKNOWN || fault == FAULT_MCP_NAME_SUSPENDED) {
        say_unknown(arena, message, error);
        return;
    }
    if (fault == FAULT_MCP_VERSION) {
        say_version(arena, message, error);
        return;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].fault == fault)
            say_row(&rows[i], message, error);
    if (fault == FAULT_MCP_MESSAGE && !message->is_json)
        error->code = MCP_CODE_PARSE;
    if (fault == FAULT_MCP_STATE)
        error->data = add_member(arena, NULL, "reason", message_edit_string(TEXT("invalid_request_state")));
}

struct mcp_error mcp_error_of(struct arena *arena, enum fault fault, const struct mcp_message *message)
{
    const struct fault_row *row = fault_row(fault);
    struct mcp_error error = {
        .http_status = row->http_status,
        .code = row->http_status >= 500 ? MCP_CODE_INTERNAL : MCP_CODE_SERVER,
        .message = text_of(row->sentence),
    };
    say(arena, fault, message, &error);
    return error;
}

/* -- writing */

static void begin_answer(struct json_writer *writer, const struct json_value *id)
{
    json_begin_object(writer);
    json_member_text(writer, "jsonrpc", TEXT("2.0"));
    json_name(writer, TEXT("id"));
    if (id != NULL)
        json_write_value(writer, id);
    else
        json_write_null(writer);
}

struct text mcp_error_write(struct arena *arena, const struct mcp_error *error, const struct json_value *id)
{
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    begin_answer(&writer, error->is_of_nobody ? NULL : id);
    json_name(&writer, TEXT("error"));
    json_begin_object(&writer);
    json_member_integer(&writer, "code", error->code);
    json_member_text(&writer, "message", error->message);
    if (error->data != NULL) {
        json_name(&writer, TEXT("data"));
        json_write_value(&writer, error->data);
    }
    json_end_object(&writer);
    json_end_object(&writer);
    return buffer_text(&out);
}

struct text mcp_error_answer(struct arena *arena, enum fault fault, const struct mcp_message *message,
                             int *http_status)
{
    struct mcp_error error = mcp_error_of(arena, fault, message);
    *http_status = error.http_status;
    return mcp_error_write(arena, &error, message->id);
}

struct text mcp_error_tool_result(struct arena *arena, const struct mcp_message *message, struct text text)
{
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    begin_answer(&writer, message->id);
    json_name(&writer, TEXT("result"));
    json_begin_object(&writer);
    json_name(&writer, TEXT("content"));
    json_begin_array(&writer);
    json_begin_object(&writer);
    json_member_text(&writer, "type", TEXT("text"));
    json_member_text(&writer, "text", text);
    json_end_object(&writer);
    json_end_array(&writer);
    json_member_boolean(&writer, "isError", true);
    if (message->generation == MCP_NEW)
        json_member_text(&writer, "resultType", TEXT("complete"));
    json_end_object(&writer);
    json_end_object(&writer);
    return buffer_text(&out);
}
