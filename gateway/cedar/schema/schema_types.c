/* The lattice of types in strict mode. Pure; the compiler of schemas and the type checker build on it. */
#include "schema/schema_types.h"

#include "schema/wording.h"

#include <stdlib.h>

enum { PRINTED_MAX = 80 };

const struct schema_type schema_record_empty = {.kind = TYPE_RECORD, .weight = 1};

const struct schema_type *schema_simple_type(enum schema_type_kind kind)
{
    static const struct schema_type types[] = {
        [TYPE_TRUE] = {.kind = TYPE_TRUE, .weight = 1},
        [TYPE_FALSE] = {.kind = TYPE_FALSE, .weight = 1},
        [TYPE_BOOL] = {.kind = TYPE_BOOL, .weight = 1},
        [TYPE_LONG] = {.kind = TYPE_LONG, .weight = 1},
        [TYPE_STRING] = {.kind = TYPE_STRING, .weight = 1},
        [TYPE_DECIMAL] = {.kind = TYPE_DECIMAL, .weight = 1},
        [TYPE_IPADDR] = {.kind = TYPE_IPADDR, .weight = 1},
        [TYPE_DATETIME] = {.kind = TYPE_DATETIME, .weight = 1},
        [TYPE_DURATION] = {.kind = TYPE_DURATION, .weight = 1},
    };
    return &types[kind];
}

const struct schema_type *schema_bool(bool value)
{
    return schema_simple_type(value ? TYPE_TRUE : TYPE_FALSE);
}

const struct schema_type *schema_set_of(struct arena *arena, const struct schema_type *element)
{
    struct schema_type *type = ARENA_NEW(arena, struct schema_type);
    *type = (struct schema_type){
        .kind = TYPE_SET, .element = element, .weight = element->weight + 1, .depth = element->depth + 1};
    return type;
}

const struct schema_type *schema_entity_of(struct arena *arena, struct text name)
{
    struct schema_type *type = ARENA_NEW(arena, struct schema_type);
    *type = (struct schema_type){.kind = TYPE_ENTITY, .name = name, .weight = 1};
    return type;
}

static int compare_attributes(const void *a, const void *b)
{
    return text_compare(((const struct schema_attribute *)a)->name, ((const struct schema_attribute *)b)->name);
}

const struct schema_type *schema_record_of(struct arena *arena, struct schema_attribute *attributes,
                                           size_t count)
{
    struct schema_type *type = ARENA_NEW(arena, struct schema_type);
    *type = (struct schema_type){
        .kind = TYPE_RECORD, .attributes = attributes, .attribute_count = count, .weight = 1};
    if (count != 0)
        qsort(attributes, count, sizeof(*attributes), compare_attributes);
    for (size_t i = 0; i < count; i++) {
        type->weight += attributes[i].type->weight;
        if (type->depth <= attributes[i].type->depth)
            type->depth = attributes[i].type->depth + 1;
    }
    return type;
}

const struct schema_attribute *schema_type_attribute(const struct schema_type *record, struct text name)
{
    struct schema_attribute wanted = {.name = name};
    return record->attribute_count == 0 ? NULL
                                        : bsearch(&wanted, record->attributes, record->attribute_count,
                                                  sizeof(wanted), compare_attributes);
}

bool schema_type_is_bool(const struct schema_type *type)
{
    return type->kind == TYPE_BOOL || type->kind == TYPE_TRUE || type->kind == TYPE_FALSE;
}

/* Whether the attributes at the same place are called the same and both optional or both required. */
static bool have_same_shape(const struct schema_type *a, const struct schema_type *b)
{
    if (a->attribute_count != b->attribute_count)
        return false;
    for (size_t i = 0; i < a->attribute_count; i++)
        if (a->attributes[i].is_required != b->attributes[i].is_required ||
            !text_equal(a->attributes[i].name, b->attributes[i].name))
            return false;
    return true;
}

