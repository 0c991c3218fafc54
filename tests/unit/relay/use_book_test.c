/* Uses by lease and minute: what limits are counted by, and what is written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/use_book.h"

#define LEASE "01KAQZ3M5W8Y0E6T2R4V7N9B1C"
#define OTHER "01KAQZ3M5W8Y0E6T2R4V7N9B1D"
enum { MINUTE = 30000000, MOST = 100 };

static void bears_as_many_in_a_minute_as_it_is_told(void **state)
{
    (void)state;
    struct use_book *book = use_book_create(100);
    for (int i = 0; i < 3; i++)
        assert_true(use_book_begin(book, TEXT(LEASE), MINUTE, 3));
    assert_false(use_book_begin(book, TEXT(LEASE), MINUTE, 3));
    assert_true(use_book_begin(book, TEXT(LEASE), MINUTE, 0));
    assert_true(use_book_begin(book, TEXT(OTHER), MINUTE, 3));
    assert_true(use_book_begin(book, TEXT(LEASE), MINUTE + 1, 3));
    use_book_destroy(book);
}

static void refused_ones_take_their_share_of_the_limit(void **state)
{
    (void)state;
    struct use_book *book = use_book_create(100);
    for (int i = 0; i < 2; i++) {
        assert_true(use_book_begin(book, TEXT(LEASE), MINUTE, 2));
        use_book_end(book, TEXT(LEASE), MINUTE, true);
    }
    assert_false(use_book_begin(book, TEXT(LEASE), MINUTE, 2));
    use_book_destroy(book);
}

static void what_is_taken_is_counted_once_and_the_limit_stays(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct store_use uses[MOST];
    struct use_book *book = use_book_create(100);
    for (int i = 0; i < 4; i++)
        if (use_book_begin(book, TEXT(LEASE), MINUTE, 3))
            use_book_end(book, TEXT(LEASE), MINUTE, i == 0);
    assert_int_equal(use_book_take(book, arena, MINUTE, uses, MOST), 1);
    assert_true(text_is(uses[0].lease, LEASE));
    assert_int_equal(uses[0].minute, MINUTE);
    assert_int_equal(uses[0].calls, 2);
    assert_int_equal(uses[0].refused, 2);
    assert_int_equal(use_book_take(book, arena, MINUTE, uses, MOST), 0);
    assert_false(use_book_begin(book, TEXT(LEASE), MINUTE, 3));
    use_book_destroy(book);
}

static void what_could_not_be_written_is_taken_again_with_what_came_since(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct store_use uses[MOST];
    struct use_book *book = use_book_create(100);
    use_book_end(book, TEXT(LEASE), MINUTE, false);
    use_book_end(book, TEXT(OTHER), MINUTE, true);
    assert_int_equal(use_book_take(book, arena, MINUTE + 1, uses, MOST), 2);
    use_book_end(book, TEXT(LEASE), MINUTE, false);
    use_book_put_back(book, uses, 2);
    assert_int_equal(use_book_take(book, arena, MINUTE + 1, uses, MOST), 2);
    int64_t calls = 0, refused = 0;
    for (size_t i = 0; i < 2; i++) {
        calls += uses[i].calls;
        refused += uses[i].refused;
    }
    assert_int_equal(calls, 2);
    assert_int_equal(refused, 1);
    use_book_destroy(book);
}

static void what_cannot_be_counted_is_no_limit_waived(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct store_use uses[MOST];
    struct use_book *book = use_book_create(1);
    assert_true(use_book_begin(book, TEXT(LEASE), MINUTE, 5));
    assert_false(use_book_begin(book, TEXT(OTHER), MINUTE, 5));
    assert_true(use_book_begin(book, TEXT(OTHER), MINUTE, 0));
    assert_int_equal(use_book_take(book, arena, MINUTE + 1, uses, MOST), 0); /* and the minute is over */
    assert_true(use_book_begin(book, TEXT(OTHER), MINUTE + 1, 5));
    use_book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bears_as_many_in_a_minute_as_it_is_told),
        cmocka_unit_test(refused_ones_take_their_share_of_the_limit),
        cmocka_unit_test(what_is_taken_is_counted_once_and_the_limit_stays),
        cmocka_unit_test(what_could_not_be_written_is_taken_again_with_what_came_since),
        cmocka_unit_test(what_cannot_be_counted_is_no_limit_waived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
