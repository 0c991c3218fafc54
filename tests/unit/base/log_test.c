/* The log: one line, plain ASCII, valid JSON whatever the values, cut at its bound, and silent below its level.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "standard_error.h"

static void writes_one_line_with_the_fields_in_order(void **state)
{
    (void)state;
    standard_error_catch();
    LOG(LOG_WARNING, "keys_refreshed", log_text("issuer", TEXT("corp")), log_number("keys", -3));
    const char *line = standard_error_release();
    assert_memory_equal(line, "{\"ts\":\"20", 9);
    assert_string_equal(
        strstr(line, "Z\","),
        "Z\",\"level\":\"warning\",\"event\":\"keys_refreshed\",\"issuer\":\"corp\",\"keys\":-3}\n");
}

static void escapes_everything_that_could_forge_a_line(void **state)
{
    (void)state;
    standard_error_catch();
    LOG(LOG_ERROR, "refused", log_text("value", TEXT("a\"b\\c\n\x1b[0m\x7f\xc3\xa9")),
        log_text("none", TEXT_NONE));
    const char *line = standard_error_release();
    assert_non_null(
        strstr(line, "\"value\":\"a\\\"b\\\\c\\u000a\\u001b[0m\\u007f\\u00c3\\u00a9\",\"none\":\"\"}\n"));
}

static void cuts_a_value_at_its_bound(void **state)
{
    (void)state;
    char value[5000];
    memset(value, 'x', sizeof(value));
    standard_error_catch();
    LOG(LOG_ERROR, "long", log_text("value", (struct text){value, sizeof(value)}));
    const char *line = standard_error_release();
    assert_true(strlen(line) < 400);
    assert_int_equal(strspn(strstr(line, "\"value\":\"") + 9, "x"), 256);
}

static void is_silent_below_its_level(void **state)
{
    (void)state;
    standard_error_catch();
    LOG(LOG_DEBUG, "quiet", log_number("n", 1));
    log_set_level(LOG_ERROR);
    LOG(LOG_WARNING, "quiet", log_number("n", 1));
    log_set_level(LOG_DEBUG);
    LOG(LOG_DEBUG, "loud", log_number("n", 1));
    log_set_level(LOG_INFO);
    const char *line = standard_error_release();
    assert_null(strstr(line, "quiet"));
    assert_non_null(strstr(line, "\"event\":\"loud\""));
}

static void survives_a_full_standard_error(void **state)
{
    (void)state;
    standard_error_catch();
    for (int i = 0; i < 2000; i++)
        LOG(LOG_ERROR, "much", log_number("n", i));
    assert_int_equal(strlen(standard_error_release()), STANDARD_ERROR_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_one_line_with_the_fields_in_order),
        cmocka_unit_test(escapes_everything_that_could_forge_a_line),
        cmocka_unit_test(cuts_a_value_at_its_bound),
        cmocka_unit_test(is_silent_below_its_level),
        cmocka_unit_test(survives_a_full_standard_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
