/* The order of the checks is that of the official servers, so that a client hears of the same mistake first. */
#include "mcp_headers.h"

#include "decimal.h"
#include "marked_parameter.h"

/* MCP-Protocol-Version is absent in the first version that this transport had. */
static const char version_unsaid[] = "2025-03-26";

/* -- one header */

static struct text find(const struct shown_headers *headers, const char *name)
{
    return text_trim(headers->find(headers->context, name, 0));
}

static bool is_doubled(const struct shown_headers *headers, const char *name)
{
    return headers->find(headers->context, name, 1).base != NULL;
}

/* Of two, a server and something before it may read one each; what is no text is in no message. */
static enum fault check_shape(const struct shown_headers *headers)
{
    static const char *const names[] = {"mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id",
                                        "last-event-id"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (is_doubled(headers, names[i]))
            return FAULT_MCP_HEADER_DOUBLED;
        if (!text_is_printable(find(headers, names[i])))
            return FAULT_MCP_HEADER_MISMATCH;
    }
    return FAULT_NONE;
}

/* -- the new generation */

/* Which text Mcp-Name repeats; TEXT_NONE: none. */
static struct text mirrored_name(const struct mcp_message *message)
{
    if (mcp_message_is(message, "tools/call") || mcp_message_is(message, "prompts/get") ||
        mcp_message_is(message, "resources/read"))
        return message->name;
    if (mcp_message_is(message, "tasks/get") || mcp_message_is(message, "tasks/update") ||
        mcp_message_is(message, "tasks/cancel"))
        return json_text_of(message->params, "taskId");
    return TEXT_NONE;
}

static enum fault check_meta(const struct mcp_message *message)
{
    const struct json_value *client = json_member(message->meta, TEXT(MCP_META_CLIENT));
    const struct json_value *capabilities = json_member(message->meta, TEXT(MCP_META_CAPABILITIES));
    if (capabilities == NULL || capabilities->kind != JSON_OBJECT)
        return FAULT_MCP_META;
    return client == NULL || client->kind == JSON_OBJECT ? FAULT_NONE : FAULT_MCP_META;
}

static bool is_said_otherwise(struct text header, struct text value)
{
    return header.base != NULL && !text_equal(header, value);
}

static enum fault check_new(struct arena *arena, const struct shown_headers *headers,
                            const struct mcp_message *message)
{
    struct text version = find(headers, "mcp-protocol-version"), method = find(headers, "mcp-method");
    if (is_said_otherwise(version, message->version) || is_said_otherwise(method, message->method))
        return FAULT_MCP_HEADER_MISMATCH;
    if (!mcp_version_is_supported(MCP_NEW, message->version))
        return FAULT_MCP_VERSION;
    if (message->kind != MCP_REQUEST)
        return FAULT_NONE;
    if (version.base == NULL || method.base == NULL)
        return FAULT_MCP_HEADER_MISMATCH;
    struct text name = mirrored_name(message), said;
    if (name.base == NULL)
        return FAULT_NONE;
    bool is_equal = mcp_headers_decode(arena, find(headers, "mcp-name"), &said) && text_equal(said, name);
    return is_equal ? FAULT_NONE : FAULT_MCP_HEADER_MISMATCH;
}

/* -- either generation */

/* Of a message whose _meta says no version. */
static enum fault settle_unsaid(const struct shown_headers *headers, struct mcp_message *message)
{
    struct text version = find(headers, "mcp-protocol-version");
    bool is_new = version.base != NULL && mcp_version_is_new(version);
    if (is_new && message->kind == MCP_RESPONSE)
        return FAULT_MCP_MESSAGE;
    if (is_new && mcp_message_is(message, "initialize"))
        return FAULT_MCP_HEADER_MISMATCH;
    message->version = version;
    if (is_new) {
        message->generation = MCP_NEW;
        return message->kind == MCP_REQUEST ? FAULT_MCP_META : FAULT_NONE;
    }
    /* Only initialize settles which version is spoken. */
    return mcp_message_is(message, "initialize") ? FAULT_NONE : mcp_headers_version(headers, &message->version);
}

enum fault mcp_headers_check(struct arena *arena, const struct shown_headers *headers,
                             struct mcp_message *message)
{
    TRY(check_shape(headers));
    if (message->generation != MCP_NEW)
        TRY(settle_unsaid(headers, message));
    else if (message->kind == MCP_REQUEST)
        TRY(check_meta(message));
    return message->generation == MCP_NEW ? check_new(arena, headers, message) : FAULT_NONE;
}

