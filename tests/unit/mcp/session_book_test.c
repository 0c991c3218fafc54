/* Sessions that are remembered: found as they were kept, and few enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "session/session_book.h"

static struct text key_of(char key[SESSION_KEY_SIZE], unsigned number)
{
    snprintf(key, SESSION_KEY_SIZE, "%08x%056x", number * 8, number);
    return text_of(key);
}

static void keep(struct session_book *book, unsigned number, const char *upstream_id, int64_t used_at_s)
{
    char key[SESSION_KEY_SIZE];
    const struct session_facts facts = {.lease = TEXT("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
                                        .upstream_id = text_of(upstream_id),
                                        .opened_at_s = 1,
                                        .expires_at_s = 99,
                                        .owner = {(unsigned char)number}};
    session_book_keep(book, key_of(key, number), &facts, used_at_s);
}

static bool find(struct session_book *book, unsigned number, struct arena *arena, struct session_facts *facts,
                 int64_t *used_at_s)
{
    char key[SESSION_KEY_SIZE];
    return session_book_find(book, key_of(key, number), arena, facts, used_at_s);
}

static void test_finds_what_was_kept_and_when_it_was_used_last(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct session_book *book = session_book_create(8);
    struct session_facts facts;
    int64_t used_at_s;
    char key[SESSION_KEY_SIZE];
    assert_false(find(book, 1, arena, &facts, &used_at_s));
    keep(book, 1, "theirs", 10);
    session_book_touch(book, key_of(key, 1), 20);
    session_book_touch(book, key_of(key, 1), 15); /* of another loop, whose look came later */
    assert_true(find(book, 1, arena, &facts, &used_at_s));
    assert_true(text_is(facts.upstream_id, "theirs") && text_is(facts.lease, "01ARZ3NDEKTSV4RRFFQ69G5FAV"));
    assert_int_equal(used_at_s, 20);
    assert_int_equal(facts.expires_at_s, 99);
    assert_int_equal(facts.owner[0], 1);
    session_book_forget(book, key_of(key, 1));
    assert_false(find(book, 1, arena, &facts, &used_at_s));
    session_book_destroy(book);
}

static void test_a_server_without_sessions_has_no_id_of_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct session_book *book = session_book_create(8);
    struct session_facts facts;
    int64_t used_at_s;
    keep(book, 1, NULL, 10);
    assert_true(find(book, 1, arena, &facts, &used_at_s));
    assert_null(facts.upstream_id.base);
    session_book_destroy(book);
}

static void test_gives_up_what_was_used_longest_ago(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct session_book *book = session_book_create(8);
    struct session_facts facts;
    int64_t used_at_s;
    for (unsigned i = 0; i < 8; i++)
        keep(book, i, "theirs", i == 3 ? 1 : 10 + (int64_t)i);
    keep(book, 8, "theirs", 100);
    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(find(book, i, arena, &facts, &used_at_s), i != 3);
    session_book_destroy(book);
}

static void test_counts_what_lives_of_an_owner_who_has_many(void **state)
{
    (void)state;
    enum { MANY = 80 };
    struct session_book *book = session_book_create(4096);
    const unsigned char owner[DIGEST_SIZE] = {7}, other[DIGEST_SIZE] = {7, 0, 1};
    char key[SESSION_KEY_SIZE];
    for (unsigned i = 0; i < MANY; i++) {
        const struct session_facts facts = {
            .lease = TEXT("01ARZ3NDEKTSV4RRFFQ69G5FAV"), .expires_at_s = i < 5 ? 20 : 99, .owner = {7}};
        session_book_keep(book, key_of(key, i), &facts, 10);
    }
    session_book_touch(book, key_of(key, MANY - 1), 60);
    assert_int_equal(session_book_count(book, owner, 15, 30), MANY);
    assert_int_equal(session_book_count(book, owner, 30, 30), MANY - 5); /* have run out */
    assert_int_equal(session_book_count(book, owner, 70, 30), 1);        /* the others are idle */
    assert_int_equal(session_book_count(book, other, 15, 30), 0);
    session_book_forget(book, key_of(key, 40));
    session_book_forget(book, key_of(key, 40));
    assert_int_equal(session_book_count(book, owner, 15, 30), MANY - 1);
    session_book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_kept_and_when_it_was_used_last),
        cmocka_unit_test(test_a_server_without_sessions_has_no_id_of_them),
        cmocka_unit_test(test_counts_what_lives_of_an_owner_who_has_many),
        cmocka_unit_test(test_gives_up_what_was_used_longest_ago),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
