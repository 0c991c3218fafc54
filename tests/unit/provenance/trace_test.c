/* A tree reads from its root outwards, whatever order its records come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "provenance/trace.h"

static struct store_record record(const char *id, const char *parent, int64_t at_us, const char *canonical)
{
    return (struct store_record){.id = text_of(id),
                                 .parent = text_of(parent),
                                 .root = TEXT("r\"1"),
                                 .at_us = at_us,
                                 .canonical = text_of(canonical)};
}

static void assert_trace(const struct store_record *records, size_t count, const char *asked,
                         const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER out = {0};
    assert_int_equal(trace_write(arena, records, count, text_of(asked), &out), FAULT_NONE);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base, expected);
}

static void puts_parents_before_children_and_otherwise_goes_by_time(void **state)
{
    (void)state;
    /* b's clock was set back: it is older than its parent a. */
    const struct store_record records[] = {record("d", NULL, 40, "4"), record("c", "b", 30, "3"),
                                           record("b", "a", 10, "2"), record("a", NULL, 20, "1")};
    assert_trace(records, 4, "c", "{\"root\":\"r\\\"1\",\"asked\":\"c\",\"records\":[1,2,3,4]}");
}

static void leaves_children_of_a_forgotten_parent_where_their_time_puts_them(void **state)
{
    (void)state;
    const struct store_record records[] = {record("b", "gone", 20, "2"), record("a", "gone", 10, "1")};
    assert_trace(records, 2, "a", "{\"root\":\"r\\\"1\",\"asked\":\"a\",\"records\":[1,2]}");
}

static void ends_and_writes_each_record_once_when_parents_form_a_circle(void **state)
{
    (void)state;
    const struct store_record records[] = {record("a", "b", 10, "1"), record("b", "a", 20, "2"),
                                           record("c", "c", 30, "3")};
    assert_trace(records, 3, "b", "{\"root\":\"r\\\"1\",\"asked\":\"b\",\"records\":[2,1,3]}");
}

static void may_be_asked_for_the_root(void **state)
{
    (void)state;
    const struct store_record records[] = {record("a", NULL, 10, "1")};
    assert_trace(records, 1, "r\"1", "{\"root\":\"r\\\"1\",\"asked\":\"r\\\"1\",\"records\":[1]}");
}

static void knows_no_record_that_is_not_in_the_tree(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER out = {0};
    const struct store_record records[] = {record("a", NULL, 10, "1")};
    assert_int_equal(trace_write(arena, records, 1, TEXT("b"), &out), FAULT_RECORD_UNKNOWN);
    assert_int_equal(trace_write(arena, NULL, 0, TEXT("a"), &out), FAULT_RECORD_UNKNOWN);
    assert_int_equal(out.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_parents_before_children_and_otherwise_goes_by_time),
        cmocka_unit_test(leaves_children_of_a_forgotten_parent_where_their_time_puts_them),
        cmocka_unit_test(ends_and_writes_each_record_once_when_parents_form_a_circle),
        cmocka_unit_test(may_be_asked_for_the_root),
        cmocka_unit_test(knows_no_record_that_is_not_in_the_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
