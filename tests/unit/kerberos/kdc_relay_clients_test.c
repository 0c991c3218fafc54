/* What the relay does with those who come to it: many at once, some who are no Kerberos, some who say nothing;
 * and libkrb5 itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <krb5/krb5.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "realm_profile.h"
#include "relay_stage.h"

static void each_of_many_has_the_answer_to_its_own_request(void **state)
{
    struct asked asked[64];
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS, STAGE_NONE, 0);
    relay_stage_ask_many(&stage, asked, 64);
    for (size_t i = 0; i < 64; i++)
        assert_true(asked[i].is_mine);
    relay_stage_close(&stage);
}

static void of_as_many_as_threads_none_waits_longer_than_the_time(void **state)
{
    struct asked asked[KDC_RELAY_THREADS];
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_SILENT, STAGE_NONE, 0);
    relay_stage_ask_many(&stage, asked, KDC_RELAY_THREADS);
    for (size_t i = 0; i < KDC_RELAY_THREADS; i++) {
        assert_int_equal(asked[i].length, -1);
        assert_true(asked[i].took_ms < STAGE_TIMEOUT_MS + STAGE_SLACK_MS);
    }
    assert_int_equal(stage.warnings, 1);
    relay_stage_close(&stage);
}

/* Of the forty that a silent KDC keeps waiting in front of eight threads one more looks, when the first eight
 * have failed, and all others are turned away at once. */
static void behind_a_silent_kdc_no_queue_builds_up(void **state)
{
    struct asked asked[40];
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_SILENT, STAGE_NONE, 0);
    relay_stage_ask_many(&stage, asked, 40);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(asked[i].length, -1);
        assert_true(asked[i].took_ms < 2 * STAGE_TIMEOUT_MS + STAGE_SLACK_MS);
    }
    assert_in_range(tcp_kdc_requests(stage.kdcs[0]), KDC_RELAY_THREADS, KDC_RELAY_THREADS + 4);
    relay_stage_close(&stage);
}

/* Where all KDCs have failed nobody looks again before as much time has gone by as was waited for them. */
static void wait_until_one_may_look(void)
{
    nanosleep(&(const struct timespec){.tv_nsec = (STAGE_TIMEOUT_MS + 100) * 1000000}, NULL);
}

static void while_one_looks_the_others_do_not_wait(void **state)
{
    struct asked asked;
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_SILENT, STAGE_NONE, 0);
    assert_int_equal(relay_stage_ask(&stage, 'q').length, -1);
    wait_until_one_may_look();
    int probe = tcp_connect(stage.port);
    char request[TCP_REQUEST_SIZE];
    assert_true(tcp_send(probe, tcp_request('p', 20, request)));
    while (tcp_kdc_requests(stage.kdcs[0]) != 2)
        nanosleep(&(const struct timespec){.tv_nsec = 1000000}, NULL);
    asked = relay_stage_ask(&stage, 'r');
    assert_int_equal(asked.length, -1);
    assert_true(asked.took_ms < STAGE_TIMEOUT_MS / 2);
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 2);
    assert_true(tcp_is_closed(probe));
    close(probe);
    relay_stage_close(&stage);
}

static void what_is_no_request_is_closed_and_no_kdc_hears_of_it(void **state)
{
    static const struct text wrong[] = {
        TEXT("GET / HTTP/1.1\r\n\r\n"),
        TEXT("\0\0\0\0"),
        TEXT("\0\1\0\1"),
        TEXT("\x80\0\0\4\x6a\2\x30\0"),
        TEXT("\0\0\0\4\x6b\2\x30\0"),
        TEXT("\0\0\0\4\x7e\2\x30\0"),
        TEXT("\0\0\0\5\x6c\2\x30\0\0"),
        TEXT("\0\0\0\4\x6c\3\x30\0"),
    };
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS, STAGE_NONE, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int descriptor = tcp_connect(stage.port);
        int64_t began_ms = tcp_now_ms();
        assert_true(tcp_send(descriptor, wrong[i]));
        assert_true(tcp_is_closed(descriptor));
        assert_true(tcp_now_ms() - began_ms < STAGE_TIMEOUT_MS / 2);
        close(descriptor);
    }
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 0);
    relay_stage_close(&stage);
}

static void who_says_nothing_is_dropped_after_the_time(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS, STAGE_NONE, 0);
    int64_t began_ms = tcp_now_ms();
    int silent = tcp_connect(stage.port), half = tcp_connect(stage.port);
    assert_true(tcp_send(half, TEXT("\0\0\0\x20\x6c")));
    assert_true(tcp_is_closed(silent));
    assert_true(tcp_is_closed(half));
    assert_in_range(tcp_now_ms() - began_ms, STAGE_TIMEOUT_MS - 1, STAGE_TIMEOUT_MS + STAGE_SLACK_MS);
    close(silent);
    close(half);
    relay_stage_close(&stage);
}

static void who_sends_byte_by_byte_has_the_same_time(void **state)
{
    struct relay_stage stage;
    char request[TCP_REQUEST_SIZE];
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS, STAGE_NONE, 0);
    int descriptor = tcp_connect(stage.port);
    struct text bytes = tcp_request('s', 100, request);
    int64_t began_ms = tcp_now_ms();
    for (size_t i = 0; i < bytes.length && tcp_send(descriptor, (struct text){bytes.base + i, 1}); i++)
        nanosleep(&(const struct timespec){.tv_nsec = 30000000}, NULL);
    assert_in_range(tcp_now_ms() - began_ms, STAGE_TIMEOUT_MS - 1, STAGE_TIMEOUT_MS + STAGE_SLACK_MS);
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 0);
    close(descriptor);
    relay_stage_close(&stage);
}

