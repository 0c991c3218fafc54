/* The book of strangers: an address is held off from its limit until the minute is over and no other address is
 * for its sake, the table keeps to its size, and the log names who had most, with the reasons, and no more than
 * its lines. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "lifecycle/stranger_book.h"
#include "runtime/metrics.h"
#include "standard_error.h"

enum { SECOND_US = 1000000, THREADS = 4, NOTES = 5000 };
/* 2026-11-18T13:20:00Z, the beginning of a minute. */
static const int64_t minute_us = INT64_C(1795008000) * SECOND_US, next_us = INT64_C(1795008060) * SECOND_US;

static const struct stranger_limits usual = {
    .refusals_per_minute = 3, .addresses = 8, .log_from = 2, .lines_per_minute = 2};
static struct stranger_book *book;
static unsigned char key[16];

static struct text network(const char *name)
{
    memset(key, 0, sizeof(key));
    if (inet_pton(AF_INET6, name, key) != 1) {
        key[10] = key[11] = 0xff;
        assert_int_equal(inet_pton(AF_INET, name, key + 12), 1);
    }
    return (struct text){(const char *)key, sizeof(key)};
}

static void open_book(struct stranger_limits limits)
{
    book = stranger_book_create(&limits);
}

/* What the log says of everything up to this time. */
static const char *log_at(int64_t now_us)
{
    standard_error_catch();
    stranger_book_turn(book, now_us);
    return standard_error_release();
}

static int close_book(void **state)
{
    (void)state;
    standard_error_catch();
    stranger_book_destroy(book);
    standard_error_release();
    return 0;
}

static void note(const char *name, enum fault reason, int64_t now_us, int times)
{
    for (int i = 0; i < times; i++)
        stranger_book_note(book, network(name), reason, now_us);
}

static enum fault admit(const char *name, int64_t now_us, int64_t retry_after_s)
{
    int64_t wait_s = 0;
    enum fault fault = stranger_book_admit(book, network(name), now_us, &wait_s);
    assert_int_equal(wait_s, retry_after_s);
    return fault;
}

static void holds_an_address_off_at_its_limit_until_the_minute_is_over(void **state)
{
    (void)state;
    open_book(usual);
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, minute_us, 2);
    assert_int_equal(admit("192.0.2.1", minute_us, 0), FAULT_NONE);
    note("192.0.2.1", FAULT_TOKEN_SIGNATURE, minute_us, 1);
    assert_int_equal(admit("192.0.2.1", minute_us + 15 * SECOND_US, 45), FAULT_ADDRESS_RATE);
    assert_int_equal(admit("192.0.2.1", next_us - 1, 1), FAULT_ADDRESS_RATE);
    assert_int_equal(admit("192.0.2.2", minute_us, 0), FAULT_NONE);
    assert_int_equal(admit("2001:db8:0:1::", minute_us, 0), FAULT_NONE);
    assert_int_equal(admit("192.0.2.1", next_us, 0), FAULT_NONE);
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, next_us, 2);
    assert_int_equal(admit("192.0.2.1", next_us, 0), FAULT_NONE);
}

static void holds_nobody_off_without_a_limit(void **state)
{
    (void)state;
    struct stranger_limits limits = usual;
    limits.refusals_per_minute = 0;
    open_book(limits);
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, minute_us, 1000);
    assert_int_equal(admit("192.0.2.1", minute_us, 0), FAULT_NONE);
}

static void counts_a_call_of_the_minute_before_in_this_one(void **state)
{
    (void)state;
    open_book(usual);
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, next_us, 2);
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, minute_us, 1);
    assert_int_equal(admit("192.0.2.1", next_us, 60), FAULT_ADDRESS_RATE);
    /* A clock that was set back an hour begins a minute of its own. */
    assert_int_equal(admit("192.0.2.1", minute_us - 3600 * (int64_t)SECOND_US, 0), FAULT_NONE);
}

static void keeps_to_its_size_and_holds_addresses_beyond_it_off_for_nothing(void **state)
{
    (void)state;
    open_book(usual);
    char name[32];
    int64_t uncounted = metric_read(METRIC_STRANGERS_UNCOUNTED);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "2001:db8:0:%x::", i);
        note(name, FAULT_CLIENT_UNKNOWN, minute_us, 3);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "2001:db8:0:%x::", i);
        assert_int_equal(admit(name, minute_us, i < 8 ? 60 : 0), i < 8 ? FAULT_ADDRESS_RATE : FAULT_NONE);
    }
    assert_int_equal(metric_read(METRIC_STRANGERS), 8);
    assert_int_equal(metric_read(METRIC_STRANGERS_UNCOUNTED), uncounted + 12 * 3);
    log_at(next_us);
    assert_int_equal(metric_read(METRIC_STRANGERS), 0);
    note("192.0.2.77", FAULT_CLIENT_UNKNOWN, next_us, 3);
    assert_int_equal(admit("192.0.2.77", next_us, 60), FAULT_ADDRESS_RATE);
    assert_int_equal(metric_read(METRIC_STRANGERS), 1);
    log_at(next_us + 60 * (int64_t)SECOND_US);
}

