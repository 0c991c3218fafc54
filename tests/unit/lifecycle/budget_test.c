/* Budgets: each limit holds exactly, refusals take nothing and say how long to wait, and threads that share an
 * account together get no more than it allows. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lifecycle/budget.h"

enum { SECOND_US = 1000000, THREADS = 4, TRIES = 20000 };
static const int64_t now_s = 1795000000;
static const int64_t now_us = INT64_C(1795000000) * SECOND_US;

static struct budget_book *book;

static int make_book(void **state)
{
    (void)state;
    book = budget_book_create();
    return 0;
}

static int free_book(void **state)
{
    (void)state;
    budget_book_destroy(book);
    return 0;
}

static enum fault take(const char *account, struct budget_limits limits, int64_t at_us)
{
    int64_t retry_after_s = 0;
    enum fault fault = budget_take(book, text_of(account), &limits, at_us, &retry_after_s);
    assert_true((fault == FAULT_NONE) == (retry_after_s == 0));
    return fault;
}

static int taken(const char *account, struct budget_limits limits, int64_t at_us, int tries)
{
    int granted = 0;
    for (int i = 0; i < tries; i++)
        granted += take(account, limits, at_us) == FAULT_NONE;
    return granted;
}

static void issue(const char *account, struct budget_limits limits, int64_t expires_at_s)
{
    budget_lease_issued(book, text_of(account), &limits, expires_at_s, now_us);
}

static void refuses_nothing_without_limits(void **state)
{
    (void)state;
    assert_int_equal(taken("client/a", (struct budget_limits){0}, now_us, 1000), 1000);
    struct budget_limits one = {.records_per_hour = 1};
    assert_int_equal(take("client/a", one, now_us), FAULT_NONE);
}

static void allows_one_seconds_worth_at_once_and_no_more(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 50};
    assert_int_equal(taken("client/a", limits, now_us, 200), 50);
    assert_int_equal(take("client/a", limits, now_us), FAULT_BUDGET_RATE);
    assert_int_equal(taken("client/a", limits, now_us + 100 * SECOND_US, 200), 50);
}

static void gives_back_at_the_rate_exactly(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 3};
    assert_int_equal(taken("client/a", limits, now_us, 10), 3);
    assert_int_equal(taken("client/a", limits, now_us + 333333, 10), 0);
    assert_int_equal(taken("client/a", limits, now_us + 333334, 10), 1);
    int granted = 4;
    for (int64_t at_us = 333334; at_us <= 100 * SECOND_US; at_us += 10007)
        granted += taken("client/a", limits, now_us + at_us, 2);
    assert_in_range(granted, 3 * 100 + 2, 3 * 100 + 3);
}

static void keeps_a_very_high_rate(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 3000000};
    assert_int_equal(taken("client/a", limits, now_us, 10), 10);
    struct budget_limits highest = {.exchanges_per_second = INT64_MAX};
    assert_int_equal(taken("client/b", highest, now_us, 10), 10);
    assert_int_equal(taken("client/b", highest, now_us + 1, 10), 10);
}

static void follows_a_rate_that_changes(void **state)
{
    (void)state;
    struct budget_limits high = {.exchanges_per_second = 100};
    struct budget_limits low = {.exchanges_per_second = 2};
    assert_int_equal(taken("client/a", high, now_us, 10), 10);
    assert_int_equal(taken("client/a", low, now_us, 10), 2);
    assert_int_equal(taken("client/a", high, now_us, 10), 0);
    assert_int_equal(taken("client/a", high, now_us + 2 * SECOND_US, 200), 100);
}

static void refuses_records_past_the_hours_number_until_the_hour_is_over(void **state)
{
    (void)state;
    struct budget_limits limits = {.records_per_hour = 5};
    int64_t retry_after_s = 0;
    assert_int_equal(taken("client/a", limits, now_us, 9), 5);
    assert_int_equal(
        budget_take(book, TEXT("client/a"), &limits, now_us + 600 * (int64_t)SECOND_US, &retry_after_s),
        FAULT_BUDGET_RECORDS);
    assert_int_equal(retry_after_s, 3000);
    assert_int_equal(take("client/a", limits, now_us + 3599 * (int64_t)SECOND_US), FAULT_BUDGET_RECORDS);
    assert_int_equal(taken("client/a", limits, now_us + 3600 * (int64_t)SECOND_US, 9), 5);
}

static void counts_no_record_of_what_leaves_none(void **state)
{
    (void)state;
    struct budget_limits rate = {.exchanges_per_second = 100}, records = {.records_per_hour = 3};
    assert_int_equal(taken("client/a", rate, now_us, 50), 50);
    budget_give_back(book, TEXT("client/a"), &rate);
    assert_int_equal(taken("client/a", records, now_us, 9), 3);
    budget_give_back(book, TEXT("client/a"), &rate);
    assert_int_equal(take("client/a", records, now_us), FAULT_BUDGET_RECORDS);
}

static void refuses_past_the_number_of_live_credentials_until_one_ends(void **state)
{
    (void)state;
    struct budget_limits limits = {.live_credentials = 2};
    int64_t retry_after_s = 0;
    issue("client/a", limits, now_s + 300);
    assert_int_equal(take("client/a", limits, now_us), FAULT_NONE);
    issue("client/a", limits, now_s + 120);
    assert_int_equal(budget_live(book, TEXT("client/a"), now_us), 2);
    assert_int_equal(budget_take(book, TEXT("client/a"), &limits, now_us, &retry_after_s), FAULT_BUDGET_LEASES);
    assert_int_equal(retry_after_s, 120);
    assert_int_equal(take("client/a", limits, now_us + 119 * SECOND_US), FAULT_BUDGET_LEASES);
    assert_int_equal(take("client/a", limits, now_us + 120 * SECOND_US), FAULT_NONE);
}

static void holds_a_place_for_each_credential_that_is_being_made(void **state)
{
    (void)state;
    struct budget_limits limits = {.live_credentials = 3};
    int64_t retry_after_s = 0;
    assert_int_equal(taken("client/a", limits, now_us, 10), 3);
    assert_int_equal(budget_live(book, TEXT("client/a"), now_us), 0);
    issue("client/a", limits, now_s + 300);
    assert_int_equal(taken("client/a", limits, now_us, 10), 0);
    assert_int_equal(budget_take(book, TEXT("client/a"), &limits, now_us, &retry_after_s), FAULT_BUDGET_LEASES);
    assert_int_equal(retry_after_s, 1);
    issue("client/a", limits, now_s + 300);
    issue("client/a", limits, now_s + 300);
    assert_int_equal(budget_live(book, TEXT("client/a"), now_us), 3);
    assert_int_equal(taken("client/a", limits, now_us, 10), 0);
    assert_int_equal(taken("client/a", limits, now_us + 300 * SECOND_US, 10), 3);
}

static void has_a_place_again_when_nothing_was_issued(void **state)
{
    (void)state;
    struct budget_limits limits = {.live_credentials = 2}, none = {.exchanges_per_second = 100};
    assert_int_equal(taken("client/a", limits, now_us, 10), 2);
    budget_lease_not_issued(book, TEXT("client/a"), &limits);
    assert_int_equal(taken("client/a", limits, now_us, 10), 1);
    budget_give_back(book, TEXT("client/a"), &limits);
    assert_int_equal(taken("client/a", limits, now_us, 10), 1);
    /* What was taken without that limit holds no place, and leaves those of others alone. */
    assert_int_equal(take("client/a", none, now_us), FAULT_NONE);
    budget_lease_not_issued(book, TEXT("client/a"), &none);
    assert_int_equal(taken("client/a", limits, now_us, 10), 0);
    for (int i = 0; i < 20; i++)
        budget_lease_not_issued(book, TEXT("client/a"), &limits);
    assert_int_equal(taken("client/a", limits, now_us, 10), 2);
    budget_lease_not_issued(book, TEXT("client/unknown"), &limits);
}

