/* The book of supplies: one makes while others wait, what has ended or was refused is made anew, and many
 * threads at once get one between them. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "egress/supply_book.h"

static const unsigned char key[DIGEST_SIZE] = {1}, other[DIGEST_SIZE] = {2};

static struct supply supply_until(const char *lease, int64_t expires_at_s)
{
    return (struct supply){.credential = TEXT("sk-1"),
                           .presentation = {.header = TEXT("x-api-key"), .scheme = TEXT_NONE},
                           .fingerprint = TEXT("print"),
                           .lease = text_of(lease),
                           .expires_at_s = expires_at_s};
}

static enum supply_turn enter(struct supply_book *book, const unsigned char *which, int64_t until_s,
                              const char *refused, struct arena *arena, struct supply *supply)
{
    struct text lease = refused == NULL ? TEXT_NONE : text_of(refused);
    return supply_book_enter(book, which, until_s, lease, arena, supply);
}

static void gives_one_the_turn_and_the_others_what_it_made(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct supply_book *book = supply_book_create(8);
    struct supply made = supply_until("L1", 100), found = {0};
    assert_int_equal(enter(book, key, 50, NULL, arena, &found), SUPPLY_TURN);
    assert_int_equal(enter(book, key, 50, NULL, arena, &found), SUPPLY_BUSY);
    assert_int_equal(enter(book, other, 50, NULL, arena, &found), SUPPLY_TURN);
    supply_book_keep(book, key, &made);
    assert_int_equal(enter(book, key, 50, NULL, arena, &found), SUPPLY_FOUND);
    assert_true(text_is(found.credential, "sk-1") && text_is(found.lease, "L1"));
    assert_true(text_is(found.presentation.header, "x-api-key") && text_is(found.fingerprint, "print"));
    supply_book_destroy(book);
}

static void finds_neither_what_ends_too_soon_nor_what_was_refused(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct supply_book *book = supply_book_create(8);
    struct supply made = supply_until("L1", 100), next = supply_until("L2", 200), found = {0};
    assert_int_equal(enter(book, key, 50, NULL, arena, &found), SUPPLY_TURN);
    supply_book_keep(book, key, &made);
    assert_int_equal(enter(book, key, 50, "L0", arena, &found), SUPPLY_FOUND);
    assert_int_equal(enter(book, key, 50, "L1", arena, &found), SUPPLY_TURN);
    assert_int_equal(enter(book, key, 50, "L1", arena, &found), SUPPLY_BUSY);
    supply_book_keep(book, key, &next);
    assert_int_equal(enter(book, key, 50, "L1", arena, &found), SUPPLY_FOUND);
    assert_true(text_is(found.lease, "L2"));
    assert_int_equal(enter(book, key, 201, NULL, arena, &found), SUPPLY_TURN);
    supply_book_give_up(book, key);
    assert_int_equal(enter(book, key, 50, NULL, arena, &found), SUPPLY_TURN);
    supply_book_destroy(book);
}

static void is_full_rather_than_forget_what_is_in_use(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct supply_book *book = supply_book_create(8);
    struct supply made = supply_until("L1", 100), found = {0};
    for (unsigned char i = 1; i <= 8; i++) {
        unsigned char one[DIGEST_SIZE] = {i};
        assert_int_equal(enter(book, one, 50, NULL, arena, &found), SUPPLY_TURN);
        supply_book_keep(book, one, &made);
    }
    unsigned char ninth[DIGEST_SIZE] = {9};
    assert_int_equal(enter(book, ninth, 50, NULL, arena, &found), SUPPLY_FULL);
    assert_int_equal(enter(book, ninth, 101, NULL, arena, &found), SUPPLY_TURN);
    supply_book_destroy(book);
}

struct crowd {
    struct supply_book *book;
    atomic_int made, found;
};

static void *ask(void *context)
{
    struct crowd *crowd = context;
    for (;;) {
        SCOPED_ARENA arena = arena_create();
        struct supply found = {0}, made = supply_until("L1", 100);
        enum supply_turn turn = enter(crowd->book, key, 50, NULL, arena, &found);
        if (turn == SUPPLY_TURN && atomic_fetch_add(&crowd->made, 1) < 3) {
            supply_book_give_up(crowd->book, key); /* the first ones do not manage */
        } else if (turn == SUPPLY_TURN) {
            supply_book_keep(crowd->book, key, &made);
        } else if (turn == SUPPLY_FOUND) {
            atomic_fetch_add(&crowd->found, text_is(found.credential, "sk-1"));
            return NULL;
        }
        sched_yield();
    }
}

static void lets_one_of_many_threads_make_it(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    struct crowd crowd = {.book = supply_book_create(8)};
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &crowd), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.made, 4);
    assert_int_equal(crowd.found, THREADS);
    supply_book_destroy(crowd.book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_one_the_turn_and_the_others_what_it_made),
        cmocka_unit_test(finds_neither_what_ends_too_soon_nor_what_was_refused),
        cmocka_unit_test(is_full_rather_than_forget_what_is_in_use),
        cmocka_unit_test(lets_one_of_many_threads_make_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
