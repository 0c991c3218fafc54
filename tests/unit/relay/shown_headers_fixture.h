/* Headers of a call as a list of names and values. */
#ifndef TEST_SHOWN_HEADERS_FIXTURE_H
#define TEST_SHOWN_HEADERS_FIXTURE_H

#include "relay/shown_credential.h"

struct header_row {
    const char *name, *value; /* name NULL ends the list */
};

struct text header_rows_find(const void *context, const char *name, size_t nth);

#endif
