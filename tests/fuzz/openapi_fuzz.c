/* OpenAPI documents as they come from a file or the store: read into tools, each of which says of itself what
 * can be read again, and calls of them, whose arguments stay in their places whatever the document says. */
#include "base/buffer.h"
#include "openapi/openapi_request.h"
#include "json/json_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool wants(void *context, struct text tool)
{
    (void)context;
    (void)tool;
    return true;
}

static void note(void *context, struct text pointer, struct text sentence)
{
    INVARIANT(pointer.length == 0 || pointer.base[0] == '/');
    INVARIANT(sentence.length != 0 && text_is_utf8(sentence));
    ++*(unsigned *)context;
}

static void check_name(struct text name)
{
    INVARIANT(name.length != 0 && name.length <= OPENAPI_NAME_BYTES_MAX);
    for (size_t i = 0; i < name.length; i++)
        INVARIANT(name.base[i] > ' ' && name.base[i] < 127 && name.base[i] != '"' && name.base[i] != '/');
}

static void check_definition(struct arena *arena, const struct openapi_operation *operation)
{
    struct buffer out = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    const struct json_value *schema = json_member(operation->definition, TEXT("inputSchema"));
    INVARIANT(text_equal(json_text_of(operation->definition, "name"), operation->tool));
    INVARIANT(text_is(json_text_of(schema, "type"), "object"));
    INVARIANT(operation->has_output_schema ==
              (json_member(operation->definition, TEXT("outputSchema")) != NULL));
    json_write_value(&writer, operation->definition);
    INVARIANT(out.length <= OPENAPI_DEFINITION_BYTES_MAX);
}

static void write_arguments(struct buffer *out, const struct openapi_operation *operation, const char *value)
{
    struct json_writer writer = json_writer_on(out);
    json_begin_object(&writer);
    for (size_t i = 0; i < operation->parameter_count; i++) {
        json_name(&writer, operation->parameters[i].name);
        if ((operation->parameters[i].kinds & OPENAPI_STRING) != 0)
            json_write_text(&writer, text_of(value));
        else
            json_write_integer(&writer, -7);
    }
    json_end_object(&writer);
}

/* RFC 3986 section 3.3: as many segments as the template has, none of them dots; and one query. */
static void check_target(struct text target, struct text path)
{
    size_t slashes = 0, expected = 0, questions = 0;
    bool is_path = true;
    for (size_t i = 0; i < target.length; i++) {
        char byte = target.base[i];
        INVARIANT(byte > ' ' && byte < 127 && byte != '#' && byte != '\\');
        questions += byte == '?';
        is_path &= byte != '?';
        slashes += is_path && byte == '/';
    }
    struct text rest = path;
    while (rest.base != NULL) {
        struct text literal = text_cut(&rest, '{');
        for (size_t i = 0; i < literal.length; i++)
            expected += literal.base[i] == '/';
        if (rest.base != NULL)
            (void)text_cut(&rest, '}');
    }
    INVARIANT(slashes == expected && questions <= 1 && target.base[0] == '/');
    struct text before = text_cut(&target, '?');
    while (before.base != NULL) {
        struct text segment = text_cut(&before, '/');
        INVARIANT(!text_is(segment, ".") && !text_is(segment, ".."));
    }
}

static void call(const struct openapi_operation *operation, const char *value)
{
    SCOPED_ARENA arena = arena_create();
    struct openapi_request *request = ARENA_NEW(arena, struct openapi_request);
    struct buffer out = buffer_in(arena, 256);
    const struct json_value *arguments;
    struct text mistake = TEXT_NONE;
    write_arguments(&out, operation, value);
    INVARIANT(json_parse(arena, buffer_text(&out), &json_limits_document, &arguments) == FAULT_NONE);
    if (!openapi_request_make(arena, operation, arguments, TEXT("authorization"), request, &mistake)) {
        INVARIANT(mistake.length != 0);
        return;
    }
    check_target(request->target, operation->path);
    for (size_t i = 0; i < request->header_count; i++) {
        INVARIANT(text_is_token(request->headers[i].name));
        INVARIANT(!text_equal_ignoring_case(request->headers[i].name, TEXT("authorization")));
        for (size_t j = 0; j < request->headers[i].value.length; j++)
            INVARIANT(request->headers[i].value.base[j] >= ' ' && request->headers[i].value.base[j] < 127);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const values[] = {"a", "..", ".", "a/b", "%2e%2e%2f", "x?y#z&w", "\r\nhost: b", ""};
    SCOPED_ARENA arena = arena_create();
    const struct json_value *document;
    unsigned mistakes = 0;
    const struct openapi_reader reader = {wants, note, &mistakes};
    if (json_parse(arena, (struct text){(const char *)bytes, size}, &json_limits_document, &document) !=
        FAULT_NONE)
        return 0;
    const struct openapi *openapi = openapi_read(arena, document, &reader);
    INVARIANT((openapi == NULL) == (mistakes != 0));
    for (size_t i = 0; openapi != NULL && i < openapi->count; i++) {
        const struct openapi_operation *operation = &openapi->operations[i];
        check_name(operation->tool);
        check_definition(arena, operation);
        INVARIANT(openapi_find(openapi, operation->tool) == operation);
        for (size_t value = 0; value < sizeof(values) / sizeof(values[0]); value++)
            call(operation, values[value]);
    }
    return 0;
}