static void counts_a_revoked_credential_no_longer(void **state)
{
    (void)state;
    struct budget_limits limits = {.live_credentials = 1};
    issue("client/a", limits, now_s + 300);
    assert_int_equal(take("client/a", limits, now_us), FAULT_BUDGET_LEASES);
    budget_lease_ended(book, TEXT("client/a"), now_s + 300);
    assert_int_equal(budget_live(book, TEXT("client/a"), now_us), 0);
    assert_int_equal(take("client/a", limits, now_us), FAULT_NONE);
    budget_lease_ended(book, TEXT("client/unknown"), now_s + 300);
    assert_int_equal(budget_live(book, TEXT("client/unknown"), now_us), 0);
}

static void takes_nothing_when_it_refuses(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 3, .records_per_hour = 4, .live_credentials = 6};
    for (int i = 0; i < 6; i++)
        issue("client/a", limits, now_s + 10);
    for (int i = 0; i < 20; i++)
        assert_int_equal(take("client/a", limits, now_us), FAULT_BUDGET_LEASES);
    for (int i = 0; i < 6; i++)
        budget_lease_ended(book, TEXT("client/a"), now_s + 10);
    assert_int_equal(taken("client/a", limits, now_us, 20), 3);
    assert_int_equal(taken("client/a", limits, now_us + 2 * SECOND_US, 20), 1);
    assert_int_equal(take("client/a", limits, now_us + 2 * SECOND_US), FAULT_BUDGET_RECORDS);
}

