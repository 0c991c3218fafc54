/* What a gateway's metrics say, and what is no such text. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "top/metrics_text.h"

static void reads_names_labels_and_values(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct metrics_text metrics;
    assert_true(metrics_text_read(arena,
                                  TEXT("# HELP a What.\n# TYPE a counter\na 3\n"
                                       "b{x=\"1\",y=\"a}\\\"b,\"} 1.5\nb{x=\"2\",y=\"\"} 2 1700000000\n\n"
                                       "c{le=\"+Inf\"} +Inf\n"),
                                  &metrics));
    assert_int_equal(metrics.count, 4);
    assert_true(metrics_text_sum(&metrics, "a", NULL, NULL) == 3);
    assert_true(metrics_text_sum(&metrics, "b", NULL, NULL) == 3.5);
    assert_true(metrics_text_sum(&metrics, "b", "x", "2") == 2);
    assert_true(metrics_text_sum(&metrics, "none", NULL, NULL) == 0);
    assert_true(text_is(sample_label(&metrics.samples[1], "y"), "a}\\\"b,"));
    assert_null(sample_label(&metrics.samples[1], "z").base);
    assert_true(isinf(metrics.samples[3].value));
}

static void refuses_what_is_no_such_text(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       "\n",       "# only comments\n", "a\n",           "a \n",
                                      "a x\n",  "a 1x\n",   "{x=\"1\"} 1\n",     "a{x=\"1\" 1\n", "a{x=\"} 1\n",
                                      "a  1\n", "<html>\n", "a{x=\"\\",          "a 1\n\001 2\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct metrics_text metrics;
        if (metrics_text_read(arena, text_of(bad[i]), &metrics))
            fail_msg("\"%s\" was read", bad[i]);
    }
}

static void finds_no_label_where_labels_are_broken(void **state)
{
    (void)state;
    static const char *const bad[] = {"x", "x=", "x=\"", "x=\"1", "x=\"\\", ",x=\"1\"", "x=1,y=\"2\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct sample sample = {.labels = text_of(bad[i])};
        assert_null(sample_label(&sample, "y").base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_names_labels_and_values),
        cmocka_unit_test(refuses_what_is_no_such_text),
        cmocka_unit_test(finds_no_label_where_labels_are_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
