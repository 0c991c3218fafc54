/* Schemas are walked when they go by, arguments when they are sent; see shim_parameters.h. */
#include "shim_parameters.h"

#include <string.h>

enum { MARK_BYTES_MAX = 128 };

struct walk {
    struct shim_parameters *parameters;
    struct shim_parameter row; /* tool, and the path so far */
};

/* A mark that could be no header is none, and so is one on what is no plain value. */
static bool is_mark(const struct json_value *property, struct text mark)
{
    struct text type = json_text_of(property, "type");
    bool is_plain = text_is(type, "string") || text_is(type, "integer") || text_is(type, "number") ||
                    text_is(type, "boolean");
    return is_plain && text_is_token(mark) && mark.length <= MARK_BYTES_MAX;
}

static void keep(struct walk *walk, struct text mark)
{
    struct shim_parameters *parameters = walk->parameters;
    if (parameters->count == SHIM_PARAMETERS_MAX)
        return;
    struct shim_parameter *row = &parameters->rows[parameters->count++];
    row->tool = arena_copy(parameters->arena, walk->row.tool);
    row->header = arena_print(parameters->arena, "mcp-param-%.*s", TEXT_ARGUMENTS(mark));
    for (size_t i = 0; i < SHIM_PARAMETER_DEPTH_MAX; i++)
        row->path[i] =
            walk->row.path[i].base == NULL ? TEXT_NONE : arena_copy(parameters->arena, walk->row.path[i]);
}

static void visit(struct walk *walk, const struct json_value *schema, size_t depth)
{
    const struct json_value *properties = json_member(schema, TEXT("properties"));
    if (depth == SHIM_PARAMETER_DEPTH_MAX || properties == NULL || properties->kind != JSON_OBJECT)
        return;
    for (const struct json_value *one = properties->first; one != NULL; one = one->next) {
        struct text mark = json_text_of(one, "x-mcp-header");
        walk->row.path[depth] = one->name;
        if (mark.base != NULL && is_mark(one, mark))
            keep(walk, mark);
        visit(walk, one, depth + 1);
    }
    walk->row.path[depth] = TEXT_NONE;
}

void shim_parameters_note(struct shim_parameters *parameters, const struct json_value *result, bool is_first)
{
    const struct json_value *tools = json_member(result, TEXT("tools"));
    if (tools == NULL || tools->kind != JSON_ARRAY)
        return;
    if (is_first)
        shim_parameters_dispose(parameters);
    if (parameters->arena == NULL)
        parameters->arena = arena_create();
    for (const struct json_value *tool = tools->first; tool != NULL; tool = tool->next) {
        struct walk walk = {.parameters = parameters, .row = {.tool = json_text_of(tool, "name")}};
        if (walk.row.tool.base != NULL)
            visit(&walk, json_member(tool, TEXT("inputSchema")), 0);
    }
}

static const struct json_value *find(const struct json_value *arguments, const struct shim_parameter *row)
{
    const struct json_value *value = arguments;
    for (size_t i = 0; i < SHIM_PARAMETER_DEPTH_MAX && row->path[i].base != NULL; i++)
        value = json_member(value, row->path[i]);
    return value;
}

static struct text write_value(struct arena *arena, const struct json_value *value)
{
    if (value == NULL)
        return TEXT_NONE;
    if (value->kind == JSON_BOOLEAN)
        return value->boolean ? TEXT("true") : TEXT("false");
    if (value->kind == JSON_STRING || value->kind == JSON_NUMBER)
        return shim_message_encode(arena, value->text);
    return TEXT_NONE;
}

size_t shim_parameters_headers(const struct shim_parameters *parameters, struct arena *arena,
                               const struct shim_message *message, struct http_stream_header *headers)
{
    struct text tool = json_text_of(message->params, "name");
    const struct json_value *arguments = json_member(message->params, TEXT("arguments"));
    size_t count = 0;
    if (!text_is(message->method, "tools/call"))
        return 0;
    for (size_t i = 0; i < parameters->count && count < SHIM_PARAMETERS_OF_CALL_MAX; i++) {
        const struct shim_parameter *row = &parameters->rows[i];
        struct text value = text_equal(row->tool, tool) ? write_value(arena, find(arguments, row)) : TEXT_NONE;
        if (value.base != NULL)
            headers[count++] = (struct http_stream_header){arena_copy(arena, row->header), value};
    }
    return count;
}

void shim_parameters_dispose(struct shim_parameters *parameters)
{
    arena_destroy(parameters->arena);
    parameters->arena = NULL;
    parameters->count = 0;
}