static void has_again_what_was_given_back_and_no_more(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 3, .records_per_hour = 4};
    assert_int_equal(taken("client/a", limits, now_us, 20), 3);
    budget_give_back(book, TEXT("client/a"), &limits);
    assert_int_equal(taken("client/a", limits, now_us, 20), 1);
    assert_int_equal(taken("client/a", limits, now_us + 2 * SECOND_US, 20), 1);
    assert_int_equal(taken("client/b", limits, now_us, 1), 1);
    for (int i = 0; i < 20; i++)
        budget_give_back(book, TEXT("client/b"), &limits);
    assert_int_equal(taken("client/b", limits, now_us, 20), 3);
    struct budget_limits none = {0};
    for (int i = 0; i < 20; i++)
        budget_give_back(book, TEXT("client/b"), &none);
    assert_int_equal(taken("client/b", limits, now_us + 2 * SECOND_US, 20), 1);
}

static void keeps_accounts_apart(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 1, .live_credentials = 1};
    assert_int_equal(take("client/a", limits, now_us), FAULT_NONE);
    assert_int_equal(take("team/a", limits, now_us), FAULT_NONE);
    assert_int_equal(take("client/a", limits, now_us), FAULT_BUDGET_RATE);
    issue("client/a", limits, now_s + 10);
    assert_int_equal(budget_live(book, TEXT("team/a"), now_us), 0);
}

static void recovers_when_the_clock_is_set_back(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 10, .records_per_hour = 1000};
    const int64_t earlier_us = now_us - 7200 * (int64_t)SECOND_US;
    assert_int_equal(taken("client/a", limits, now_us, 20), 10);
    assert_int_equal(taken("client/a", limits, earlier_us, 20), 0);
    assert_int_equal(taken("client/a", limits, earlier_us + SECOND_US, 20), 10);
}

static void gains_nothing_from_clocks_read_a_little_apart(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 10};
    assert_int_equal(taken("client/a", limits, now_us, 20), 10);
    int granted = 0;
    for (int i = 0; i < 100; i++) {
        granted += taken("client/a", limits, now_us - 90000, 1);
        granted += taken("client/a", limits, now_us, 1);
    }
    assert_int_equal(granted, 0);
}

