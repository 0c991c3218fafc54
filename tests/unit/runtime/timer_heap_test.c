/* The timer heap against the obvious: a sorted order. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "timer_heap.h"

enum { TIMERS = 500 };

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void gives_timers_back_earliest_first(void **state)
{
    (void)state;
    struct timer_heap heap = {0};
    struct loop_timer timers[TIMERS] = {0};
    uint32_t seed = 7;
    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i].due_us = next_random(&seed) % 200;
        timer_heap_insert(&heap, &timers[i]);
    }
    int64_t last = -1;
    for (unsigned i = 0; i < TIMERS; i++) {
        struct loop_timer *first = timer_heap_first(&heap);
        assert_true(first->due_us >= last);
        last = first->due_us;
        timer_heap_remove(&heap, first);
        assert_int_equal(first->heap_index, 0);
    }
    assert_null(timer_heap_first(&heap));
    timer_heap_dispose(&heap);
}

static void keeps_its_order_when_timers_leave_from_the_middle(void **state)
{
    (void)state;
    struct timer_heap heap = {0};
    struct loop_timer timers[TIMERS] = {0};
    uint32_t seed = 11;
    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i].due_us = next_random(&seed) % 1000;
        timer_heap_insert(&heap, &timers[i]);
    }
    unsigned left = TIMERS;
    for (unsigned i = 0; i < TIMERS; i += 1 + next_random(&seed) % 3, left--)
        timer_heap_remove(&heap, &timers[i]);
    int64_t last = -1;
    for (struct loop_timer *first; (first = timer_heap_first(&heap)) != NULL; left--) {
        assert_true(first->due_us >= last);
        last = first->due_us;
        timer_heap_remove(&heap, first);
    }
    assert_int_equal(left, 0);
    timer_heap_dispose(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_timers_back_earliest_first),
        cmocka_unit_test(keeps_its_order_when_timers_leave_from_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
