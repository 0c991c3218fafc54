/* Names of entities: type first, then id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/value.h"

static void sorts_by_type_and_then_by_id(void **state)
{
    (void)state;
    static const struct cedar_uid ascending[] = {
        {{"A", 1}, {"z", 1}},       {{"A::B", 4}, {"", 0}}, {{"A::B", 4}, {"a\0", 2}},
        {{"A::B", 4}, {"a\0b", 3}}, {{"a", 1}, {"a", 1}},
    };
    enum { COUNT = sizeof(ascending) / sizeof(ascending[0]) };
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            int order = cedar_uid_compare(&ascending[i], &ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(cedar_uid_equal(&ascending[i], &ascending[j]), i == j);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_by_type_and_then_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
