/* The JSON reader, tree and writer. Whatever is read must be UTF-8 without U+0000, within its limits, and must
 * come back equal, and with the same bytes, from what the writer makes of it. The first line of an input is a
 * path. */
#include <string.h>

#include "json/json_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static unsigned depth_of(const struct json_value *value, unsigned *members)
{
    unsigned deepest = 0;
    *members += value->name.base == NULL ? 1 : 2;
    INVARIANT(text_is_utf8(value->text) && text_is_utf8(value->name));
    INVARIANT(value->text.base == NULL || strlen(value->text.base) == value->text.length);
    INVARIANT(value->name.base == NULL || strlen(value->name.base) == value->name.length);
    unsigned count = 0;
    for (const struct json_value *child = value->first; child != NULL; child = child->next) {
        unsigned depth = depth_of(child, members);
        deepest = depth > deepest ? depth : deepest;
        count++;
    }
    INVARIANT(count == value->count);
    return deepest + (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT);
}

static void check_names(const struct json_value *object)
{
    for (const struct json_value *child = object->first; child != NULL; child = child->next) {
        if (object->kind == JSON_OBJECT)
            INVARIANT(json_member(object, child->name) == child); /* the first of that name is the only one */
        check_names(child);
    }
}

static const struct json_value *read_back(struct arena *arena, const struct json_value *value,
                                          struct buffer *written)
{
    /* Escapes make text longer than it was, so what is written may be past the bytes of the limit. */
    const struct json_limits wide = {
        .bytes = SIZE_MAX, .depth = json_limits_token.depth, .members = json_limits_token.members};
    struct json_writer writer = json_writer_on(written);
    json_write_value(&writer, value);
    const struct json_value *again = NULL;
    INVARIANT(json_parse(arena, buffer_text(written), &wide, &again) == FAULT_NONE);
    return again;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text document = {(const char *)bytes, size};
    struct text path = text_cut(&document, '\n');
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value = NULL;
    if (json_parse(arena, document, &json_limits_token, &value) != FAULT_NONE) {
        INVARIANT(value == NULL);
        return 0;
    }
    unsigned members = 0;
    INVARIANT(text_is_utf8(document));
    INVARIANT(depth_of(value, &members) <= json_limits_token.depth && members <= json_limits_token.members);
    check_names(value);
    SCOPED_BUFFER once = {0};
    SCOPED_BUFFER twice = {0};
    const struct json_value *again = read_back(arena, value, &once);
    INVARIANT(json_equal(value, again));
    INVARIANT(json_equal(read_back(arena, again, &twice), value));
    INVARIANT(text_equal(buffer_text(&once), buffer_text(&twice)));
    INVARIANT(json_at(value, path) == NULL || json_path_is_well_formed(path));
    return 0;
}
