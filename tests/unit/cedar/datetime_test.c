/* datetime: the forms of RFC 80 of Cedar, the calendar, and arithmetic at the ends of 64 bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/extension.h"

#define DAY 86400000LL

static void assert_printed(int64_t milliseconds, const char *expected)
{
    SCOPED_BUFFER out = {0};
    assert_true(cedar_datetime_print(milliseconds, &out));
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base, expected);
    int64_t again;
    assert_true(cedar_datetime_parse(text_of(expected), &again));
    assert_true(again == milliseconds);
}

static void reads_every_form_and_prints_the_shortest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t milliseconds;
        const char *printed;
    } cases[] = {
        {"1970-01-01", 0, "1970-01-01"},
        {"1970-01-01T00:00:00Z", 0, "1970-01-01"},
        {"1970-01-01T00:00:00.000-0000", 0, "1970-01-01"},
        {"1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"},
        {"2024-02-29", 19782 * DAY, "2024-02-29"},
        {"2024-01-01T23:59:59Z", 19723 * DAY + 86399000, "2024-01-01T23:59:59Z"},
        {"2024-01-01T00:00:00.123Z", 19723 * DAY + 123, "2024-01-01T00:00:00.123Z"},
        {"2024-01-01T01:00:00+0100", 19723 * DAY, "2024-01-01"},
        {"2024-01-01T01:00:00.001-0130", 19723 * DAY + 9000001, "2024-01-01T02:30:00.001Z"},
        {"2024-01-01T00:00:00+2359", 19723 * DAY - 86340000, "2023-12-31T00:01:00Z"},
        {"0000-01-01", -62167219200000, "0000-01-01"},
        {"0000-02-29", -62167219200000 + 59 * DAY, "0000-02-29"},
        {"2000-12-31", 11322 * DAY, "2000-12-31"},
        {"9999-12-31T23:59:59.999Z", 253402300799999, "9999-12-31T23:59:59.999Z"},
        {"0000-01-01T00:00:00+2359", -62167219200000 - 86340000, "0000-01-01T00:00:00+2359"},
        {"0000-01-01T00:00:00+0001", -62167219200000 - 60000, "0000-01-01T23:58:00+2359"},
        {"9999-12-31T23:59:59.999-2359", 253402300799999 + 86340000, "9999-12-31T23:59:59.999-2359"},
        {"9999-12-31T23:59:00-0001", 253402300800000, "9999-12-31T00:01:00-2359"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value;
        assert_true(cedar_datetime_parse(text_of(cases[i].text), &value));
        assert_true(value == cases[i].milliseconds);
        assert_printed(value, cases[i].printed);
    }
}

static void knows_the_days_of_every_month(void **state)
{
    (void)state;
    int64_t day = -719528;
    for (; day <= 2932896; day += 27) {
        SCOPED_BUFFER out = {0};
        int64_t again;
        assert_true(cedar_datetime_print(day * DAY, &out));
        assert_true(cedar_datetime_parse(buffer_text(&out), &again));
        assert_true(again == day * DAY);
    }
}

static void refuses_dates_that_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           "2023-02-29", "1900-02-29",  "2024-04-31",  "2024-00-01",   "2024-13-01",
        "2024-01-00", "2024-01-32", "24-01-01",    "02024-01-01", "2024-1-01",    "-2024-01-01",
        "2024-01-1",  "2024/01/01", "2024-01-01Z", "2024-01-01 ", "2024-01-01\n", " 2024-01-01",
    };
    int64_t value;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(cedar_datetime_parse(text_of(texts[i]), &value));
}

static void refuses_times_and_offsets_that_are_none(void **state)
{
    (void)state;
    static const char *const times[] = {
        "T00:00:00",       "t00:00:00Z",
        "T00:00:00z",      " 00:00:00Z",
        "T24:00:00Z",      "T23:60:00Z",
        "T23:59:60Z",      "T23:59:60.500Z",
        "T00:00:00.12Z",   "T00:00:00.1234Z",
        "T00:00:00.Z",     "T00:00Z",
        "T00:00:00+2400",  "T00:00:00+0060",
        "T00:00:00+00:00", "T00:00:00+000",
        "T00:00:00+00000", "T00:00:00Z ",
        "T00:00:00Z+0000", "T00:00:00,123Z",
        "T00:00:00.123",   "T",
        "T00:00:00+",      "T0:00:00Z",
    };
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        SCOPED_BUFFER text = {0};
        int64_t value;
        buffer_print(&text, "2016-12-31%s", times[i]);
        assert_false(cedar_datetime_parse(buffer_text(&text), &value));
    }
}

static void prints_nothing_of_moments_without_a_text(void **state)
{
    (void)state;
    static const int64_t moments[] = {INT64_MIN, -62167219200000 - 86340001, 253402300800000 + 86340000,
                                      INT64_MAX};
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        SCOPED_BUFFER out = {0};
        assert_false(cedar_datetime_print(moments[i], &out));
        assert_int_equal(out.length, 0);
    }
}

static void floors_to_the_day_before_1970_too(void **state)
{
    (void)state;
    int64_t midnight;
    assert_true(cedar_datetime_to_date(1, &midnight));
    assert_true(midnight == 0);
    assert_true(cedar_datetime_to_date(-1, &midnight));
    assert_true(midnight == -DAY);
    assert_true(cedar_datetime_to_date(-DAY, &midnight));
    assert_true(midnight == -DAY);
    assert_true(cedar_datetime_to_date(INT64_MAX, &midnight));
    assert_true(midnight == 106751991167 * DAY);
    assert_true(cedar_datetime_to_date(-106751991167 * DAY, &midnight));
    assert_true(midnight == -106751991167 * DAY);
    assert_false(cedar_datetime_to_date(-106751991167 * DAY - 1, &midnight));
    assert_false(cedar_datetime_to_date(INT64_MIN, &midnight));
    assert_true(cedar_datetime_to_time(-1) == DAY - 1);
    assert_true(cedar_datetime_to_time(-DAY) == 0);
    assert_true(cedar_datetime_to_time(DAY + 5) == 5);
    assert_true(cedar_datetime_to_time(INT64_MIN) == 60424192);
}

static void adds_and_subtracts_within_64_bits(void **state)
{
    (void)state;
    int64_t result;
    assert_true(cedar_datetime_offset(5, -7, &result));
    assert_true(result == -2);
    assert_true(cedar_datetime_offset(0, INT64_MIN, &result));
    assert_false(cedar_datetime_offset(1, INT64_MAX, &result));
    assert_false(cedar_datetime_offset(-1, INT64_MIN, &result));
    assert_true(cedar_datetime_since(-1, INT64_MIN, &result));
    assert_true(result == INT64_MAX);
    assert_false(cedar_datetime_since(0, INT64_MIN, &result));
    assert_false(cedar_datetime_since(-2, INT64_MAX, &result));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_form_and_prints_the_shortest),
        cmocka_unit_test(knows_the_days_of_every_month),
        cmocka_unit_test(refuses_dates_that_are_none),
        cmocka_unit_test(refuses_times_and_offsets_that_are_none),
        cmocka_unit_test(prints_nothing_of_moments_without_a_text),
        cmocka_unit_test(floors_to_the_day_before_1970_too),
        cmocka_unit_test(adds_and_subtracts_within_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
