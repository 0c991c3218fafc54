/* What the relay does with its KDCs: one exchange through it, the next KDC within the same exchange, and no
 * longer than its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "relay_stage.h"

static const int bad_ways[] = {STAGE_CLOSED_PORT, TCP_KDC_CLOSES,    TCP_KDC_SILENT,  TCP_KDC_HALF,
                               TCP_KDC_TRICKLES,  TCP_KDC_TOO_LARGE, TCP_KDC_NONSENSE};
enum { BAD_WAYS = sizeof(bad_ways) / sizeof(bad_ways[0]) };

static bool is_slow(int way)
{
    return way == TCP_KDC_SILENT || way == TCP_KDC_HALF || way == TCP_KDC_TRICKLES;
}

static void an_exchange_goes_through_as_it_is(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS, STAGE_NONE, 0);
    struct asked asked = relay_stage_ask(&stage, 'q');
    assert_true(asked.is_mine);
    assert_int_equal(asked.mark, '1');
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 1);
    relay_stage_close(&stage);
}

static void several_exchanges_go_over_one_connection(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS, STAGE_NONE, 0);
    int descriptor = tcp_connect(stage.port);
    for (char filler = 'a'; filler < 'f'; filler++)
        assert_true(relay_stage_ask_on(descriptor, filler).is_mine);
    close(descriptor);
    relay_stage_close(&stage);
}

static void the_largest_answer_is_handed_on(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ANSWERS_MOST, STAGE_NONE, 0);
    assert_int_equal(relay_stage_ask(&stage, 'q').length, 1024 * 1024);
    relay_stage_close(&stage);
}

static void errors_are_answers_and_no_other_kdc_is_asked(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_ERRS, TCP_KDC_ANSWERS, 0);
    struct asked asked = relay_stage_ask(&stage, 'q');
    assert_int_equal(asked.tag, 0x7e);
    assert_int_equal(tcp_kdc_requests(stage.kdcs[1]), 0);
    assert_int_equal(stage.warnings, 0);
    relay_stage_close(&stage);
}

static void a_kdc_that_is_unavailable_is_followed_by_the_next(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_UNAVAILABLE, TCP_KDC_ANSWERS, 0);
    struct asked asked = relay_stage_ask(&stage, 'q');
    assert_true(asked.is_mine);
    assert_int_equal(asked.mark, '2');
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 1);
    relay_stage_close(&stage);
}

static void that_a_kdc_is_unavailable_is_said_where_no_other_answers(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_UNAVAILABLE, STAGE_CLOSED_PORT, 0);
    assert_int_equal(relay_stage_ask(&stage, 'q').tag, 0x7e);
    relay_stage_close(&stage);
}

/* The same exchange, and the next does not pay for it again. */
static void the_second_kdc_answers_whatever_the_first_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < BAD_WAYS; i++) {
        struct relay_stage stage;
        relay_stage_open(&stage, bad_ways[i], TCP_KDC_ANSWERS, 0);
        struct asked first = relay_stage_ask(&stage, 'q'), second = relay_stage_ask(&stage, 'r');
        if (!first.is_mine || first.mark != '2' || !second.is_mine || second.mark != '2')
            fail_msg("way %d", bad_ways[i]);
        if (is_slow(bad_ways[i]))
            assert_true(first.took_ms >= STAGE_TIMEOUT_MS / 3 - 1);
        assert_true(second.took_ms < STAGE_TIMEOUT_MS / 3);
        assert_int_equal(stage.warnings, 1);
        if (stage.kdcs[0] != NULL)
            assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 1);
        relay_stage_close(&stage);
    }
}

static void nobody_waits_longer_than_the_time_whatever_the_only_kdc_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < BAD_WAYS; i++) {
        struct relay_stage stage;
        relay_stage_open(&stage, bad_ways[i], STAGE_NONE, 0);
        struct asked asked = relay_stage_ask(&stage, 'q');
        if (asked.length != -1)
            fail_msg("way %d", bad_ways[i]);
        if (is_slow(bad_ways[i]))
            assert_in_range(asked.took_ms, STAGE_TIMEOUT_MS - 1, STAGE_TIMEOUT_MS + STAGE_SLACK_MS);
        else
            assert_true(asked.took_ms < STAGE_TIMEOUT_MS / 2);
        relay_stage_close(&stage);
    }
}

