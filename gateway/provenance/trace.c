/* Orders the records of one tree so that it reads from its root outwards. A parent comes before its children
 * even where a clock was set back between them; a parent that is not there (its day was dropped) leaves its
 * children where their time puts them. */
#include "provenance/trace.h"

#include <stdlib.h>

#include "json/json_writer.h"

struct node {
    const struct store_record *record;
    struct node *parent;
    bool is_placed;
    bool is_on_path; /* parents that form a circle are broken data, not an endless loop */
};

static int compare_times(const void *a, const void *b)
{
    const struct store_record *first = ((const struct node *)a)->record,
                              *second = ((const struct node *)b)->record;
    if (first->at_us != second->at_us)
        return first->at_us < second->at_us ? -1 : 1;
    return text_compare(first->id, second->id);
}

static int compare_ids(const void *a, const void *b)
{
    return text_compare((*(struct node *const *)a)->record->id, (*(struct node *const *)b)->record->id);
}

static int compare_to_id(const void *key, const void *element)
{
    return text_compare(*(const struct text *)key, (*(struct node *const *)element)->record->id);
}

/* By time, each with its parent if that is among them. */
static struct node *make_nodes(struct arena *arena, const struct store_record *records, size_t count)
{
    struct node *nodes = ARENA_ARRAY(arena, struct node, count);
    struct node **by_id = ARENA_ARRAY(arena, struct node *, count);
    for (size_t i = 0; i < count; i++)
        nodes[i].record = &records[i];
    qsort(nodes, count, sizeof(*nodes), compare_times);
    for (size_t i = 0; i < count; i++)
        by_id[i] = &nodes[i];
    qsort(by_id, count, sizeof(*by_id), compare_ids);
    for (size_t i = 0; i < count; i++) {
        const struct text *parent = &nodes[i].record->parent;
        struct node **found = bsearch(parent, by_id, count, sizeof(*by_id), compare_to_id);
        nodes[i].parent = found == NULL ? NULL : *found;
    }
    return nodes;
}

/* Places the ancestors that are not placed yet, topmost first, and then the node. */
static void place(struct node *node, struct node **path, const struct store_record **ordered, size_t *placed)
{
    size_t depth = 0;
    for (; node != NULL && !node->is_placed && !node->is_on_path; node = node->parent) {
        node->is_on_path = true;
        path[depth++] = node;
    }
    while (depth > 0) {
        path[--depth]->is_placed = true;
        ordered[(*placed)++] = path[depth]->record;
    }
}

static const struct store_record **order(struct arena *arena, const struct store_record *records, size_t count)
{
    struct node *nodes = make_nodes(arena, records, count);
    struct node **path = ARENA_ARRAY(arena, struct node *, count);
    const struct store_record **ordered = ARENA_ARRAY(arena, const struct store_record *, count);
    size_t placed = 0;
    for (size_t i = 0; i < count; i++)
        place(&nodes[i], path, ordered, &placed);
    return ordered;
}

static bool is_known(const struct store_record *records, size_t count, struct text asked_id)
{
    if (count != 0 && text_equal(records[0].root, asked_id))
        return true;
    for (size_t i = 0; i < count; i++)
        if (text_equal(records[i].id, asked_id))
            return true;
    return false;
}

enum fault trace_write(struct arena *arena, const struct store_record *records, size_t count,
                       struct text asked_id, struct buffer *out)
{
    if (!is_known(records, count, asked_id))
        return FAULT_RECORD_UNKNOWN;
    const struct store_record **ordered = order(arena, records, count);
    struct json_writer writer = json_writer_on(out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "root", records[0].root);
    json_member_text(&writer, "asked", asked_id);
    json_end_object(&writer);
    /* Canonical records are JSON and go in byte for byte: the closed object is opened again for them. */
    out->length--;
    buffer_append(out, TEXT(",\"records\":["));
    for (size_t i = 0; i < count; i++) {
        if (i != 0)
            buffer_append_byte(out, ',');
        buffer_append(out, ordered[i]->canonical);
    }
    buffer_append(out, TEXT("]}"));
    return FAULT_NONE;
}
