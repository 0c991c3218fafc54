/* Records that are remembered, and which of them are forgotten first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "relay/record_book.h"

static void digest_of(size_t number, unsigned char digest[DIGEST_SIZE])
{
    memset(digest, 0, DIGEST_SIZE); /* all in one set */
    memcpy(digest + 8, &number, sizeof(number));
}

static struct text find(struct record_book *book, struct arena *arena, size_t number)
{
    unsigned char digest[DIGEST_SIZE];
    digest_of(number, digest);
    return record_book_find(book, arena, digest);
}

static void keep(struct record_book *book, size_t number, struct text record)
{
    unsigned char digest[DIGEST_SIZE];
    digest_of(number, digest);
    record_book_keep(book, digest, record);
}

static void gives_back_the_bytes_of_the_same_credential_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct record_book *book = record_book_create(64);
    assert_int_equal(find(book, arena, 1).length, 0);
    keep(book, 1, TEXT("one"));
    keep(book, 2, TEXT("two"));
    assert_true(text_is(find(book, arena, 1), "one"));
    assert_true(text_is(find(book, arena, 2), "two"));
    assert_int_equal(find(book, arena, 3).length, 0);
    keep(book, 1, TEXT("uno"));
    assert_true(text_is(find(book, arena, 1), "uno"));
    record_book_destroy(book);
}

static void forgets_what_was_looked_for_longest_ago(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct record_book *book = record_book_create(64);
    for (size_t i = 0; i < 8; i++)
        keep(book, i, TEXT("record"));
    assert_true(find(book, arena, 0).length != 0);
    keep(book, 8, TEXT("record"));
    assert_true(find(book, arena, 0).length != 0);
    assert_int_equal(find(book, arena, 1).length, 0);
    assert_true(find(book, arena, 8).length != 0);
    record_book_destroy(book);
}

static void keeps_no_record_that_is_too_long(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct record_book *book = record_book_create(8);
    char *bytes = arena_allocate(arena, RECORD_BOOK_BYTES_MAX + 1);
    keep(book, 1, (struct text){bytes, RECORD_BOOK_BYTES_MAX + 1});
    assert_int_equal(find(book, arena, 1).length, 0);
    keep(book, 1, (struct text){bytes, RECORD_BOOK_BYTES_MAX});
    assert_int_equal(find(book, arena, 1).length, RECORD_BOOK_BYTES_MAX);
    record_book_destroy(book);
    record_book_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_the_bytes_of_the_same_credential_alone),
        cmocka_unit_test(forgets_what_was_looked_for_longest_ago),
        cmocka_unit_test(keeps_no_record_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
