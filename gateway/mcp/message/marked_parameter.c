/* Walks schema and arguments side by side (2026-07-28, Streamable HTTP, "Schema Extension"). */
#include "marked_parameter.h"

#include "base/buffer.h"

/* Each property is looked for among the arguments: of a schema so many are. */
enum { PROPERTIES_MAX = 1024 };

struct search {
    struct arena *arena;
    struct marked_parameter *found;
    size_t count, most, properties;
};

static bool is_markable(const struct json_value *schema)
{
    struct text type = json_text_of(schema, "type");
    return type.base != NULL && (text_is(type, "string") || text_is(type, "integer") ||
                                 text_is(type, "number") || text_is(type, "boolean"));
}

static bool is_plain(const struct json_value *value)
{
    return value->kind == JSON_STRING || value->kind == JSON_NUMBER || value->kind == JSON_BOOLEAN;
}

static struct text header_of(struct arena *arena, struct text mark)
{
    struct buffer header = buffer_in(arena, mark.length + 16);
    buffer_append(&header, TEXT("mcp-param-"));
    for (size_t i = 0; i < mark.length; i++) {
        char byte = mark.base[i];
        buffer_append_byte(&header, byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte);
    }
    return arena_copy(arena, buffer_text(&header));
}

static void take(struct search *search, const struct json_value *property, const struct json_value *value)
{
    enum { MARK_BYTES_MAX = 128 };
    struct text mark = json_text_of(property, "x-mcp-header");
    if (mark.base == NULL || mark.length > MARK_BYTES_MAX || !text_is_token(mark) || !is_markable(property))
        return;
    if (is_plain(value) && search->count < search->most)
        search->found[search->count++] = (struct marked_parameter){header_of(search->arena, mark), value};
}

/* As deep as the reader let both become. */
static void visit(struct search *search, const struct json_value *schema, const struct json_value *object)
{
    const struct json_value *properties = json_member(schema, TEXT("properties"));
    if (properties == NULL || properties->kind != JSON_OBJECT || object == NULL || object->kind != JSON_OBJECT)
        return;
    const struct json_value *property = properties->first;
    for (; property != NULL && search->properties < PROPERTIES_MAX; property = property->next) {
        search->properties++;
        const struct json_value *value = json_member(object, property->name);
        if (value == NULL || property->kind != JSON_OBJECT)
            continue;
        take(search, property, value);
        visit(search, property, value);
    }
}

size_t marked_parameters_find(struct arena *arena, const struct json_value *schema,
                              const struct json_value *arguments, struct marked_parameter *found, size_t most)
{
    struct search search = {.arena = arena, .found = found, .most = most};
    if (schema != NULL && schema->kind == JSON_OBJECT)
        visit(&search, schema, arguments);
    return search.count;
}
