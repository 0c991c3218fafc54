/* What is kept is found while it is good, by whoever holds it also afterwards, and never more than was agreed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "ticket_cache.h"

static atomic_int released;

static void release(void *credential)
{
    atomic_fetch_add(&released, 1);
    *(int *)credential = -1;
}

static struct ticket_cache *open_cache(size_t limit)
{
    released = 0;
    return ticket_cache_open(limit, release);
}

static void keep(struct ticket_cache *cache, const char *key, int *credential, int64_t now_us, int64_t until_us)
{
    ticket_let_go(ticket_cache_keep(cache, text_of(key), credential, now_us, until_us));
}

static bool is_found(struct ticket_cache *cache, const char *key, int64_t now_us, const int *credential)
{
    struct kept_ticket *kept = ticket_cache_find(cache, text_of(key), now_us);
    bool is_same = kept != NULL && ticket_credential(kept) == credential;
    ticket_let_go(kept);
    return is_same;
}

static void what_is_kept_is_found_until_it_is_not_good_any_more(void **state)
{
    struct ticket_cache *cache = open_cache(8);
    int alices = 1;
    (void)state;
    keep(cache, "alice", &alices, 0, 100);
    assert_true(is_found(cache, "alice", 99, &alices));
    assert_false(is_found(cache, "alic", 99, &alices));
    assert_int_equal(released, 0);
    assert_false(is_found(cache, "alice", 100, &alices));
    assert_int_equal(released, 1);
    assert_int_equal(ticket_cache_count(cache), 0);
    ticket_cache_close(cache);
    assert_int_equal(released, 1);
}

static void the_one_that_was_used_longest_ago_goes_first(void **state)
{
    struct ticket_cache *cache = open_cache(3);
    int credentials[4] = {0, 1, 2, 3};
    (void)state;
    keep(cache, "0", &credentials[0], 0, 100);
    keep(cache, "1", &credentials[1], 0, 100);
    keep(cache, "2", &credentials[2], 0, 100);
    assert_true(is_found(cache, "0", 1, &credentials[0]));
    keep(cache, "3", &credentials[3], 1, 100);
    assert_int_equal(ticket_cache_count(cache), 3);
    assert_int_equal(credentials[1], -1);
    assert_true(is_found(cache, "0", 1, &credentials[0]) && is_found(cache, "2", 1, &credentials[2]) &&
                is_found(cache, "3", 1, &credentials[3]));
    ticket_cache_close(cache);
    assert_int_equal(released, 4);
}

static void a_newer_one_takes_the_place_of_one_with_the_same_key(void **state)
{
    struct ticket_cache *cache = open_cache(3);
    int older = 1, newer = 2;
    (void)state;
    keep(cache, "alice", &older, 0, 100);
    keep(cache, "alice", &newer, 0, 100);
    assert_int_equal(older, -1);
    assert_int_equal(ticket_cache_count(cache), 1);
    assert_true(is_found(cache, "alice", 1, &newer));
    ticket_cache_close(cache);
}

static void whoever_holds_one_keeps_it_when_it_is_dropped(void **state)
{
    struct ticket_cache *cache = open_cache(3);
    int credential = 1;
    (void)state;
    keep(cache, "alice", &credential, 0, 100);
    struct kept_ticket *held = ticket_cache_find(cache, TEXT("alice"), 1);
    ticket_cache_drop(cache, TEXT("alice"));
    assert_false(is_found(cache, "alice", 1, &credential));
    assert_int_equal(credential, 1);
    ticket_let_go(held);
    assert_int_equal(credential, -1);
    ticket_cache_close(cache);
}

static void what_is_not_good_any_more_goes_when_others_come(void **state)
{
    struct ticket_cache *cache = open_cache(100);
    int ended = 1, another = 2;
    (void)state;
    keep(cache, "alice", &ended, 0, 100);
    keep(cache, "bob", &another, 100, 200);
    assert_int_equal(ended, -1);
    assert_int_equal(ticket_cache_count(cache), 1);
    ticket_cache_close(cache);
}

/* --- several threads --- */

enum { THREADS = 8, ROUNDS = 2000, KEYS = 16 };

static void *use(void *context)
{
    static int credentials[THREADS * ROUNDS];
    static atomic_int next;
    struct ticket_cache *cache = context;
    for (int i = 0; i < ROUNDS; i++) {
        char key[8];
        snprintf(key, sizeof(key), "%d", i % KEYS);
        struct kept_ticket *kept = ticket_cache_find(cache, text_of(key), 0);
        if (kept == NULL) {
            int *credential = &credentials[atomic_fetch_add(&next, 1)];
            *credential = 1;
            kept = ticket_cache_keep(cache, text_of(key), credential, 0, 1);
        }
        if (*(int *)ticket_credential(kept) != 1)
            return cache;
        if (i % 7 == 0)
            ticket_cache_drop(cache, text_of(key));
        ticket_let_go(kept);
    }
    return NULL;
}

static void nobody_is_given_what_was_released(void **state)
{
    struct ticket_cache *cache = open_cache(KEYS / 2);
    pthread_t threads[THREADS];
    void *wrong = NULL;
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, cache), 0);
    for (int i = 0; i < THREADS; i++) {
        void *found;
        pthread_join(threads[i], &found);
        wrong = found != NULL ? found : wrong;
    }
    assert_null(wrong);
    assert_true(ticket_cache_count(cache) <= KEYS / 2);
    ticket_cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_found_until_it_is_not_good_any_more),
        cmocka_unit_test(the_one_that_was_used_longest_ago_goes_first),
        cmocka_unit_test(a_newer_one_takes_the_place_of_one_with_the_same_key),
        cmocka_unit_test(whoever_holds_one_keeps_it_when_it_is_dropped),
        cmocka_unit_test(what_is_not_good_any_more_goes_when_others_come),
        cmocka_unit_test(nobody_is_given_what_was_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
