/* When a worker has been silent for too long, in the time of a supervisor that looks when it planned to, or
 * does not. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "silence.h"

enum { SECOND = 1000000, DEADLINE = 8 * SECOND, INTERVAL = 2 * SECOND, START = 1000 * SECOND };

/* Looks as planned, but each time late by so much; when it was too long, since the last pulse. */
static int64_t look_until_too_long(struct silence *silence, int64_t late_us)
{
    int64_t began_us = silence->looked_us;
    for (;;) {
        int64_t now_us = silence_next_look_us(silence) + late_us;
        if (silence_is_too_long(silence, now_us))
            return now_us - began_us;
        assert_true(now_us - began_us < 10 * DEADLINE);
    }
}

static void nobody_is_watched_before_the_first_pulse(void **state)
{
    (void)state;
    struct silence silence = {.deadline_us = DEADLINE};
    assert_int_equal(silence_next_look_us(&silence), 0);
    assert_false(silence_is_too_long(&silence, START));
    assert_false(silence_is_too_long(&silence, START + 10 * DEADLINE));
}

static void silence_is_too_long_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    struct silence silence = {.deadline_us = DEADLINE};
    silence_break(&silence, START);
    assert_int_equal(look_until_too_long(&silence, 0), DEADLINE);
    silence_break(&silence, START);
    for (int64_t at_us = 0; at_us < DEADLINE; at_us += SECOND / 2)
        assert_false(silence_is_too_long(&silence, START + at_us));
    assert_true(silence_is_too_long(&silence, START + DEADLINE));
}

static void each_pulse_begins_it_anew(void **state)
{
    (void)state;
    struct silence silence = {.deadline_us = DEADLINE};
    int64_t now_us = START;
    for (int i = 0; i < 20; i++) {
        silence_break(&silence, now_us);
        now_us += DEADLINE - 1;
        for (int64_t back_us = 3 * INTERVAL; back_us >= 0; back_us -= INTERVAL)
            assert_false(silence_is_too_long(&silence, now_us - back_us));
    }
    assert_true(silence_is_too_long(&silence, now_us + 1));
}

static void the_next_look_is_an_interval_away_or_at_the_deadline(void **state)
{
    (void)state;
    struct silence silence = {.deadline_us = DEADLINE};
    silence_break(&silence, START);
    assert_int_equal(silence_next_look_us(&silence), START + INTERVAL);
    for (int64_t at_us = SECOND; at_us < DEADLINE; at_us += INTERVAL)
        assert_false(silence_is_too_long(&silence, START + at_us));
    assert_int_equal(silence_next_look_us(&silence), START + DEADLINE);
}

static void what_the_supervisor_slept_through_counts_as_one_interval(void **state)
{
    (void)state;
    struct silence silence = {.deadline_us = DEADLINE};
    silence_break(&silence, START);
    int64_t awake_us = START + 100 * DEADLINE;
    assert_false(silence_is_too_long(&silence, awake_us));
    assert_int_equal(silence_next_look_us(&silence), awake_us + INTERVAL);
    assert_int_equal(look_until_too_long(&silence, 0), DEADLINE - INTERVAL);
}

static void a_supervisor_that_is_always_late_still_finds_it(void **state)
{
    (void)state;
    struct silence silence = {.deadline_us = DEADLINE};
    silence_break(&silence, START);
    assert_int_equal(look_until_too_long(&silence, SECOND), DEADLINE + 4 * SECOND);
}

static void a_worker_pulses_four_times_in_a_deadline(void **state)
{
    (void)state;
    assert_int_equal(silence_interval(DEADLINE), INTERVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_watched_before_the_first_pulse),
        cmocka_unit_test(silence_is_too_long_at_its_deadline_and_not_before),
        cmocka_unit_test(each_pulse_begins_it_anew),
        cmocka_unit_test(the_next_look_is_an_interval_away_or_at_the_deadline),
        cmocka_unit_test(what_the_supervisor_slept_through_counts_as_one_interval),
        cmocka_unit_test(a_supervisor_that_is_always_late_still_finds_it),
        cmocka_unit_test(a_worker_pulses_four_times_in_a_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