/* Both threads are taken up by who does not ask anything; who does has its answer before these are dropped. */
static void who_says_nothing_gives_way_to_who_asks(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS, STAGE_NONE, 2);
    int silent = tcp_connect(stage.port), half = tcp_connect(stage.port);
    assert_true(tcp_send(half, TEXT("\0\0\0\x20\x6c")));
    struct asked asked = relay_stage_ask(&stage, 'q');
    assert_true(asked.is_mine);
    assert_true(asked.took_ms < STAGE_TIMEOUT_MS - 100);
    close(silent);
    close(half);
    relay_stage_close(&stage);
}

static void closing_ends_what_is_under_way(void **state)
{
    struct relay_stage stage;
    char request[TCP_REQUEST_SIZE];
    (void)state;
    relay_stage_open(&stage, TCP_KDC_SILENT, TCP_KDC_SILENT, 0);
    int idle = tcp_connect(stage.port), asking = tcp_connect(stage.port);
    assert_true(tcp_send(asking, tcp_request('q', 20, request)));
    while (tcp_kdc_requests(stage.kdcs[0]) == 0)
        nanosleep(&(const struct timespec){.tv_nsec = 1000000}, NULL);
    int64_t began_ms = tcp_now_ms();
    kdc_relay_close(stage.relay);
    stage.relay = NULL;
    assert_true(tcp_now_ms() - began_ms < STAGE_TIMEOUT_MS / 3);
    assert_true(tcp_is_closed(idle));
    assert_true(tcp_is_closed(asking));
    assert_int_equal(stage.warnings, 0);
    close(idle);
    close(asking);
    relay_stage_close(&stage);
}

static void a_list_of_kdcs_that_is_none_is_refused(void **state)
{
    static const struct text wrong[] = {TEXT("127.0.0.1"), TEXT("dc 2")};
    struct text many[KDC_COUNT_MAX + 1];
    struct kdc_relay_options options = {.listener = -1, .kdcs = wrong, .kdc_count = 2};
    (void)state;
    assert_null(kdc_relay_open(&options));
    options.kdc_count = 0;
    assert_null(kdc_relay_open(&options));
    for (size_t i = 0; i < KDC_COUNT_MAX + 1; i++)
        many[i] = TEXT("127.0.0.1");
    options.kdcs = many;
    options.kdc_count = KDC_COUNT_MAX + 1;
    assert_null(kdc_relay_open(&options));
}

/* Alone libkrb5 waits for ten seconds and more. */
static krb5_error_code log_in(int64_t *took_ms)
{
    krb5_context context;
    krb5_principal principal;
    krb5_creds credentials;
    char password[] = "pw";
    assert_int_equal(krb5_init_context(&context), 0);
    assert_int_equal(krb5_parse_name(context, "alice@CORP.EXAMPLE", &principal), 0);
    int64_t began_ms = tcp_now_ms();
    krb5_error_code code =
        krb5_get_init_creds_password(context, &credentials, principal, password, NULL, NULL, 0, NULL, NULL);
    *took_ms = tcp_now_ms() - began_ms;
    krb5_free_principal(context, principal);
    krb5_free_context(context);
    return code;
}

static void libkrb5_fails_when_the_relay_gives_up(void **state)
{
    struct relay_stage stage;
    struct realm_profile *profile;
    const char *mistake;
    int64_t took_ms;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_SILENT, STAGE_NONE, 0);
    const struct realm_profile_options options = {.realm = TEXT("CORP.EXAMPLE"), .listener = stage.listener};
    assert_true(realm_profile_open(&options, &profile, &mistake));
    assert_int_equal(log_in(&took_ms), KRB5_KDC_UNREACH);
    print_message("# libkrb5, silent KDC: %lld ms of %d\n", (long long)took_ms, STAGE_TIMEOUT_MS);
    assert_in_range(took_ms, STAGE_TIMEOUT_MS - 1, STAGE_TIMEOUT_MS + STAGE_SLACK_MS);
    tcp_kdc_change(stage.kdcs[0], TCP_KDC_CLOSES);
    wait_until_one_may_look();
    assert_int_equal(log_in(&took_ms), KRB5_KDC_UNREACH);
    print_message("# libkrb5, closing KDC: %lld ms\n", (long long)took_ms);
    assert_true(took_ms < STAGE_TIMEOUT_MS / 2);
    tcp_kdc_change(stage.kdcs[0], TCP_KDC_UNAVAILABLE);
    wait_until_one_may_look();
    assert_int_equal(log_in(&took_ms), KRB5KDC_ERR_SVC_UNAVAILABLE);
    print_message("# libkrb5, unavailable KDC: %lld ms\n", (long long)took_ms);
    assert_true(took_ms < STAGE_TIMEOUT_MS / 2);
    realm_profile_close(profile);
    relay_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_many_has_the_answer_to_its_own_request),
        cmocka_unit_test(of_as_many_as_threads_none_waits_longer_than_the_time),
        cmocka_unit_test(behind_a_silent_kdc_no_queue_builds_up),
        cmocka_unit_test(while_one_looks_the_others_do_not_wait),
        cmocka_unit_test(what_is_no_request_is_closed_and_no_kdc_hears_of_it),
        cmocka_unit_test(who_says_nothing_is_dropped_after_the_time),
        cmocka_unit_test(who_sends_byte_by_byte_has_the_same_time),
        cmocka_unit_test(who_says_nothing_gives_way_to_who_asks),
        cmocka_unit_test(closing_ends_what_is_under_way),
        cmocka_unit_test(a_list_of_kdcs_that_is_none_is_refused),
        cmocka_unit_test(libkrb5_fails_when_the_relay_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
