/* Rates, quantiles and reasons between two readings. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "top/rates.h"

static struct reading read_at(struct arena *arena, int64_t at_s, const char *page)
{
    struct reading reading = {.at_us = at_s * 1000 * 1000};
    assert_true(metrics_text_read(arena, text_of(page), &reading.metrics));
    return reading;
}

static void counts_by_the_second_also_where_a_counter_began_anew(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct reading before = read_at(arena, 10, "n{r=\"a\"} 100\nn{r=\"b\"} 7\nm 50\n");
    const struct reading now = read_at(arena, 12, "n{r=\"a\"} 130\nn{r=\"b\"} 7\nm 20\n");
    assert_true(rate_between(&before, &now, "n", NULL, NULL) == 15);
    assert_true(rate_between(&before, &now, "n", "r", "b") == 0);
    assert_true(rate_between(&before, &now, "m", NULL, NULL) == 10);
}

/* 10 observations: 2 up to 0.1, 6 more up to 0.5, 1 up to 1, 1 above. */
static void interpolates_quantiles_within_a_bucket(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct reading before = read_at(arena, 1,
                                          "h_bucket{s=\"x\",le=\"0.1\"} 5\nh_bucket{s=\"x\",le=\"0.5\"} 5\n"
                                          "h_bucket{s=\"x\",le=\"1\"} 5\nh_bucket{s=\"x\",le=\"+Inf\"} 5\n");
    const struct reading now = read_at(arena, 2,
                                       "h_bucket{s=\"x\",le=\"0.1\"} 7\nh_bucket{s=\"x\",le=\"0.5\"} 13\n"
                                       "h_bucket{s=\"x\",le=\"1\"} 14\nh_bucket{s=\"x\",le=\"+Inf\"} 15\n");
    assert_true(fabs(quantile_between(&before, &now, "h", "s", "x", 0.1) - 0.05) < 1e-9);
    assert_true(fabs(quantile_between(&before, &now, "h", "s", "x", 0.5) - 0.3) < 1e-9);
    assert_true(fabs(quantile_between(&before, &now, "h", "s", "x", 0.85) - 0.75) < 1e-9);
    assert_true(quantile_between(&before, &now, "h", "s", "x", 0.99) == 1);
    assert_true(isnan(quantile_between(&now, &now, "h", "s", "x", 0.5)));
    assert_true(isnan(quantile_between(&before, &now, "h", "s", "other", 0.5)));
}

static void names_the_reasons_that_came_most_often_first(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct reading before = read_at(arena, 1, "dragoman_faults_total{reason=\"a\",caller=\"x\"} 5\n");
    const struct reading now = read_at(arena, 2,
                                       "dragoman_faults_total{reason=\"none\",caller=\"x\"} 99\n"
                                       "dragoman_faults_total{reason=\"a\",caller=\"x\"} "
                                       "6\ndragoman_faults_total{reason=\"b\",caller=\"x\"} 3\n"
                                       "dragoman_faults_total{reason=\"c\",caller=\"x\"} "
                                       "2\ndragoman_faults_total{reason=\"d\",caller=\"x\"} 8\n"
                                       "dragoman_faults_total{reason=\"e\",caller=\"x\"} "
                                       "4\ndragoman_faults_total{reason=\"f\",caller=\"x\"} 9\n");
    struct reason_rate reasons[REASONS_SHOWN];
    static const char *const expected[] = {"f", "d", "e", "b", "c"};
    assert_int_equal(reasons_between(&before, &now, reasons), REASONS_SHOWN);
    for (size_t i = 0; i < REASONS_SHOWN; i++)
        assert_true(text_is(reasons[i].reason, expected[i]));
    assert_true(reasons[0].rate == 9);
    assert_int_equal(reasons_between(&now, &now, reasons), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_the_second_also_where_a_counter_began_anew),
        cmocka_unit_test(interpolates_quantiles_within_a_bucket),
        cmocka_unit_test(names_the_reasons_that_came_most_often_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
