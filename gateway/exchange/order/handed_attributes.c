/* Attributes as the tree that orders, records and adapters have in common. */
#include "exchange/handed_attributes.h"

#include "json/json_writer.h"

/* What follows the last one. */
static void append(struct json_value *parent, struct json_value **last, struct json_value *value)
{
    if (*last == NULL)
        parent->first = value;
    else
        (*last)->next = value;
    *last = value;
    parent->count++;
}

static struct json_value *string_of(struct arena *arena, struct text text)
{
    struct json_value *value = ARENA_NEW(arena, struct json_value);
    *value = (struct json_value){.kind = JSON_STRING, .text = text};
    return value;
}

static struct json_value *value_of(struct arena *arena, const struct token_attribute *attribute)
{
    if (!attribute->is_list)
        return string_of(arena, attribute->value);
    struct json_value *list = ARENA_NEW(arena, struct json_value), *last = NULL;
    *list = (struct json_value){.kind = JSON_ARRAY};
    for (struct text rest = attribute->value; rest.length != 0;)
        append(list, &last, string_of(arena, text_cut(&rest, '\n')));
    return list;
}

static const struct token_attribute *find(const struct verified_token *subject, struct text name)
{
    for (size_t i = 0; i < subject->attribute_count; i++)
        if (text_equal(subject->attributes[i].name, name))
            return &subject->attributes[i];
    return NULL;
}

const struct json_value *handed_attributes_of(struct arena *arena, const struct text_list *names,
                                              const struct verified_token *subject)
{
    if (names->count == 0)
        return NULL;
    struct json_value *object = ARENA_NEW(arena, struct json_value), *last = NULL;
    *object = (struct json_value){.kind = JSON_OBJECT};
    for (size_t i = 0; i < names->count; i++) {
        const struct token_attribute *attribute = find(subject, names->items[i]);
        if (attribute == NULL)
            continue;
        struct json_value *value = value_of(arena, attribute);
        value->name = attribute->name;
        append(object, &last, value);
    }
    return object;
}

const struct json_value *handed_attributes_again(struct arena *arena, const struct text_list *names,
                                                 const struct json_value *before)
{
    if (names->count == 0)
        return NULL;
    struct json_value *object = ARENA_NEW(arena, struct json_value), *last = NULL;
    *object = (struct json_value){.kind = JSON_OBJECT};
    for (size_t i = 0; i < names->count; i++) {
        const struct json_value *value = json_member(before, names->items[i]);
        if (value == NULL)
            continue;
        struct json_value *copy = ARENA_NEW(arena, struct json_value);
        *copy = *value;
        copy->next = NULL;
        append(object, &last, copy);
    }
    return object;
}

struct text handed_attributes_json(struct arena *arena, const struct json_value *attributes)
{
    if (attributes == NULL || attributes->count == 0)
        return TEXT_NONE;
    struct buffer json = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&json);
    json_write_value(&writer, attributes);
    return buffer_text(&json);
}
