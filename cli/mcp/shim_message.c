/* JSON-RPC 2.0 as MCP restricts it; see shim_message.h. What is sent on is the line as it was written. */
#include "shim_message.h"

#include "base/base64url.h"
#include "json/json_writer.h"

static const struct json_limits message_limits = {
    .bytes = SHIM_MESSAGE_BYTES_MAX, .depth = 128, .members = 1 << 20, .takes_nul = true};

static bool is_id(const struct json_value *id)
{
    return id != NULL && (id->kind == JSON_STRING || id->kind == JSON_NUMBER);
}

static enum shim_kind kind_of(const struct shim_message *message)
{
    if (message->method.base == NULL)
        return SHIM_RESPONSE;
    return message->id == NULL ? SHIM_NOTIFICATION : SHIM_REQUEST;
}

const char *shim_message_read(struct arena *arena, struct text line, struct shim_message *message)
{
    const struct json_value *json;
    if (json_parse(arena, line, &message_limits, &json) != FAULT_NONE)
        return "it is no JSON, has a name twice, or is nested too deep";
    if (json->kind != JSON_OBJECT || !text_is(json_text_of(json, "jsonrpc"), "2.0"))
        return json->kind == JSON_ARRAY ? "MCP knows no batches" : "it is no message of JSON-RPC 2.0";
    const struct json_value *id = json_member(json, TEXT("id"));
    const struct json_value *method = json_member(json, TEXT("method"));
    bool is_answer = json_member(json, TEXT("result")) != NULL || json_member(json, TEXT("error")) != NULL;
    /* An error without an id answers what could not be read (JSON-RPC 2.0 section 5). */
    bool is_id_fine = id == NULL || is_id(id) || (is_answer && id->kind == JSON_NULL);
    if (!is_id_fine || (method != NULL) == is_answer || (method != NULL && method->kind != JSON_STRING))
        return "it is neither a request nor a notification nor a response";
    const struct json_value *params = json_member(json, TEXT("params"));
    const struct json_value *meta = json_member(params, TEXT("_meta"));
    *message = (struct shim_message){
        .method = json_string(method),
        .id = is_id(id) ? id : NULL,
        .params = params,
        .result = json_member(json, TEXT("result")),
        .version = json_text_of(meta, "io.modelcontextprotocol/protocolVersion"),
    };
    message->kind = kind_of(message);
    return NULL;
}

/* Visible US-ASCII and single spaces inside pass as they are; everything else, and what looks like the encoded
 * form itself, is encoded (MCP 2026-07-28, transports, header encoding). */
static bool passes_as_it_is(struct text value)
{
    if (value.length == 0 || value.base[0] == ' ' || value.base[value.length - 1] == ' ' ||
        (text_starts_with(value, TEXT("=?base64?")) && text_ends_with(value, TEXT("?="))))
        return false;
    for (size_t i = 0; i < value.length; i++)
        if (value.base[i] < ' ' || value.base[i] > '~')
            return false;
    return true;
}

struct text shim_message_encode(struct arena *arena, struct text value)
{
    if (passes_as_it_is(value))
        return value;
    struct buffer out = buffer_in(arena, value.length * 2 + 16);
    buffer_append(&out, TEXT("=?base64?"));
    base64_append(&out, value.base, value.length);
    buffer_append(&out, TEXT("?="));
    return buffer_text(&out);
}

struct text shim_message_name(struct arena *arena, const struct shim_message *message)
{
    static const struct {
        const char *method, *member;
    } named[] = {{"tools/call", "name"}, {"prompts/get", "name"}, {"resources/read", "uri"}};
    struct text name = TEXT_NONE;
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (text_is(message->method, named[i].method))
            name = json_text_of(message->params, named[i].member);
    return name.base == NULL ? name : shim_message_encode(arena, name);
}

/* In JSON a line break stands between tokens alone: inside a string it is escaped. */
void shim_message_flatten(struct buffer *out, struct text message)
{
    size_t start = out->length;
    buffer_append(out, message);
    for (size_t i = start; i < out->length; i++)
        if (out->base[i] == '\n' || out->base[i] == '\r')
            out->base[i] = ' ';
}

static void write_answer(struct buffer *out, const struct json_value *id, const struct json_value *error,
                         int code, struct text sentence)
{
    struct json_writer writer = json_writer_on(out);
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    json_name(&writer, TEXT("id"));
    if (id != NULL)
        json_write_value(&writer, id);
    else
        json_write_null(&writer);
    json_name(&writer, TEXT("error"));
    if (error != NULL) {
        json_write_value(&writer, error);
    } else {
        json_begin_object(&writer);
        json_member_integer(&writer, "code", code);
        json_member_text(&writer, "message", sentence);
        json_end_object(&writer);
    }
    json_end_object(&writer);
}

void shim_message_write_error(struct buffer *out, const struct json_value *id, int code, struct text sentence)
{
    write_answer(out, id, NULL, code, sentence);
}

void shim_message_write_given(struct buffer *out, const struct json_value *id, const struct json_value *error)
{
    write_answer(out, id, error, 0, TEXT_NONE);
}