static void refuses_accounts_past_its_bound(void **state)
{
    (void)state;
    struct budget_limits limits = {.exchanges_per_second = 1000000};
    int refused = 0;
    char name[32];
    for (int i = 0; i < 40000; i++) {
        snprintf(name, sizeof(name), "client/%d", i);
        refused += take(name, limits, now_us) != FAULT_NONE;
    }
    assert_true(refused >= 40000 - 64 * 512);
    assert_int_equal(take("client/0", limits, now_us), FAULT_NONE);
}

static pthread_barrier_t all_are_here;

static void *take_many(void *context)
{
    pthread_barrier_wait(&all_are_here);
    struct budget_limits limits = {
        .exchanges_per_second = 100, .records_per_hour = 1000000, .live_credentials = 1000000};
    int64_t *granted = context;
    for (int i = 0; i < TRIES; i++) {
        int64_t retry_after_s;
        if (budget_take(book, TEXT("team/shared"), &limits, now_us + i / 10, &retry_after_s) == FAULT_NONE)
            ++*granted;
        struct budget_limits none = {0};
        budget_lease_issued(book, TEXT("team/shared"), &none, now_s + 1 + i % 300, now_us);
        if (i % 2 == 0)
            budget_lease_ended(book, TEXT("team/shared"), now_s + 1 + i % 300);
    }
    return NULL;
}

static void counts_together_what_threads_take_apart(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t granted[THREADS] = {0};
    assert_int_equal(pthread_barrier_init(&all_are_here, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &granted[i]), 0);
    int64_t sum = 0;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        sum += granted[i];
    }
    pthread_barrier_destroy(&all_are_here);
    assert_int_equal(sum, 100); /* two milliseconds give back a fifth of one */
    assert_int_equal(budget_live(book, TEXT("team/shared"), now_us), THREADS * TRIES / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refuses_nothing_without_limits, make_book, free_book),
        cmocka_unit_test_setup_teardown(allows_one_seconds_worth_at_once_and_no_more, make_book, free_book),
        cmocka_unit_test_setup_teardown(gives_back_at_the_rate_exactly, make_book, free_book),
        cmocka_unit_test_setup_teardown(keeps_a_very_high_rate, make_book, free_book),
        cmocka_unit_test_setup_teardown(follows_a_rate_that_changes, make_book, free_book),
        cmocka_unit_test_setup_teardown(refuses_records_past_the_hours_number_until_the_hour_is_over, make_book,
                                        free_book),
        cmocka_unit_test_setup_teardown(counts_no_record_of_what_leaves_none, make_book, free_book),
        cmocka_unit_test_setup_teardown(refuses_past_the_number_of_live_credentials_until_one_ends, make_book,
                                        free_book),
        cmocka_unit_test_setup_teardown(holds_a_place_for_each_credential_that_is_being_made, make_book,
                                        free_book),
        cmocka_unit_test_setup_teardown(has_a_place_again_when_nothing_was_issued, make_book, free_book),
        cmocka_unit_test_setup_teardown(counts_a_revoked_credential_no_longer, make_book, free_book),
        cmocka_unit_test_setup_teardown(takes_nothing_when_it_refuses, make_book, free_book),
        cmocka_unit_test_setup_teardown(has_again_what_was_given_back_and_no_more, make_book, free_book),
        cmocka_unit_test_setup_teardown(keeps_accounts_apart, make_book, free_book),
        cmocka_unit_test_setup_teardown(recovers_when_the_clock_is_set_back, make_book, free_book),
        cmocka_unit_test_setup_teardown(gains_nothing_from_clocks_read_a_little_apart, make_book, free_book),
        cmocka_unit_test_setup_teardown(refuses_accounts_past_its_bound, make_book, free_book),
        cmocka_unit_test_setup_teardown(counts_together_what_threads_take_apart, make_book, free_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
