/* The binary form of an array (src/backend/utils/adt/arrayfuncs.c, array_recv): dimensions, flags, type, length
 * and lower bound, then each element behind its length; an element here is a row (rowtypes.c, record_recv): how
 * many columns, then type, length and bytes of each. All integers are big-endian. */
#include "postgres/row_array.h"

#include <endian.h>
#include <string.h>

/* The types of columns, which no database changes (pg_type.dat). */
enum { TYPE_BYTEA = 17, TYPE_BIGINT = 20, TYPE_INTEGER = 23, TYPE_TEXT = 25 };

enum { ROWS_AT = 12 };

static void append(struct row_array *array, const void *base, size_t length)
{
    buffer_append(&array->bytes, (struct text){base, length});
}

static void append_number(struct row_array *array, uint32_t number)
{
    number = htobe32(number);
    append(array, &number, sizeof(number));
}

/* A column: its type, how many bytes, the bytes; base NULL is NULL. */
static void append_column(struct row_array *array, uint32_t type, const void *base, size_t length)
{
    uint32_t header[2] = {htobe32(type), base == NULL ? UINT32_MAX : htobe32((uint32_t)length)};
    size_t bytes = base == NULL ? 0 : length;
    char *end = buffer_reserve(&array->bytes, sizeof(header) + bytes);
    memcpy(end, header, sizeof(header));
    if (bytes != 0)
        memcpy(end + sizeof(header), base, bytes);
    array->bytes.length += sizeof(header) + bytes;
}

void row_array_begin(struct row_array *array, uint32_t type)
{
    array->bytes.length = 0;
    array->rows = 0;
    append_number(array, 1); /* dimension */
    append_number(array, 0); /* no NULL among the rows */
    append_number(array, type);
    append_number(array, 0); /* rows, when they are known */
    append_number(array, 1); /* lower bound */
}

void row_array_dispose(struct row_array *array)
{
    buffer_dispose(&array->bytes);
}

void row_array_add_row(struct row_array *array, uint32_t columns)
{
    array->rows++;
    append_number(array, 0); /* bytes, when they are known */
    array->row_start = array->bytes.length;
    append_number(array, columns);
}

static void set_number(struct row_array *array, size_t at, size_t value)
{
    uint32_t number = htobe32((uint32_t)value);
    memcpy(array->bytes.base + at, &number, sizeof(number));
}

void row_array_end_row(struct row_array *array)
{
    set_number(array, array->row_start - sizeof(uint32_t), array->bytes.length - array->row_start);
}

void row_array_integer(struct row_array *array, int32_t value)
{
    uint32_t number = htobe32((uint32_t)value);
    append_column(array, TYPE_INTEGER, &number, sizeof(number));
}

void row_array_bigint(struct row_array *array, int64_t value)
{
    uint64_t number = htobe64((uint64_t)value);
    append_column(array, TYPE_BIGINT, &number, sizeof(number));
}

void row_array_text(struct row_array *array, struct text text)
{
    append_column(array, TYPE_TEXT, text.base, text.length);
}

void row_array_bytes(struct row_array *array, const void *base, size_t length)
{
    append_column(array, TYPE_BYTEA, base, length);
}

const char *row_array_value(struct row_array *array, int *length)
{
    if (array->rows == 0)
        return NULL;
    set_number(array, ROWS_AT, array->rows);
    *length = (int)array->bytes.length;
    return array->bytes.base;
}