static bool is_record_subtype(const struct schema_type *a, const struct schema_type *b)
{
    if (!have_same_shape(a, b))
        return false;
    for (size_t i = 0; i < a->attribute_count; i++)
        if (!schema_type_is_subtype(a->attributes[i].type, b->attributes[i].type))
            return false;
    return true;
}

bool schema_type_is_subtype(const struct schema_type *a, const struct schema_type *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind)
        return b->kind == TYPE_BOOL && schema_type_is_bool(a);
    switch (a->kind) {
    case TYPE_SET:
        return schema_type_is_subtype(a->element, b->element);
    case TYPE_RECORD:
        return is_record_subtype(a, b);
    case TYPE_ENTITY:
        return text_equal(a->name, b->name);
    default:
        return true;
    }
}

static const struct schema_type *join_records(struct arena *arena, const struct schema_type *a,
                                              const struct schema_type *b)
{
    if (!have_same_shape(a, b))
        return NULL;
    struct schema_attribute *attributes = ARENA_ARRAY(arena, struct schema_attribute, a->attribute_count + 1);
    for (size_t i = 0; i < a->attribute_count; i++) {
        attributes[i] = a->attributes[i];
        attributes[i].type = schema_type_join(arena, a->attributes[i].type, b->attributes[i].type);
        if (attributes[i].type == NULL)
            return NULL;
    }
    return schema_record_of(arena, attributes, a->attribute_count);
}

const struct schema_type *schema_type_join(struct arena *arena, const struct schema_type *a,
                                           const struct schema_type *b)
{
    if (a == b)
        return a;
    if (schema_type_is_bool(a) && schema_type_is_bool(b))
        return a->kind == b->kind ? a : schema_simple_type(TYPE_BOOL);
    if (a->kind != b->kind)
        return NULL;
    if (a->kind == TYPE_RECORD)
        return join_records(arena, a, b);
    if (a->kind != TYPE_SET)
        return schema_type_is_subtype(a, b) ? a : NULL;
    const struct schema_type *element = schema_type_join(arena, a->element, b->element);
    return element != NULL ? schema_set_of(arena, element) : NULL;
}

static void print(struct buffer *out, const struct schema_type *type);

static void print_record(struct buffer *out, const struct schema_type *type)
{
    buffer_append(out, TEXT("{"));
    for (size_t i = 0; i < type->attribute_count && out->length <= PRINTED_MAX; i++) {
        const struct schema_attribute *attribute = &type->attributes[i];
        if (i != 0)
            buffer_append(out, TEXT(", "));
        schema_name_print(attribute->name, out);
        buffer_append(out, attribute->is_required ? TEXT(": ") : TEXT("?: "));
        print(out, attribute->type);
    }
    buffer_append(out, TEXT("}"));
}

static void print(struct buffer *out, const struct schema_type *type)
{
    static const char *const names[] = {
        [TYPE_TRUE] = "Bool",     [TYPE_FALSE] = "Bool",        [TYPE_BOOL] = "Bool",
        [TYPE_LONG] = "Long",     [TYPE_STRING] = "String",     [TYPE_DECIMAL] = "decimal",
        [TYPE_IPADDR] = "ipaddr", [TYPE_DATETIME] = "datetime", [TYPE_DURATION] = "duration",
    };
    if (type->kind == TYPE_ENTITY) {
        buffer_append(out, type->name);
    } else if (type->kind == TYPE_RECORD) {
        print_record(out, type);
    } else if (type->kind == TYPE_SET) {
        buffer_append(out, TEXT("Set<"));
        print(out, type->element);
        buffer_append(out, TEXT(">"));
    } else {
        buffer_append(out, text_of(names[type->kind]));
    }
}

struct text schema_type_text(struct arena *arena, const struct schema_type *type)
{
    struct buffer out = buffer_in(arena, PRINTED_MAX);
    print(&out, type);
    if (out.length <= PRINTED_MAX)
        return buffer_text(&out);
    return type->kind == TYPE_SET ? TEXT("a set of records") : TEXT("a record");
}
