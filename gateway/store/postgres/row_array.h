/* An array of composite values in PostgreSQL's binary form, written row by row into one buffer that is used
 * again for the next batch. Knows the wire form and nothing of what the rows mean. */
#ifndef STORE_POSTGRES_ROW_ARRAY_H
#define STORE_POSTGRES_ROW_ARRAY_H

#include <stdint.h>

#include "base/buffer.h"

struct row_array {
    struct buffer bytes;
    uint32_t rows;
    size_t row_start;
};

/* type: the identity (oid) of the rows' type in this database. */
void row_array_begin(struct row_array *array, uint32_t type);
void row_array_dispose(struct row_array *array);
void row_array_add_row(struct row_array *array, uint32_t columns); /* then its columns, in order */
void row_array_end_row(struct row_array *array);
void row_array_integer(struct row_array *array, int32_t value);                 /* integer */
void row_array_bigint(struct row_array *array, int64_t value);                  /* bigint */
void row_array_text(struct row_array *array, struct text text);                 /* text; TEXT_NONE is NULL */
void row_array_bytes(struct row_array *array, const void *base, size_t length); /* bytea; base NULL is NULL */

/* For a parameter of a statement; NULL without rows. */
const char *row_array_value(struct row_array *array, int *length);

#endif
