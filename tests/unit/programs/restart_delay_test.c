/* When a worker that died is started again. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "programs/restart_delay.h"

static void restarts_at_once_and_then_ever_later_up_to_the_longest(void **state)
{
    (void)state;
    static const int64_t expected[] = {0, 100, 200, 400, 500, 500};
    struct restart_delay delay = {.first_ms = 100, .longest_ms = 500, .sound_after_ms = 1000};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_int_equal(restart_delay_after(&delay, i % 2 == 0 ? -1 : 999), expected[i]);
}

static void begins_anew_after_a_worker_that_was_sound(void **state)
{
    (void)state;
    struct restart_delay delay = {.first_ms = 100, .longest_ms = 500, .sound_after_ms = 1000};
    restart_delay_after(&delay, -1);
    restart_delay_after(&delay, -1);
    assert_int_equal(restart_delay_after(&delay, 1000), 0);
    assert_int_equal(restart_delay_after(&delay, 0), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restarts_at_once_and_then_ever_later_up_to_the_longest),
        cmocka_unit_test(begins_anew_after_a_worker_that_was_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
