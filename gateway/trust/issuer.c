/* The one search for who issued a token. */
#include "trust/issuer.h"

#include <stdlib.h>

static int compare_to_identifier(const void *key, const void *element)
{
    const struct text *identifier = key;
    const struct issuer *const *issuer = element;
    return text_compare(*identifier, (*issuer)->document->issuer.issuer);
}

const struct issuer *issuer_find(const struct issuer *const *sorted, size_t count, struct text identifier)
{
    const struct issuer *const *found =
        count == 0 ? NULL : bsearch(&identifier, sorted, count, sizeof(*sorted), compare_to_identifier);
    return found == NULL ? NULL : *found;
}
