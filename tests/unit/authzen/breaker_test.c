/* The circuit breaker: when it opens, what it lets through, and what it does not listen to. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "breaker.h"

enum { PAUSE_US = 1000 };

static struct breaker breaker;

static int set_up(void **state)
{
    (void)state;
    breaker = (struct breaker){.failures_allowed = 3, .pause_us = PAUSE_US};
    return 0;
}

static bool admits(int64_t now_us)
{
    bool is_probe;
    return breaker_admits(&breaker, now_us, &is_probe);
}

static bool admits_a_probe(int64_t now_us)
{
    bool is_probe;
    return breaker_admits(&breaker, now_us, &is_probe) && is_probe;
}

static void break_down(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        breaker_failed(&breaker, false, 0);
}

static void opens_after_so_many_failures_in_a_row(void **state)
{
    (void)state;
    break_down(2);
    assert_true(admits(0));
    assert_false(admits_a_probe(0));
    break_down(1);
    assert_false(admits(0));
    assert_false(admits(PAUSE_US - 1));
}

static void begins_to_count_anew_after_a_success(void **state)
{
    (void)state;
    break_down(2);
    breaker_succeeded(&breaker, false);
    break_down(2);
    assert_true(admits(0));
}

static void lets_one_call_through_when_the_pause_is_over(void **state)
{
    (void)state;
    break_down(3);
    assert_true(admits_a_probe(PAUSE_US));
    assert_false(admits(PAUSE_US));
    assert_false(admits(100 * PAUSE_US));
}

static void closes_when_the_probe_succeeds(void **state)
{
    (void)state;
    break_down(3);
    assert_true(admits_a_probe(PAUSE_US));
    breaker_succeeded(&breaker, true);
    assert_true(admits(PAUSE_US));
    break_down(2); /* and as many failures as at first are needed again */
    assert_true(admits(PAUSE_US));
}

static void pauses_again_when_the_probe_fails(void **state)
{
    (void)state;
    break_down(3);
    assert_true(admits_a_probe(PAUSE_US));
    breaker_failed(&breaker, true, PAUSE_US);
    assert_false(admits(2 * PAUSE_US - 1));
    assert_true(admits_a_probe(2 * PAUSE_US));
}

static void does_not_listen_to_calls_from_before_it_opened(void **state)
{
    (void)state;
    break_down(3);
    breaker_succeeded(&breaker, false);
    assert_false(admits(PAUSE_US - 1));
    breaker_failed(&breaker, false, PAUSE_US - 1); /* makes the pause no longer */
    assert_true(admits_a_probe(PAUSE_US));
    breaker_failed(&breaker, false, PAUSE_US);
    breaker_succeeded(&breaker, false);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
}

#define BREAKER_TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BREAKER_TEST(opens_after_so_many_failures_in_a_row),
        BREAKER_TEST(begins_to_count_anew_after_a_success),
        BREAKER_TEST(lets_one_call_through_when_the_pause_is_over),
        BREAKER_TEST(closes_when_the_probe_succeeds),
        BREAKER_TEST(pauses_again_when_the_probe_fails),
        BREAKER_TEST(does_not_listen_to_calls_from_before_it_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
