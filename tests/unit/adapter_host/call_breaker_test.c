/* One call breaker through its life: five failures, a pause, one that tries, a longer pause, and the end of it.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "call_breaker.h"

static bool is_probe;

static void fail_times(struct call_breaker *breaker, int times, int64_t now_us)
{
    for (int i = 0; i < times; i++) {
        assert_true(call_breaker_admits(breaker, now_us, &is_probe));
        call_breaker_failed(breaker, is_probe, now_us);
    }
}

static void opens_after_five_failures_one_after_another(void **state)
{
    struct call_breaker breaker = {0};
    (void)state;
    fail_times(&breaker, 4, 0);
    call_breaker_succeeded(&breaker, false);
    fail_times(&breaker, 4, 0);
    assert_true(call_breaker_would_admit(&breaker, 0));
    fail_times(&breaker, 1, 0);
    assert_false(call_breaker_would_admit(&breaker, BREAKER_PAUSE_US - 1));
}

static void lets_one_call_try_and_pauses_twice_as_long_up_to_a_minute(void **state)
{
    struct call_breaker breaker = {0};
    int64_t now_us = 0, pause_us = BREAKER_PAUSE_US;
    (void)state;
    fail_times(&breaker, 5, now_us);
    for (int i = 0; i < 6; i++) {
        assert_false(call_breaker_admits(&breaker, now_us + pause_us - 1, &is_probe));
        now_us += pause_us;
        assert_true(call_breaker_admits(&breaker, now_us, &is_probe));
        assert_true(is_probe);
        assert_false(call_breaker_would_admit(&breaker, now_us));
        call_breaker_failed(&breaker, false, now_us); /* of before: tells nothing */
        call_breaker_succeeded(&breaker, false);
        assert_false(call_breaker_would_admit(&breaker, now_us));
        call_breaker_failed(&breaker, true, now_us);
        pause_us = pause_us * 2 > BREAKER_PAUSE_MAX_US ? BREAKER_PAUSE_MAX_US : pause_us * 2;
    }
    now_us += pause_us;
    assert_true(call_breaker_admits(&breaker, now_us, &is_probe));
    call_breaker_succeeded(&breaker, is_probe);
    fail_times(&breaker, 4, now_us);
    assert_true(call_breaker_would_admit(&breaker, now_us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_five_failures_one_after_another),
        cmocka_unit_test(lets_one_call_try_and_pauses_twice_as_long_up_to_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
