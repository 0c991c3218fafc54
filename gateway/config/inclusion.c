/* One set of documents as part of another: what files say together with what is stored. */
#include <string.h>

#include "config/documents.h"

void documents_include(struct documents *documents, const struct documents *other)
{
    size_t count = documents->count + other->count;
    struct document **items = ARENA_ARRAY(documents->arena, struct document *, count + 1);
    if (documents->count != 0)
        memcpy(items, documents->items, documents->count * sizeof(items[0]));
    if (other->count != 0)
        memcpy(items + documents->count, other->items, other->count * sizeof(items[0]));
    documents->items = items;
    documents->count = count;
    documents->capacity = count + 1;
}