enum fault mcp_headers_version(const struct shown_headers *headers, struct text *version)
{
    TRY(check_shape(headers));
    *version = find(headers, "mcp-protocol-version");
    if (version->base == NULL)
        *version = text_of(version_unsaid);
    return mcp_version_is_supported(MCP_OLD, *version) ? FAULT_NONE : FAULT_MCP_VERSION;
}

/* -- parameters */

/* What a client of the official SDK says nothing of: a whole number that JavaScript cannot hold exactly. */
static bool may_be_unsaid(const struct json_value *value)
{
    enum { PLACES_EXACT = 16 };
    return value->kind == JSON_NUMBER && decimal_has_places(value->text, PLACES_EXACT);
}

static bool is_equal_to(const struct json_value *value, struct text said)
{
    if (value->kind == JSON_BOOLEAN)
        return text_is(said, value->boolean ? "true" : "false");
    if (value->kind == JSON_NUMBER)
        return decimal_equal(said, value->text);
    return text_equal(said, value->text);
}

static enum fault check_parameter(struct arena *arena, const struct shown_headers *headers,
                                  const struct marked_parameter *parameter)
{
    struct text header = find(headers, parameter->header.base), said;
    if (is_doubled(headers, parameter->header.base))
        return FAULT_MCP_HEADER_DOUBLED;
    if (header.base == NULL)
        return may_be_unsaid(parameter->value) ? FAULT_NONE : FAULT_MCP_HEADER_MISMATCH;
    bool is_equal = mcp_headers_decode(arena, header, &said) && is_equal_to(parameter->value, said);
    return is_equal ? FAULT_NONE : FAULT_MCP_HEADER_MISMATCH;
}

static size_t parameters_of(struct arena *arena, const struct mcp_message *message,
                            const struct json_value *input_schema,
                            struct marked_parameter found[MCP_PARAMETERS_MAX])
{
    if (message->generation != MCP_NEW || message->named != MCP_NAMED_TOOL)
        return 0;
    return marked_parameters_find(arena, input_schema, message->arguments, found, MCP_PARAMETERS_MAX);
}

enum fault mcp_headers_check_parameters(struct arena *arena, const struct shown_headers *headers,
                                        const struct mcp_message *message,
                                        const struct json_value *input_schema)
{
    struct marked_parameter found[MCP_PARAMETERS_MAX];
    size_t count = parameters_of(arena, message, input_schema, found);
    for (size_t i = 0; i < count; i++)
        TRY(check_parameter(arena, headers, &found[i]));
    return FAULT_NONE;
}

/* -- what goes upstream */

static void add(struct mcp_header_list *list, const char *name, struct text value)
{
    if (value.base != NULL)
        list->rows[list->count++] = (struct mcp_header){text_of(name), value};
}

/* What is about the call and not about its message; twice is as good as not at all. */
static void add_as_shown(struct mcp_header_list *list, const struct shown_headers *headers, const char *name)
{
    enum { VALUE_BYTES_MAX = 8192 };
    struct text value = find(headers, name);
    if (!is_doubled(headers, name) && value.length <= VALUE_BYTES_MAX && text_is_printable(value))
        add(list, name, value);
}

static void add_new(struct arena *arena, const struct shown_headers *headers, const struct mcp_message *message,
                    const struct json_value *input_schema, struct mcp_header_list *list)
{
    add(list, "mcp-method", message->method);
    struct text name = mirrored_name(message);
    if (name.base != NULL)
        add(list, "mcp-name", mcp_headers_encode(arena, name));
    struct marked_parameter found[MCP_PARAMETERS_MAX];
    size_t count = parameters_of(arena, message, input_schema, found);
    for (size_t i = 0; i < count; i++) {
        /* In the client's spelling, which was found equal: some servers know a number in one spelling alone. */
        struct text said, header = find(headers, found[i].header.base);
        if (header.base != NULL && mcp_headers_decode(arena, header, &said))
            add(list, found[i].header.base, mcp_headers_encode(arena, said));
    }
}

void mcp_headers_upstream(struct arena *arena, const struct shown_headers *headers,
                          const struct mcp_message *message, struct text version,
                          const struct json_value *input_schema, struct mcp_header_list *list)
{
    list->count = 0;
    bool is_new = message != NULL && message->generation == MCP_NEW;
    if (message != NULL)
        add(list, "content-type", TEXT("application/json"));
    add(list, "accept",
        message != NULL ? TEXT("application/json, text/event-stream") : TEXT("text/event-stream"));
    add(list, "mcp-protocol-version", is_new ? message->version : version);
    if (is_new)
        add_new(arena, headers, message, input_schema, list);
    else
        add_as_shown(list, headers, "last-event-id");
    add_as_shown(list, headers, "traceparent");
    add_as_shown(list, headers, "tracestate");
    add_as_shown(list, headers, "baggage");
}
