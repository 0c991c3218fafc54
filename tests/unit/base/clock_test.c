/* The clocks and how a moment is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static void writes_moments_in_utc_with_microseconds(void **state)
{
    (void)state;
    char out[CLOCK_TEXT_SIZE];
    clock_format(0, out);
    assert_string_equal(out, "1970-01-01T00:00:00.000000Z");
    clock_format(INT64_C(1795529106000007), out);
    assert_string_equal(out, "2026-11-24T14:05:06.000007Z");
    clock_format(INT64_C(253402300799999999), out);
    assert_string_equal(out, "9999-12-31T23:59:59.999999Z");
}

/* Every day of eight centuries, against the C library. */
static void agrees_with_the_c_library_about_the_calendar(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 366 * 800; day++) {
        char ours[CLOCK_TEXT_SIZE], theirs[CLOCK_TEXT_SIZE];
        time_t seconds = day * 86400 + day % 86400;
        struct tm parts;
        assert_non_null(gmtime_r(&seconds, &parts));
        strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S.000000Z", &parts);
        clock_format(seconds * INT64_C(1000000), ours);
        assert_string_equal(ours, theirs);
    }
}

static void never_lets_monotonic_time_go_back(void **state)
{
    (void)state;
    int64_t last = clock_monotonic_us();
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_us();
        assert_true(now >= last);
        last = now;
    }
}

static void tells_the_same_wall_time_in_both_units(void **state)
{
    (void)state;
    int64_t before_s = clock_wall_us() / 1000000;
    int64_t between_s = clock_wall_s();
    int64_t after_s = clock_wall_us() / 1000000;
    assert_true(before_s <= between_s && between_s <= after_s);
    assert_true(between_s > 1700000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_moments_in_utc_with_microseconds),
        cmocka_unit_test(agrees_with_the_c_library_about_the_calendar),
        cmocka_unit_test(never_lets_monotonic_time_go_back),
        cmocka_unit_test(tells_the_same_wall_time_in_both_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
