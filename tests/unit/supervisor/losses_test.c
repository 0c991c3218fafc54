/* What was counted is what is read. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "losses.h"

static void reads_what_it_prints_whatever_the_numbers(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, 4711, INT64_MAX};
    for (size_t i = 0; i < 16; i++) {
        const struct losses counted = {numbers[i / 4], numbers[i % 4]};
        struct losses read = {-1, -1};
        char text[LOSSES_SIZE];
        losses_print(&counted, text);
        assert_true(losses_parse(&read, text_of(text)));
        assert_int_equal(read.died, counted.died);
        assert_int_equal(read.silent, counted.silent);
    }
}

static void leaves_everything_as_it_is_when_it_reads_something_else(void **state)
{
    (void)state;
    static const char *const others[] = {"", "1", "1 ", " 1", "1 2 3", "a 2", "1 b", "1  2"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct losses losses = {5, 6};
        assert_false(losses_parse(&losses, text_of(others[i])));
        assert_int_equal(losses.died, 5);
        assert_int_equal(losses.silent, 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_prints_whatever_the_numbers),
        cmocka_unit_test(leaves_everything_as_it_is_when_it_reads_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
