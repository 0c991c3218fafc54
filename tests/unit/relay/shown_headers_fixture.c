/* Finds among rows what a request would find among its headers. */
#include "shown_headers_fixture.h"

#include <string.h>

struct text header_rows_find(const void *context, const char *name, size_t nth)
{
    for (const struct header_row *row = context; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0 && nth-- == 0)
            return text_of(row->value);
    return TEXT_NONE;
}
