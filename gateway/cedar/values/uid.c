/* Names of entities: their order and their equality. */
#include "cedar/value.h"

int cedar_uid_compare(const struct cedar_uid *a, const struct cedar_uid *b)
{
    int order = text_compare(a->type, b->type);
    return order != 0 ? order : text_compare(a->id, b->id);
}

bool cedar_uid_equal(const struct cedar_uid *a, const struct cedar_uid *b)
{
    return text_equal(a->id, b->id) && text_equal(a->type, b->type);
}
