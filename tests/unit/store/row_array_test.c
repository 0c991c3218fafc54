/* The bytes of an array of rows, as PostgreSQL's array_recv and record_recv read them. What the server makes of
 * them is in the tests of the whole engine. */
#include "store_fixture.h"

#include "postgres/row_array.h"

static void writes_lengths_and_types_in_front_of_what_they_are_of(void **state)
{
    (void)state;
    static const unsigned char expected[] = {
        0, 0, 0, 1,  0, 0, 0, 0, 0,    1,    0x86, 0xa0, 0, 0, 0, 1,
        0, 0, 0, 1,                                                  /* one dimension, type 100000, one row */
        0, 0, 0, 58, 0, 0, 0, 4,                                     /* bytes of the row, columns */
        0, 0, 0, 23, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xfe,             /* integer -2 */
        0, 0, 0, 20, 0, 0, 0, 8, 0,    0,    0,    1,    0, 0, 0, 2, /* bigint 2^32 + 2 */
        0, 0, 0, 25, 0, 0, 0, 2, 'a',  'b',                          /* text */
        0, 0, 0, 17, 0, 0, 0, 8, 1,    0,    2,    0,    3, 0, 4, 0, /* bytea */
    };
    struct row_array array = {0};
    int length = 0;
    row_array_begin(&array, 100000);
    row_array_add_row(&array, 4);
    row_array_integer(&array, -2);
    row_array_bigint(&array, 4294967298);
    row_array_text(&array, TEXT("ab"));
    row_array_bytes(&array, "\1\0\2\0\3\0\4\0", 8);
    row_array_end_row(&array);
    const char *value = row_array_value(&array, &length);
    assert_int_equal(length, sizeof(expected));
    assert_memory_equal(value, expected, sizeof(expected));
    row_array_dispose(&array);
}

static void tells_nothing_from_empty(void **state)
{
    (void)state;
    struct row_array array = {0};
    int length = 0;
    row_array_begin(&array, 1);
    row_array_add_row(&array, 2);
    row_array_text(&array, TEXT_NONE);
    row_array_text(&array, TEXT(""));
    row_array_end_row(&array);
    const char *value = row_array_value(&array, &length);
    assert_memory_equal(value + 28, "\0\0\0\x19\xff\xff\xff\xff", 8);
    assert_memory_equal(value + 36, "\0\0\0\x19\0\0\0\0", 8);
    assert_int_equal(length, 44);
    row_array_dispose(&array);
}

static void is_no_parameter_without_rows_and_begins_anew(void **state)
{
    (void)state;
    struct row_array array = {0};
    int length = 0;
    row_array_begin(&array, 1);
    assert_null(row_array_value(&array, &length));
    for (int i = 0; i < 100; i++) {
        row_array_add_row(&array, 1);
        row_array_integer(&array, i);
        row_array_end_row(&array);
    }
    assert_non_null(row_array_value(&array, &length));
    row_array_begin(&array, 1);
    assert_null(row_array_value(&array, &length));
    row_array_dispose(&array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_lengths_and_types_in_front_of_what_they_are_of),
        cmocka_unit_test(tells_nothing_from_empty),
        cmocka_unit_test(is_no_parameter_without_rows_and_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
