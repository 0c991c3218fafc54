/* How much a credential has open: no more than it may, and again when something has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stream/open_book.h"

static const struct text one = {"01ARZ3NDEKTSV4RRFFQ69G5FAV", 26}, other = {"01BX5ZZKBKACTAV9WEVGEMMVRZ", 26};

static void test_lets_so_many_be_open_and_another_when_one_has_ended(void **state)
{
    (void)state;
    struct open_book *book = open_book_create();
    assert_true(open_book_enter(book, one, OPEN_CALL, 2));
    assert_true(open_book_enter(book, one, OPEN_CALL, 2));
    assert_false(open_book_enter(book, one, OPEN_CALL, 2));
    open_book_leave(book, one, OPEN_CALL);
    assert_true(open_book_enter(book, one, OPEN_CALL, 2));
    open_book_leave(book, one, OPEN_CALL);
    open_book_leave(book, one, OPEN_CALL);
    assert_true(open_book_enter(book, one, OPEN_CALL, 1));
    open_book_destroy(book);
}

static void test_counts_streams_and_other_credentials_apart(void **state)
{
    (void)state;
    struct open_book *book = open_book_create();
    assert_true(open_book_enter(book, one, OPEN_CALL, 1));
    assert_true(open_book_enter(book, one, OPEN_STREAM, 1));
    assert_true(open_book_enter(book, other, OPEN_CALL, 1));
    assert_false(open_book_enter(book, one, OPEN_STREAM, 1));
    open_book_leave(book, one, OPEN_STREAM);
    assert_false(open_book_enter(book, one, OPEN_CALL, 1));
    open_book_destroy(book);
}

/* One that was refused is none: nothing of it is left to be counted off. */
static void test_keeps_nothing_of_what_is_refused(void **state)
{
    (void)state;
    struct open_book *book = open_book_create();
    assert_false(open_book_enter(book, one, OPEN_CALL, 0));
    assert_true(open_book_enter(book, one, OPEN_CALL, 1));
    open_book_leave(book, one, OPEN_CALL);
    open_book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lets_so_many_be_open_and_another_when_one_has_ended),
        cmocka_unit_test(test_counts_streams_and_other_credentials_apart),
        cmocka_unit_test(test_keeps_nothing_of_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
