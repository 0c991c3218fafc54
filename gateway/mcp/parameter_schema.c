/* Written as JSON and read again: pointers that begin alike share their objects. */
#include "parameter_schema.h"

#include "json/json_writer.h"

struct path {
    struct text rest; /* of the pointer, from this level on */
    struct text header;
};

/* RFC 6901 section 4. */
static struct text unescape(struct arena *arena, struct text token)
{
    struct buffer out = buffer_in(arena, token.length + 1);
    for (size_t i = 0; i < token.length; i++) {
        bool is_escape = token.base[i] == '~' && i + 1 < token.length;
        buffer_append_byte(&out, !is_escape ? token.base[i] : token.base[++i] == '0' ? '~' : '/');
    }
    return buffer_text(&out);
}

static struct text first_of(struct text rest)
{
    return text_cut(&rest, '/');
}

static bool was_before(const struct path *paths, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (text_equal(first_of(paths[i].rest), first_of(paths[at].rest)))
            return true;
    return false;
}

/* Those below the name that this one begins with. */
static size_t gather(const struct path *paths, size_t count, size_t at, struct path *below)
{
    size_t found = 0;
    for (size_t i = at; i < count; i++) {
        struct text rest = paths[i].rest;
        if (!text_equal(text_cut(&rest, '/'), first_of(paths[at].rest)) || rest.base == NULL)
            continue;
        below[found++] = (struct path){rest, paths[i].header};
    }
    return found;
}

static void write_level(struct arena *arena, struct json_writer *writer, const struct path *paths, size_t count)
{
    struct path *below = ARENA_ARRAY(arena, struct path, count);
    json_name(writer, TEXT("properties"));
    json_begin_object(writer);
    for (size_t i = 0; i < count; i++) {
        if (was_before(paths, i))
            continue;
        size_t found = gather(paths, count, i, below);
        json_name(writer, unescape(arena, first_of(paths[i].rest)));
        json_begin_object(writer);
        json_member_text(writer, "type", found != 0 ? TEXT("object") : TEXT("string"));
        if (found != 0)
            write_level(arena, writer, below, found);
        else
            json_member_text(writer, "x-mcp-header", paths[i].header);
        json_end_object(writer);
    }
    json_end_object(writer);
}

const struct json_value *parameter_schema_make(struct arena *arena, const struct mcp_definition *definition)
{
    struct path *paths = ARENA_ARRAY(arena, struct path, definition->parameter_count + 1);
    struct buffer json = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&json);
    const struct json_value *schema;
    size_t count = 0;
    for (size_t i = 0; i < definition->parameter_count; i++) {
        struct text pointer = definition->parameters[i].pointer;
        if (text_starts_with(pointer, TEXT("/")))
            paths[count++] =
                (struct path){{pointer.base + 1, pointer.length - 1}, definition->parameters[i].header};
    }
    if (count == 0)
        return NULL;
    json_begin_object(&writer);
    json_member_text(&writer, "type", TEXT("object"));
    write_level(arena, &writer, paths, count);
    json_end_object(&writer);
    return json_parse(arena, buffer_text(&json), &json_limits_document, &schema) == FAULT_NONE ? schema : NULL;
}
