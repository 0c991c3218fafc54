/* A client's message and its headers: the first lines are headers, the rest is the body. What is read is the
 * same after it was written here; what goes upstream would pass the same checks; each refusal is a JSON-RPC
 * error. */
#include <string.h>

#include "message/mcp_error.h"
#include "message/mcp_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { LINES = 7, BYTES_MAX = 1 << 20 };
static const char *const names[LINES] = {"mcp-protocol-version", "mcp-method",     "mcp-name",   "mcp-param-a",
                                         "mcp-param-b",          "mcp-session-id", "traceparent"};
static const char schema_text[] =
    "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"},"
    "\"o\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"number\",\"x-mcp-header\":\"b\"}}}}}";

/* An empty line: no such header; a tab in one parts a first and a second of that name. */
struct lines {
    struct text values[LINES];
};

static struct text find_line(const void *context, const char *name, size_t nth)
{
    const struct lines *lines = context;
    for (size_t i = 0; i < LINES; i++) {
        struct text rest = lines->values[i], part = TEXT_NONE;
        if (strcmp(names[i], name) != 0 || rest.length == 0)
            continue;
        for (size_t j = 0; j <= nth; j++)
            part = rest.base != NULL ? text_cut(&rest, '\t') : TEXT_NONE;
        return part;
    }
    return TEXT_NONE;
}

static struct text find_row(const void *context, const char *name, size_t nth)
{
    const struct mcp_header_list *list = context;
    for (size_t i = 0; i < list->count; i++)
        if (text_is(list->rows[i].name, name) && nth-- == 0)
            return list->rows[i].value;
    return TEXT_NONE;
}

static void check_error(struct arena *arena, enum fault fault, const struct mcp_message *message)
{
    const struct json_value *value;
    int status = 0;
    struct text body = mcp_error_answer(arena, fault, message, &status);
    INVARIANT(status >= 200 && status < 600);
    INVARIANT(json_parse(arena, body, &json_limits_document, &value) == FAULT_NONE);
    INVARIANT(json_member(json_member(value, TEXT("error")), TEXT("code")) != NULL);
}

static void check_same(struct arena *arena, const struct mcp_message *message)
{
    struct mcp_message again;
    struct text text = mcp_message_write(arena, message);
    INVARIANT(mcp_message_read(arena, text, BYTES_MAX, &again) == FAULT_NONE);
    INVARIANT(again.kind == message->kind && again.generation == message->generation);
    INVARIANT(again.named == message->named && text_equal(again.name, message->name));
    INVARIANT(text_equal(again.method, message->method) && text_equal(again.version, message->version));
    INVARIANT((again.id == NULL && message->id == NULL) || json_equal(again.id, message->id));
    INVARIANT(text_equal(mcp_message_write(arena, &again), text));
}

static void check_upstream(struct arena *arena, const struct shown_headers *headers,
                           struct mcp_message *message, const struct json_value *schema)
{
    struct mcp_header_list list;
    mcp_headers_upstream(arena, headers, message, message->version, schema, &list);
    for (size_t i = 0; i < list.count; i++) {
        INVARIANT(text_is_token(list.rows[i].name) && text_is_printable(list.rows[i].value));
        INVARIANT(!text_is(list.rows[i].name, "mcp-session-id"));
    }
    const struct shown_headers upstream = {find_row, &list};
    struct mcp_message again;
    INVARIANT(mcp_message_read(arena, mcp_message_write(arena, message), BYTES_MAX, &again) == FAULT_NONE);
    INVARIANT(mcp_headers_check(arena, &upstream, &again) == FAULT_NONE);
    INVARIANT(again.generation == message->generation);
    INVARIANT(mcp_headers_check_parameters(arena, &upstream, &again, schema) == FAULT_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct text rest = {(const char *)bytes, size};
    struct lines lines = {0};
    for (size_t i = 0; i < LINES && rest.base != NULL; i++)
        lines.values[i] = text_cut(&rest, '\n');
    const struct shown_headers headers = {find_line, &lines};
    const struct json_value *schema;
    INVARIANT(json_parse(arena, text_of(schema_text), &json_limits_document, &schema) == FAULT_NONE);
    struct mcp_message message;
    enum fault fault = mcp_message_read(arena, rest, BYTES_MAX, &message);
    if (fault == FAULT_NONE) {
        check_same(arena, &message);
        fault = mcp_headers_check(arena, &headers, &message);
    }
    if (fault == FAULT_NONE)
        fault = mcp_headers_check_parameters(arena, &headers, &message, schema);
    if (fault == FAULT_NONE)
        check_upstream(arena, &headers, &message, schema);
    else
        check_error(arena, fault, &message);
    check_error(arena, FAULT_MCP_NAME_UNKNOWN, &message);
    return 0;
}
