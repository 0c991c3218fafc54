/* What is remembered of servers, for how long, and what is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "client/generation_book.h"

static void remembers_a_server_of_the_older_generation_for_a_while(void **state)
{
    struct generation_book *book = generation_book_create();
    (void)state;
    assert_false(generation_book_is_old(book, TEXT("https://a/mcp"), 1000));
    generation_book_note(book, TEXT("https://a/mcp"), true, 1000);
    assert_true(generation_book_is_old(book, TEXT("https://a/mcp"), 1000 + GENERATION_BOOK_S - 1));
    assert_false(generation_book_is_old(book, TEXT("https://a/mcp"), 1000 + GENERATION_BOOK_S));
    assert_false(generation_book_is_old(book, TEXT("https://b/mcp"), 1000));
    generation_book_destroy(book);
}

static void forgets_one_that_was_found_to_be_something_else(void **state)
{
    struct generation_book *book = generation_book_create();
    (void)state;
    generation_book_note(book, TEXT("https://a/mcp"), true, 1000);
    generation_book_note(book, TEXT("https://a/mcp"), false, 1001);
    assert_false(generation_book_is_old(book, TEXT("https://a/mcp"), 1001));
    generation_book_destroy(book);
}

static void what_is_said_of_one_server_is_never_said_of_another(void **state)
{
    struct generation_book *book = generation_book_create();
    (void)state;
    for (int i = 0; i < 4 * GENERATION_BOOK_SERVERS; i++) {
        SCOPED_ARENA arena = arena_create();
        struct text url = arena_print(arena, "https://%d.example/mcp", i);
        assert_false(generation_book_is_old(book, url, 1000));
        generation_book_note(book, url, true, 1000);
        assert_true(generation_book_is_old(book, url, 1000));
    }
    generation_book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembers_a_server_of_the_older_generation_for_a_while),
        cmocka_unit_test(forgets_one_that_was_found_to_be_something_else),
        cmocka_unit_test(what_is_said_of_one_server_is_never_said_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