static void two_silent_kdcs_take_no_longer_than_one(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_SILENT, TCP_KDC_HALF, 0);
    struct asked asked = relay_stage_ask(&stage, 'q');
    assert_int_equal(asked.length, -1);
    assert_in_range(asked.took_ms, STAGE_TIMEOUT_MS - 1, STAGE_TIMEOUT_MS + STAGE_SLACK_MS);
    assert_int_equal(tcp_kdc_requests(stage.kdcs[0]), 1);
    assert_int_equal(tcp_kdc_requests(stage.kdcs[1]), 1);
    relay_stage_close(&stage);
}

static void one_that_is_left_out_is_asked_when_the_others_fail(void **state)
{
    struct relay_stage stage;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_CLOSES, TCP_KDC_ANSWERS, 0);
    assert_int_equal(relay_stage_ask(&stage, 'q').mark, '2');
    tcp_kdc_change(stage.kdcs[0], TCP_KDC_ANSWERS);
    tcp_kdc_change(stage.kdcs[1], TCP_KDC_CLOSES);
    struct asked asked = relay_stage_ask(&stage, 'q');
    assert_true(asked.is_mine);
    assert_int_equal(asked.mark, '1');
    assert_int_equal(stage.warnings, 2);
    assert_int_equal(stage.good_news, 1);
    relay_stage_close(&stage);
}

/* All rest for as long as the last failure took, a second at most. */
static bool is_answered_soon(struct relay_stage *stage)
{
    bool is_answered = false;
    for (int i = 0; i < 100 && !is_answered; i++) {
        is_answered = relay_stage_ask(stage, 'q').is_mine;
        if (!is_answered)
            usleep(20 * 1000);
    }
    return is_answered;
}

static void a_kdc_that_is_back_is_found_at_once(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct relay_stage stage;
    struct text sentence;
    (void)state;
    relay_stage_open(&stage, TCP_KDC_CLOSES, STAGE_NONE, 0);
    assert_int_equal(kdc_relay_standing(stage.relay, arena, &sentence), KDC_STANDING_GOOD);
    for (int i = 0; i < 5; i++)
        assert_int_equal(relay_stage_ask(&stage, 'q').length, -1);
    assert_int_equal(kdc_relay_standing(stage.relay, arena, &sentence), KDC_STANDING_NONE);
    assert_non_null(strstr(arena_copy(arena, sentence).base, "closed the connection without an answer"));
    tcp_kdc_change(stage.kdcs[0], TCP_KDC_ANSWERS);
    assert_true(is_answered_soon(&stage));
    assert_int_equal(kdc_relay_standing(stage.relay, arena, &sentence), KDC_STANDING_GOOD);
    assert_int_equal(stage.warnings, 1);
    assert_int_equal(stage.good_news, 1);
    relay_stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exchange_goes_through_as_it_is),
        cmocka_unit_test(several_exchanges_go_over_one_connection),
        cmocka_unit_test(the_largest_answer_is_handed_on),
        cmocka_unit_test(errors_are_answers_and_no_other_kdc_is_asked),
        cmocka_unit_test(a_kdc_that_is_unavailable_is_followed_by_the_next),
        cmocka_unit_test(that_a_kdc_is_unavailable_is_said_where_no_other_answers),
        cmocka_unit_test(the_second_kdc_answers_whatever_the_first_does),
        cmocka_unit_test(nobody_waits_longer_than_the_time_whatever_the_only_kdc_does),
        cmocka_unit_test(two_silent_kdcs_take_no_longer_than_one),
        cmocka_unit_test(one_that_is_left_out_is_asked_when_the_others_fail),
        cmocka_unit_test(a_kdc_that_is_back_is_found_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
