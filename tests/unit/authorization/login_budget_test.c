/* An address begins as many logins as it finishes, and some more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "login/login_budget.h"

enum { LIMIT = 3 };
static const int64_t minute_us = INT64_C(60) * 1000000;

static struct login_budget budget;
static int64_t retry_after_s;

static int begin(void **state)
{
    (void)state;
    login_budget_open(&budget);
    return 0;
}

static int end(void **state)
{
    (void)state;
    login_budget_close(&budget);
    return 0;
}

static enum fault take(const char *address, int64_t now_us)
{
    return login_budget_take(&budget, text_of(address), LIMIT, now_us, &retry_after_s);
}

static void give_back(const char *address, int64_t now_us)
{
    login_budget_give_back(&budget, text_of(address), LIMIT, now_us);
}

static void no_more_are_begun_than_may_be_unfinished_until_the_minute_is_over(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(take("an office", minute_us), FAULT_NONE);
    assert_int_equal(retry_after_s, 0);
    assert_int_equal(take("an office", minute_us + 20 * 1000000), FAULT_ADDRESS_RATE);
    assert_int_equal(retry_after_s, 40);
    /* Whoever was refused has begun nothing. */
    give_back("an office", minute_us);
    assert_int_equal(take("an office", minute_us), FAULT_NONE);
    assert_int_equal(take("an office", minute_us), FAULT_ADDRESS_RATE);
    assert_int_equal(take("an office", 2 * minute_us), FAULT_NONE);
}

/* What one address may have refused is no measure of what all may begin. */
static void one_address_does_not_take_what_all_may_begin_whatever_the_limit(void **state)
{
    (void)state;
    int64_t begun = 0;
    while (begun < 6000 &&
           login_budget_take(&budget, TEXT("an office"), 6000, minute_us, &retry_after_s) == FAULT_NONE)
        begun++;
    assert_int_equal(begun, LOGIN_BUDGET_MAX);
    assert_int_equal(login_budget_take(&budget, TEXT("home"), 6000, minute_us, &retry_after_s), FAULT_NONE);
}

static void one_that_is_finished_is_given_back(void **state)
{
    (void)state;
    for (int i = 0; i < 20 * LIMIT; i++) {
        assert_int_equal(take("an office", minute_us), FAULT_NONE);
        give_back("an office", minute_us);
    }
}

static void one_that_was_begun_elsewhere_is_one_more_but_not_without_end(void **state)
{
    (void)state;
    for (int i = 0; i < 20 * LIMIT; i++)
        give_back("an office", minute_us);
    for (int i = 0; i < 2 * LIMIT; i++)
        assert_int_equal(take("an office", minute_us), FAULT_NONE);
    assert_int_equal(take("an office", minute_us), FAULT_ADDRESS_RATE);
}

static void an_address_does_not_use_up_what_another_has(void **state)
{
    (void)state;
    /* Each pair shares a place once in 8192 times. */
    int held_off = 0;
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(take("an office", minute_us), FAULT_NONE);
    for (char other[] = "a"; other[0] <= 'z'; other[0]++)
        held_off += take(other, minute_us) != FAULT_NONE;
    assert_in_range(held_off, 0, 2);
}

static void without_a_limit_any_number_is_begun(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(login_budget_take(&budget, TEXT("a"), 0, minute_us, &retry_after_s), FAULT_NONE);
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        TRIED(no_more_are_begun_than_may_be_unfinished_until_the_minute_is_over),
        TRIED(one_address_does_not_take_what_all_may_begin_whatever_the_limit),
        TRIED(one_that_is_finished_is_given_back),
        TRIED(one_that_was_begun_elsewhere_is_one_more_but_not_without_end),
        TRIED(an_address_does_not_use_up_what_another_has),
        TRIED(without_a_limit_any_number_is_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
