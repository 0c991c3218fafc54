/* Text stays text, JSON is structured besides where it is an object, images and sound are what they are, and
 * whatever else is a resource of its own. What failed says so, with its status and the beginning of its body.
 */
#include "bridge_result.h"

#include "base/base64url.h"
#include "json/json_writer.h"

/* An answer that is read again within its envelope (mcp_answer_read) has to fit into what is read there. */
enum {
    STRUCTURED_DEPTH_MAX = MCP_DEPTH_MAX - 8,
    STRUCTURED_VALUES_MAX = MCP_VALUES_MAX / 2,
    TYPE_BYTES_MAX = 128
};

struct writing {
    struct arena *arena;
    struct json_writer writer;
    const struct openapi_operation *operation;
    const struct bridge_response *response;
    const struct json_value *json; /* the body, where it says that it is JSON and is */
    struct text type;              /* the media type, without parameters */
};

/* -- what it is */

static struct text type_of(struct text content_type)
{
    struct text rest = content_type, type = text_cut(&rest, ';');
    while (type.length != 0 && (type.base[type.length - 1] == ' ' || type.base[type.length - 1] == '\t'))
        type.length--;
    for (size_t i = 0; i < type.length; i++)
        if (type.base[i] <= ' ' || type.base[i] > '~')
            return TEXT_NONE;
    return type.length <= TYPE_BYTES_MAX ? type : TEXT_NONE;
}

static bool is_of_family(struct text type, const char *family)
{
    struct text beginning = text_of(family);
    return type.length > beginning.length &&
           text_equal_ignoring_case((struct text){type.base, beginning.length}, beginning);
}

static bool is_json(struct text type)
{
    struct text end = TEXT("+json");
    return text_equal_ignoring_case(type, TEXT("application/json")) ||
           (type.length > end.length &&
            text_equal_ignoring_case((struct text){type.base + type.length - end.length, end.length}, end));
}

static const struct json_value *read_json(struct arena *arena, struct text body)
{
    const struct json_limits limits = {
        .bytes = body.length, .depth = STRUCTURED_DEPTH_MAX, .members = STRUCTURED_VALUES_MAX};
    const struct json_value *value;
    return json_parse(arena, body, &limits, &value) == FAULT_NONE ? value : NULL;
}

/* -- its parts */

static void write_text(struct writing *writing, struct text text)
{
    json_begin_object(&writing->writer);
    json_member_text(&writing->writer, "type", TEXT("text"));
    json_member_text(&writing->writer, "text", text);
    json_end_object(&writing->writer);
}

static struct text encode(const struct writing *writing)
{
    struct text body = writing->response->body;
    struct buffer out = buffer_in(writing->arena, body.length / 3 * 4 + 8);
    base64_append(&out, body.base, body.length);
    return buffer_text(&out);
}

static void write_media(struct writing *writing, const char *kind)
{
    json_begin_object(&writing->writer);
    json_member_text(&writing->writer, "type", text_of(kind));
    json_member_text(&writing->writer, "data", encode(writing));
    json_member_text(&writing->writer, "mimeType", writing->type);
    json_end_object(&writing->writer);
}

/* Named by the call that it came of, and not by where: that is nobody's business. */
static void write_resource(struct writing *writing)
{
    struct json_writer *writer = &writing->writer;
    bool has_type = writing->type.length != 0;
    json_begin_object(writer);
    json_member_text(writer, "type", TEXT("resource"));
    json_name(writer, TEXT("resource"));
    json_begin_object(writer);
    json_member_text(
        writer, "uri",
        arena_print(writing->arena, "urn:dragoman:call:%.*s", TEXT_ARGUMENTS(writing->response->call)));
    json_member_text(writer, "mimeType", has_type ? writing->type : TEXT("application/octet-stream"));
    json_member_text(writer, "blob", encode(writing));
    json_end_object(writer);
    json_end_object(writer);
}

static bool is_text(const struct writing *writing)
{
    bool says_so = writing->type.length == 0 || is_of_family(writing->type, "text/") ||
                   is_json(writing->type) || text_equal_ignoring_case(writing->type, TEXT("application/xml")) ||
                   text_equal_ignoring_case(writing->type, TEXT("application/yaml"));
    return says_so && text_is_utf8(writing->response->body);
}

static void write_body(struct writing *writing)
{
    if (writing->response->body.length == 0)
        write_text(writing, arena_print(writing->arena, "HTTP %d", writing->response->status));
    else if (is_text(writing))
        write_text(writing, writing->response->body);
    else if (is_of_family(writing->type, "image/"))
        write_media(writing, "image");
    else if (is_of_family(writing->type, "audio/"))
        write_media(writing, "audio");
    else
        write_resource(writing);
}

/* -- all of it */

static void write_success(struct writing *writing)
{
    bool is_object = writing->json != NULL && writing->json->kind == JSON_OBJECT;
    json_name(&writing->writer, TEXT("content"));
    json_begin_array(&writing->writer);
    write_body(writing);
    json_end_array(&writing->writer);
    if (!is_object)
        return;
    json_name(&writing->writer, TEXT("structuredContent"));
    json_write_value(&writing->writer, writing->json);
}

static void write_failure(struct writing *writing, const char *why)
{
    struct text body = writing->response->body;
    struct buffer words = buffer_in(writing->arena, BRIDGE_FAILURE_BYTES_MAX + 128);
    buffer_print(&words, "HTTP %d%s", writing->response->status, why);
    if (body.length != 0 && is_text(writing)) {
        buffer_append(&words, TEXT(": "));
        buffer_append(&words, text_beginning(body, BRIDGE_FAILURE_BYTES_MAX));
        if (body.length > BRIDGE_FAILURE_BYTES_MAX)
            buffer_append(&words, TEXT(" ..."));
    }
    json_name(&writing->writer, TEXT("content"));
    json_begin_array(&writing->writer);
    write_text(writing, buffer_text(&words));
    json_end_array(&writing->writer);
    json_member_boolean(&writing->writer, "isError", true);
}

/* A tool that says what it answers answers that or nothing. */
static bool breaks_promise(const struct writing *writing)
{
    return writing->operation->has_output_schema &&
           (writing->json == NULL || writing->json->kind != JSON_OBJECT);
}

static void write_outcome(struct writing *writing)
{
    int status = writing->response->status;
    if (status < 200 || status > 299)
        write_failure(writing, "");
    else if (breaks_promise(writing))
        write_failure(writing, ", and the answer is not the object that the tool promises");
    else
        write_success(writing);
}

struct text bridge_result_write(struct arena *arena, const struct openapi_operation *operation,
                                const struct mcp_message *message, const struct bridge_response *response)
{
    struct buffer out = buffer_in(arena, response->body.length * 2 + 512);
    struct writing writing = {.arena = arena,
                              .writer = json_writer_on(&out),
                              .operation = operation,
                              .response = response,
                              .type = type_of(response->content_type)};
    struct json_writer *writer = &writing.writer;
    writing.json = is_json(writing.type) ? read_json(arena, response->body) : NULL;
    json_begin_object(writer);
    json_member_text(writer, "jsonrpc", TEXT("2.0"));
    json_name(writer, TEXT("id"));
    json_write_value(writer, message->id);
    json_name(writer, TEXT("result"));
    json_begin_object(writer);
    write_outcome(&writing);
    if (message->generation == MCP_NEW)
        json_member_text(writer, "resultType", TEXT("complete"));
    json_end_object(writer);
    json_end_object(writer);
    return buffer_text(&out);
}
