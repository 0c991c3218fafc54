/* Each error is of the kind that an operator would look for. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "store_errors.h"

static void knows_what_postgresql_says(void **state)
{
    (void)state;
    assert_int_equal(store_error_of_state(NULL), METRIC_STORE_ERROR_CONNECTION);
    assert_int_equal(store_error_of_state(""), METRIC_STORE_ERROR_CONNECTION);
    assert_int_equal(store_error_of_state("08006"), METRIC_STORE_ERROR_CONNECTION);
    assert_int_equal(store_error_of_state("57P01"), METRIC_STORE_ERROR_CONNECTION);
    assert_int_equal(store_error_of_state("57014"), METRIC_STORE_ERROR_TIMEOUT);
    assert_int_equal(store_error_of_state("55P03"), METRIC_STORE_ERROR_TIMEOUT);
    assert_int_equal(store_error_of_state("25006"), METRIC_STORE_ERROR_READ_ONLY);
    assert_int_equal(store_error_of_state("53100"), METRIC_STORE_ERROR_NO_SPACE);
    assert_int_equal(store_error_of_state("42501"), METRIC_STORE_ERROR_OTHER);
}

static void knows_what_sqlite_says(void **state)
{
    (void)state;
    assert_int_equal(store_error_of_code(SQLITE_BUSY_SNAPSHOT), METRIC_STORE_ERROR_TIMEOUT);
    assert_int_equal(store_error_of_code(SQLITE_LOCKED), METRIC_STORE_ERROR_TIMEOUT);
    assert_int_equal(store_error_of_code(SQLITE_READONLY_DBMOVED), METRIC_STORE_ERROR_READ_ONLY);
    assert_int_equal(store_error_of_code(SQLITE_FULL), METRIC_STORE_ERROR_NO_SPACE);
    assert_int_equal(store_error_of_code(SQLITE_NOMEM), METRIC_STORE_ERROR_NO_SPACE);
    assert_int_equal(store_error_of_code(SQLITE_CANTOPEN), METRIC_STORE_ERROR_CONNECTION);
    assert_int_equal(store_error_of_code(SQLITE_IOERR_FSYNC), METRIC_STORE_ERROR_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_postgresql_says),
        cmocka_unit_test(knows_what_sqlite_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
