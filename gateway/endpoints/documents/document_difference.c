/* What changes in a document, for people who are about to change it: the members that differ, each with what it
 * was and what it will be. Bodies hold no secrets, but the keyed hash of one is nobody's to see either. */
#include "documents/document_change.h"

enum { DIFFERENCES_MAX = 20, VALUE_BYTES_MAX = 120, PATH_BYTES_MAX = 512 };

struct comparison {
    struct json_writer *writer;
    struct arena *arena;
    size_t count;
};

static bool is_private(struct text path)
{
    return text_ends_with(path, TEXT(".secretHash"));
}

static void write_side(struct comparison *comparison, const char *name, struct text path,
                       const struct json_value *value)
{
    if (value == NULL)
        return;
    struct buffer json = buffer_in(comparison->arena, VALUE_BYTES_MAX);
    struct json_writer writer = json_writer_on(&json);
    struct json_value unnamed = *value;
    unnamed.name = TEXT_NONE;
    json_write_value(&writer, &unnamed);
    json_member_text(comparison->writer, name,
                     is_private(path) ? TEXT("(not shown)")
                                      : text_beginning(buffer_text(&json), VALUE_BYTES_MAX));
}

static void write_one(struct comparison *comparison, struct text path, const struct json_value *before,
                      const struct json_value *after)
{
    if (++comparison->count > DIFFERENCES_MAX)
        return;
    json_begin_object(comparison->writer);
    json_member_text(comparison->writer, "path", path);
    write_side(comparison, "before", path, before);
    write_side(comparison, "after", path, after);
    json_end_object(comparison->writer);
}

static struct text below(struct arena *arena, struct text path, struct text name)
{
    const struct text parts[] = {path, path.length == 0 ? TEXT("") : TEXT("."), name};
    return text_beginning(arena_join(arena, parts, 3), PATH_BYTES_MAX);
}

/* Depth is bounded by the reader of documents. Lists are compared as a whole: an element has no name. */
static void compare(struct comparison *comparison, struct text path, const struct json_value *before,
                    const struct json_value *after)
{
    bool are_objects =
        before != NULL && after != NULL && before->kind == JSON_OBJECT && after->kind == JSON_OBJECT;
    if (!are_objects) {
        if (before == NULL || after == NULL || !json_equal(before, after))
            write_one(comparison, path, before, after);
        return;
    }
    for (const struct json_value *old = before->first; old != NULL; old = old->next)
        compare(comparison, below(comparison->arena, path, old->name), old, json_member(after, old->name));
    for (const struct json_value *new = after->first; new != NULL; new = new->next)
        if (json_member(before, new->name) == NULL)
            compare(comparison, below(comparison->arena, path, new->name), NULL, new);
}

void document_difference_write(struct json_writer *writer, struct arena *arena, struct text before,
                               struct text after)
{
    const struct json_value *old, *new;
    struct comparison comparison = {writer, arena, 0};
    json_name(writer, TEXT("differences"));
    json_begin_array(writer);
    if (json_parse(arena, before, &json_limits_document, &old) == FAULT_NONE &&
        json_parse(arena, after, &json_limits_document, &new) == FAULT_NONE)
        compare(&comparison, TEXT_NONE, old, new);
    json_end_array(writer);
    if (comparison.count > DIFFERENCES_MAX)
        json_member_integer(writer, "differences_not_shown", (int64_t)(comparison.count - DIFFERENCES_MAX));
}
