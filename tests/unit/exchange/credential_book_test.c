/* The book of credentials: one makes while others wait or still have the old one, what has ended or was refused
 * is made anew, refusals are remembered, and many threads at once get one between them. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/credential_book.h"

static const unsigned char key[DIGEST_SIZE] = {1}, other[DIGEST_SIZE] = {2};

static struct kept_credential until(const char *lease, int64_t expires_at_s)
{
    return (struct kept_credential){.credential = TEXT("sk-1"),
                                    .presentation = {.header = TEXT("x-api-key"), .scheme = TEXT_NONE},
                                    .issued_type = TEXT("urn:type"),
                                    .token_type = TEXT("N_A"),
                                    .scope = TEXT("read write"),
                                    .fingerprint = TEXT("print"),
                                    .account = TEXT("alice@CORP"),
                                    .lease = text_of(lease),
                                    .shares = TEXT("other"),
                                    .expires_at_s = expires_at_s};
}

/* What ends before now_s + 10 is not found. */
static enum credential_turn enter(struct credential_book *book, const unsigned char *which, int64_t now_s,
                                  const char *refused, struct arena *arena, struct kept_credential *kept)
{
    struct credential_search search = {
        .now_s = now_s, .until_s = now_s + 10, .refused = refused == NULL ? TEXT_NONE : text_of(refused)};
    memcpy(search.key, which, DIGEST_SIZE);
    return credential_book_enter(book, &search, arena, kept);
}

