/* Lists as documents have them, in the arena of the documents. */
#ifndef CONFIG_TEXT_LIST_H
#define CONFIG_TEXT_LIST_H

#include "base/text.h"

struct text_list {
    struct text *items;
    size_t count;
};

static inline bool text_list_has(const struct text_list *list, struct text item)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i], item))
            return true;
    return false;
}

struct name_value {
    struct text name, value;
};
struct name_value_list {
    struct name_value *items;
    size_t count;
};

/* A list of mappings, each in a struct of its own. */
struct mapping_list {
    void *items;
    size_t count;
};

#endif
