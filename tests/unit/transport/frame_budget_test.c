/* Token buckets: ten seconds' worth at once, then what time and requests bring. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "guard/frame_budget.h"

static const uint32_t per_second[FRAME_KIND_COUNT] = {20, 200, 2, 10, 20, 5, 10, 5};

static enum frame_kind charge(struct frame_budget *budget, enum frame_kind kind, uint32_t count,
                              uint64_t now_ms)
{
    struct frame_tally tally = {.metered = count};
    tally.counts[kind] = count;
    return frame_budget_charge(budget, per_second, &tally, now_ms);
}

static void allows_ten_seconds_worth_of_each_kind_at_once_and_no_more(void **state)
{
    (void)state;
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        struct frame_budget budget;
        frame_budget_open(&budget, per_second, 1000);
        assert_int_equal(charge(&budget, (enum frame_kind)kind, 10 * per_second[kind], 1000), FRAME_KIND_COUNT);
        assert_int_equal(charge(&budget, (enum frame_kind)kind, 1, 1000), kind);
        frame_budget_open(&budget, per_second, 1000);
        assert_int_equal(charge(&budget, (enum frame_kind)kind, 10 * per_second[kind] + 1, 1000), kind);
        assert_int_equal(charge(&budget, (enum frame_kind)kind, UINT32_MAX, 1000), kind);
    }
}

static void fills_with_time_up_to_the_burst(void **state)
{
    (void)state;
    struct frame_budget budget;
    frame_budget_open(&budget, per_second, 1000);
    assert_int_equal(charge(&budget, FRAME_PING, 100, 1000), FRAME_KIND_COUNT);
    assert_int_equal(charge(&budget, FRAME_PING, 5, 1500), FRAME_KIND_COUNT);
    assert_int_equal(charge(&budget, FRAME_PING, 1, 1500), FRAME_PING);
    assert_int_equal(charge(&budget, FRAME_PING, 100, 3600 * 1000), FRAME_KIND_COUNT);
    assert_int_equal(charge(&budget, FRAME_PING, 1, 3600 * 1000), FRAME_PING);
    assert_int_equal(charge(&budget, FRAME_PING, 1, 1000),
                     FRAME_PING); /* a clock that went back fills nothing */
}

static enum frame_kind ask_and(struct frame_budget *budget, enum frame_kind kind, uint32_t count)
{
    struct frame_tally tally = {.metered = count, .headers = 1};
    tally.counts[kind] = count;
    return frame_budget_charge(budget, per_second, &tally, 0);
}

static void grants_what_requests_bring_with_them(void **state)
{
    (void)state;
    struct frame_budget budget;
    frame_budget_open(&budget, per_second, 0);
    for (unsigned i = 0; i < 100 * 1000; i++)
        assert_int_equal(ask_and(&budget, FRAME_WINDOW_UPDATE, 4), FRAME_KIND_COUNT);
    for (unsigned i = 0; i < 100 * 1000; i++)
        assert_int_equal(ask_and(&budget, FRAME_EMPTY_DATA, 1), FRAME_KIND_COUNT);
}

static void drains_when_every_request_is_reset(void **state)
{
    (void)state;
    struct frame_budget budget;
    unsigned count = 0;
    frame_budget_open(&budget, per_second, 0);
    while (ask_and(&budget, FRAME_RESET, 1) == FRAME_KIND_COUNT)
        count++;
    assert_in_range(count, 200, 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allows_ten_seconds_worth_of_each_kind_at_once_and_no_more),
        cmocka_unit_test(fills_with_time_up_to_the_burst),
        cmocka_unit_test(grants_what_requests_bring_with_them),
        cmocka_unit_test(drains_when_every_request_is_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