static void gives_one_the_turn_and_the_others_what_it_made(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    struct kept_credential made = until("L1", 100), found = {0};
    assert_int_equal(enter(book, key, 40, NULL, arena, &found), CREDENTIAL_TURN);
    assert_int_equal(enter(book, key, 40, NULL, arena, &found), CREDENTIAL_BUSY);
    assert_int_equal(enter(book, other, 40, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_keep(book, key, &made);
    assert_int_equal(enter(book, key, 40, NULL, arena, &found), CREDENTIAL_FOUND);
    assert_true(text_is(found.credential, "sk-1") && text_is(found.lease, "L1"));
    assert_true(text_is(found.presentation.header, "x-api-key") && text_is(found.fingerprint, "print"));
    assert_true(text_is(found.account, "alice@CORP"));
    assert_true(text_is(found.issued_type, "urn:type") && text_is(found.token_type, "N_A"));
    assert_true(text_is(found.scope, "read write") && text_is(found.shares, "other"));
    assert_null(found.presentation.scheme.base);
    credential_book_destroy(book);
}

static void finds_neither_what_ends_too_soon_nor_what_was_refused(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    struct kept_credential made = until("L1", 100), next = until("L2", 200), found = {0};
    assert_int_equal(enter(book, key, 40, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_keep(book, key, &made);
    assert_int_equal(enter(book, key, 40, "L0", arena, &found), CREDENTIAL_FOUND);
    assert_int_equal(enter(book, key, 40, "L1", arena, &found), CREDENTIAL_TURN);
    assert_true(found.is_replacement);
    assert_int_equal(enter(book, key, 40, "L1", arena, &found), CREDENTIAL_BUSY);
    credential_book_keep(book, key, &next);
    assert_int_equal(enter(book, key, 40, "L1", arena, &found), CREDENTIAL_FOUND);
    assert_true(text_is(found.lease, "L2"));
    assert_int_equal(enter(book, key, 191, NULL, arena, &found), CREDENTIAL_TURN);
    assert_false(found.is_replacement);
    credential_book_give_up(book, key, 0);
    assert_int_equal(enter(book, key, 40, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_destroy(book);
}

static void replaces_what_was_refused_once_a_minute(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    struct kept_credential made = until("L2", 1000), found = {0};
    made.is_replacement = true;
    made.issued_at_us = INT64_C(100000000);
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_keep(book, key, &made);
    assert_int_equal(enter(book, key, 159, "L2", arena, &found), CREDENTIAL_FOUND);
    assert_int_equal(enter(book, key, 160, "L2", arena, &found), CREDENTIAL_TURN);
    credential_book_destroy(book);
}

static void lets_one_make_the_next_while_the_others_have_the_old_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    struct kept_credential made = until("L1", 200), next = until("L2", 400), found = {0};
    made.refresh_from_s = 150;
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_TURN);
    assert_int_equal(found.lease.length, 0);
    credential_book_keep(book, key, &made);
    assert_int_equal(enter(book, key, 149, NULL, arena, &found), CREDENTIAL_FOUND);
    assert_int_equal(enter(book, key, 150, NULL, arena, &found), CREDENTIAL_TURN);
    assert_true(text_is(found.lease, "L1")); /* still good for whoever cannot make another */
    assert_int_equal(enter(book, key, 150, NULL, arena, &found), CREDENTIAL_FOUND);
    assert_true(text_is(found.lease, "L1"));
    credential_book_give_up(book, key, 160);
    assert_int_equal(enter(book, key, 159, NULL, arena, &found), CREDENTIAL_FOUND);
    assert_int_equal(enter(book, key, 160, NULL, arena, &found), CREDENTIAL_TURN);
    assert_int_equal(enter(book, key, 191, NULL, arena, &found), CREDENTIAL_BUSY);
    credential_book_keep(book, key, &next);
    assert_int_equal(enter(book, key, 191, NULL, arena, &found), CREDENTIAL_FOUND);
    assert_true(text_is(found.lease, "L2"));
    credential_book_destroy(book);
}

static void remembers_a_refusal_to_its_last_second(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    const struct kept_credential refusal = {
        .fault = FAULT_ADAPTER_REFUSED, .public_reason = TEXT("suspended"), .expires_at_s = 105};
    struct kept_credential found = {0};
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_keep(book, key, &refusal);
    assert_int_equal(enter(book, key, 104, NULL, arena, &found), CREDENTIAL_FOUND);
    assert_int_equal(found.fault, FAULT_ADAPTER_REFUSED);
    assert_true(text_is(found.public_reason, "suspended"));
    assert_int_equal(enter(book, key, 105, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_destroy(book);
}

static void forgets_what_is_dead_and_nothing_that_came_after_it(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    struct kept_credential made = until("L1", 200), found = {0};
    made.refresh_from_s = 150;
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_keep(book, key, &made);
    credential_book_forget(book, key, TEXT("L0"));
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_FOUND);
    credential_book_forget(book, key, TEXT("L1"));
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_keep(book, key, &made);
    assert_int_equal(enter(book, key, 150, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_forget(book, key, TEXT("L1")); /* while the next is being made */
    assert_int_equal(enter(book, key, 150, NULL, arena, &found), CREDENTIAL_BUSY);
    credential_book_keep(book, key, &made);
    credential_book_destroy(book);
}

static void knows_until_when_a_lease_stays(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    struct kept_credential made = until("L1", 200), found = {0};
    made.due_s = 150;
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_keep(book, key, &made);
    credential_book_extend(book, key, TEXT("L1"), 170);
    credential_book_extend(book, key, TEXT("L1"), 160);
    credential_book_extend(book, key, TEXT("L2"), 190);
    assert_int_equal(enter(book, key, 100, NULL, arena, &found), CREDENTIAL_FOUND);
    assert_int_equal(found.due_s, 170);
    credential_book_destroy(book);
}

static void is_full_rather_than_forget_what_is_in_use(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct credential_book *book = credential_book_create(8);
    struct kept_credential made = until("L1", 100), found = {0};
    for (unsigned char i = 1; i <= 8; i++) {
        unsigned char one[DIGEST_SIZE] = {i};
        assert_int_equal(enter(book, one, 40, NULL, arena, &found), CREDENTIAL_TURN);
        credential_book_keep(book, one, &made);
    }
    unsigned char ninth[DIGEST_SIZE] = {9};
    assert_int_equal(enter(book, ninth, 40, NULL, arena, &found), CREDENTIAL_FULL);
    assert_int_equal(enter(book, ninth, 91, NULL, arena, &found), CREDENTIAL_TURN);
    credential_book_destroy(book);
}

struct crowd {
    struct credential_book *book;
    atomic_int made, found;
};

static void *ask(void *context)
{
    struct crowd *crowd = context;
    for (;;) {
        SCOPED_ARENA arena = arena_create();
        struct kept_credential found = {0}, made = until("L1", 100);
        enum credential_turn turn = enter(crowd->book, key, 40, NULL, arena, &found);
        if (turn == CREDENTIAL_TURN && atomic_fetch_add(&crowd->made, 1) < 3) {
            credential_book_give_up(crowd->book, key, 0); /* the first ones do not manage */
        } else if (turn == CREDENTIAL_TURN) {
            credential_book_keep(crowd->book, key, &made);
        } else if (turn == CREDENTIAL_FOUND) {
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
    struct crowd crowd = {.book = credential_book_create(8)};
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &crowd), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.made, 4);
    assert_int_equal(crowd.found, THREADS);
    credential_book_destroy(crowd.book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_one_the_turn_and_the_others_what_it_made),
        cmocka_unit_test(finds_neither_what_ends_too_soon_nor_what_was_refused),
        cmocka_unit_test(replaces_what_was_refused_once_a_minute),
        cmocka_unit_test(lets_one_make_the_next_while_the_others_have_the_old_one),
        cmocka_unit_test(remembers_a_refusal_to_its_last_second),
        cmocka_unit_test(forgets_what_is_dead_and_nothing_that_came_after_it),
        cmocka_unit_test(knows_until_when_a_lease_stays),
        cmocka_unit_test(is_full_rather_than_forget_what_is_in_use),
        cmocka_unit_test(lets_one_of_many_threads_make_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
