/* Making sets and records, finding in them, and the one order over all values. What is printed of them is in
 * value_print.c. Values nest no deeper than their makers let them, so this recurses freely. */
#include "cedar/value.h"

#include <stdlib.h>

#include "cedar/extension.h"

const struct cedar_record cedar_record_empty = {0};

static int integer_compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* The smaller first, which settles most comparisons without a look inside. */
static int set_compare(const struct cedar_set *a, const struct cedar_set *b)
{
    if (a == b || a->count != b->count)
        return (a->count > b->count) - (a->count < b->count);
    int order = 0;
    for (size_t i = 0; i < a->count && order == 0; i++)
        order = cedar_value_compare(&a->items[i], &b->items[i]);
    return order;
}

static int record_compare(const struct cedar_record *a, const struct cedar_record *b)
{
    if (a == b || a->count != b->count)
        return (a->count > b->count) - (a->count < b->count);
    int order = 0;
    for (size_t i = 0; i < a->count && order == 0; i++) {
        order = text_compare(a->attributes[i].name, b->attributes[i].name);
        if (order == 0)
            order = cedar_value_compare(&a->attributes[i].value, &b->attributes[i].value);
    }
    return order;
}

int cedar_value_compare(const struct cedar_value *a, const struct cedar_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    switch (a->kind) {
    case CEDAR_BOOLEAN:
        return (int)a->boolean - (int)b->boolean;
    case CEDAR_STRING:
        return text_compare(a->string, b->string);
    case CEDAR_ENTITY:
        return cedar_uid_compare(a->entity, b->entity);
    case CEDAR_SET:
        return set_compare(a->set, b->set);
    case CEDAR_RECORD:
        return record_compare(a->record, b->record);
    case CEDAR_IPADDR:
        return cedar_ipaddr_compare(a->ipaddr, b->ipaddr);
    case CEDAR_LONG:
    case CEDAR_DECIMAL:
    case CEDAR_DATETIME:
    case CEDAR_DURATION:
        break;
    }
    return integer_compare(a->integer, b->integer);
}

bool cedar_value_equal(const struct cedar_value *a, const struct cedar_value *b)
{
    return cedar_value_compare(a, b) == 0;
}

static int order_of_values(const void *a, const void *b)
{
    return cedar_value_compare(a, b);
}

static int order_of_attributes(const void *a, const void *b)
{
    const struct cedar_attribute *left = a, *right = b;
    return text_compare(left->name, right->name);
}

struct cedar_value cedar_set_value(struct arena *arena, struct cedar_value *items, size_t count)
{
    struct cedar_set *set = ARENA_NEW(arena, struct cedar_set);
    if (count > 1)
        qsort(items, count, sizeof(*items), order_of_values);
    set->items = items;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !cedar_value_equal(&items[i], &items[set->count - 1]))
            items[set->count++] = items[i];
    return (struct cedar_value){.kind = CEDAR_SET, .set = set};
}

bool cedar_record_value(struct arena *arena, struct cedar_attribute *attributes, size_t count,
                        struct cedar_value *value)
{
    if (count > 1)
        qsort(attributes, count, sizeof(*attributes), order_of_attributes);
    for (size_t i = 1; i < count; i++)
        if (text_equal(attributes[i - 1].name, attributes[i].name))
            return false;
    struct cedar_record *record = ARENA_NEW(arena, struct cedar_record);
    *record = (struct cedar_record){attributes, count};
    *value = (struct cedar_value){.kind = CEDAR_RECORD, .record = record};
    return true;
}

bool cedar_set_has(const struct cedar_set *set, const struct cedar_value *value)
{
    return set->count != 0 && bsearch(value, set->items, set->count, sizeof(*value), order_of_values) != NULL;
}

const struct cedar_value *cedar_record_find(const struct cedar_record *record, struct text name)
{
    if (record->count == 0)
        return NULL;
    const struct cedar_attribute wanted = {.name = name};
    const struct cedar_attribute *found =
        bsearch(&wanted, record->attributes, record->count, sizeof(wanted), order_of_attributes);
    return found != NULL ? &found->value : NULL;
}

const char *cedar_kind_name(enum cedar_kind kind)
{
    static const char *const names[] = {
        [CEDAR_BOOLEAN] = "bool",      [CEDAR_LONG] = "long",     [CEDAR_STRING] = "string",
        [CEDAR_ENTITY] = "entity",     [CEDAR_SET] = "set",       [CEDAR_RECORD] = "record",
        [CEDAR_DECIMAL] = "decimal",   [CEDAR_IPADDR] = "ipaddr", [CEDAR_DATETIME] = "datetime",
        [CEDAR_DURATION] = "duration",
    };
    return names[kind];
}