static void names_an_address_in_the_log_once_its_minute_is_over(void **state)
{
    (void)state;
    open_book(usual);
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, minute_us, 2);
    note("192.0.2.1", FAULT_TOKEN_SIGNATURE, minute_us, 1);
    note("192.0.2.9", FAULT_CLIENT_UNKNOWN, minute_us, 1);
    admit("192.0.2.1", minute_us, 60);
    assert_string_equal(log_at(next_us - 1), "");
    const char *line = log_at(next_us);
    const char *named = strstr(line, "\"event\":\"strangers_refused\"");
    assert_non_null(named);
    assert_string_equal(named, "\"event\":\"strangers_refused\",\"address\":\"192.0.2.1\",\"minute\":"
                               "\"2026-11-18T13:20:00.000000Z\",\"refused\":3,\"held_off\":1,"
                               "\"reasons\":\"client_unknown=2 token_signature=1\"}\n");
    assert_string_equal(log_at(next_us), "");
}

static void logs_no_more_lines_than_it_may_and_the_most_refused_first(void **state)
{
    (void)state;
    open_book(usual);
    note("2001:db8::", FAULT_CLIENT_UNKNOWN, minute_us, 4);
    note("2001:db8:1::", FAULT_CLIENT_UNKNOWN, minute_us, 2);
    for (enum fault reason = FAULT_CLIENT_MISSING; reason < FAULT_CLIENT_MISSING + 8; reason++)
        note("2001:db8:2::", reason, minute_us, 1);
    /* The next minute's first refusal ends this one. */
    standard_error_catch();
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, next_us, 1);
    const char *lines = standard_error_release();
    const char *first = strstr(lines, "2001:db8:2::/64"), *second = strstr(lines, "2001:db8::/64");
    assert_true(first != NULL && second != NULL && first < second);
    assert_non_null(strstr(lines, " others=2\""));
    assert_null(strstr(lines, "2001:db8:1::/64"));
}

static void logs_nothing_when_told_so(void **state)
{
    (void)state;
    struct stranger_limits limits = usual;
    limits.log_from = 0;
    open_book(limits);
    note("192.0.2.1", FAULT_CLIENT_UNKNOWN, minute_us, 5);
    assert_string_equal(log_at(next_us), "");
}

static void *note_many(void *context)
{
    static const char from[16] = {[10] = (char)0xff, [11] = (char)0xff, [12] = 10};
    (void)context;
    for (int i = 0; i < NOTES; i++)
        stranger_book_note(book, (struct text){from, sizeof(from)}, FAULT_CLIENT_UNKNOWN, minute_us);
    return NULL;
}

static void counts_together_what_threads_refuse_apart(void **state)
{
    (void)state;
    struct stranger_limits limits = usual;
    limits.refusals_per_minute = THREADS * NOTES + 1;
    open_book(limits);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, note_many, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(admit("10.0.0.0", minute_us, 0), FAULT_NONE);
    note("10.0.0.0", FAULT_CLIENT_UNKNOWN, minute_us, 1);
    assert_int_equal(admit("10.0.0.0", minute_us, 60), FAULT_ADDRESS_RATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(holds_an_address_off_at_its_limit_until_the_minute_is_over, close_book),
        cmocka_unit_test_teardown(holds_nobody_off_without_a_limit, close_book),
        cmocka_unit_test_teardown(counts_a_call_of_the_minute_before_in_this_one, close_book),
        cmocka_unit_test_teardown(keeps_to_its_size_and_holds_addresses_beyond_it_off_for_nothing, close_book),
        cmocka_unit_test_teardown(names_an_address_in_the_log_once_its_minute_is_over, close_book),
        cmocka_unit_test_teardown(logs_no_more_lines_than_it_may_and_the_most_refused_first, close_book),
        cmocka_unit_test_teardown(logs_nothing_when_told_so, close_book),
        cmocka_unit_test_teardown(counts_together_what_threads_refuse_apart, close_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
