/* What steps cost, and that counting them ends where the counter does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluator.h"
#include "made_by_hand.h"

static struct cedar_value longs(struct arena *arena, size_t count)
{
    struct cedar_value *items = ARENA_ARRAY(arena, struct cedar_value, count);
    for (size_t i = 0; i < count; i++)
        items[i] = cedar_long((int64_t)i);
    return cedar_set_value(arena, items, count);
}

static void spending_ends_with_a_failure_that_stays(void **state)
{
    (void)state;
    struct evaluation evaluation = {.work = 3};
    const struct cedar_span span = {7, 2};
    assert_int_equal(work_spend(&evaluation, span, 2), FAULT_NONE);
    assert_int_equal(work_spend(&evaluation, span, 1), FAULT_NONE);
    assert_false(evaluation.is_exhausted);
    assert_int_equal(work_spend(&evaluation, span, 1), FAULT_POLICY_ERROR);
    assert_true(evaluation.is_exhausted);
    assert_int_equal(evaluation.span.offset, 7);
    assert_true(evaluation.sentence.length != 0);
}

static void a_value_costs_its_parts_and_their_bytes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct cedar_value one = cedar_long(1), set = longs(arena, 10);
    const struct cedar_value string = cedar_string((struct text){"", 640});
    struct cedar_attribute *attributes = ARENA_ARRAY(arena, struct cedar_attribute, 2);
    attributes[0] = (struct cedar_attribute){TEXT("a"), set};
    attributes[1] = (struct cedar_attribute){TEXT("b"), string};
    struct cedar_value record;
    assert_true(cedar_record_value(arena, attributes, 2, &record));
    assert_int_equal(work_of_value(&one, 100), 1);
    assert_int_equal(work_of_value(&set, 100), 11);
    assert_int_equal(work_of_value(&string, 100), 11);
    assert_int_equal(work_of_value(&record, 100), 23);
    assert_in_range(work_of_value(&record, 5), 5, 11);
}

static void comparing_costs_what_the_lesser_costs(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct cedar_value one = cedar_long(1), few = longs(arena, 40), many = longs(arena, 10000);
    assert_int_equal(work_of_comparing(&one, &many, 1000000), 1);
    assert_int_equal(work_of_comparing(&few, &many, 1000000), 41);
    assert_int_equal(work_of_comparing(&many, &few, 1000000), 41);
    assert_int_equal(work_of_comparing(&many, &many, 1000000), 10001);
    assert_true(work_of_comparing(&many, &many, 100) > 100); /* more than there is: how much is all the same */
}

static void products_do_not_wrap(void **state)
{
    (void)state;
    assert_int_equal(work_of_times(3, 4), 12);
    assert_int_equal(work_of_times(3, 0), 0);
    assert_true(work_of_times(SIZE_MAX / 2, 3) == SIZE_MAX);
}

static void a_search_halves(void **state)
{
    (void)state;
    assert_int_equal(work_of_search(0), 1);
    assert_int_equal(work_of_search(1), 1);
    assert_int_equal(work_of_search(1024), 11);
}

static void bytes_are_cheap(void **state)
{
    (void)state;
    assert_int_equal(work_of_bytes(63), 0);
    assert_int_equal(work_of_bytes(6400), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spending_ends_with_a_failure_that_stays),
        cmocka_unit_test(a_value_costs_its_parts_and_their_bytes),
        cmocka_unit_test(comparing_costs_what_the_lesser_costs),
        cmocka_unit_test(products_do_not_wrap),
        cmocka_unit_test(a_search_halves),
        cmocka_unit_test(bytes_are_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
