/* Sorts pointers to an object's members, level by level, as deep as the reader let the value become. */
#include "canonical_json.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    return text_compare((*(const struct json_value *const *)a)->name,
                        (*(const struct json_value *const *)b)->name);
}

static void write_object(struct arena *arena, struct json_writer *writer, const struct json_value *object)
{
    const struct json_value **members = ARENA_ARRAY(arena, const struct json_value *, object->count + 1);
    size_t count = 0;
    for (const struct json_value *member = object->first; member != NULL; member = member->next)
        members[count++] = member;
    qsort(members, count, sizeof(*members), compare);
    json_begin_object(writer);
    for (size_t i = 0; i < count; i++) {
        json_name(writer, members[i]->name);
        canonical_json_write(arena, writer, members[i]);
    }
    json_end_object(writer);
}

void canonical_json_write(struct arena *arena, struct json_writer *writer, const struct json_value *value)
{
    if (value == NULL) {
        json_write_null(writer);
    } else if (value->kind == JSON_OBJECT) {
        write_object(arena, writer, value);
    } else if (value->kind == JSON_ARRAY) {
        json_begin_array(writer);
        for (const struct json_value *element = value->first; element != NULL; element = element->next)
            canonical_json_write(arena, writer, element);
        json_end_array(writer);
    } else {
        json_write_value(writer, value);
    }
}
