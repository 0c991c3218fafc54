/* Who is asked first and who is left out, by a clock that the tests turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kdc_health.h"

enum { START_MS = 1000000 };

static const struct text names[] = {TEXT("a"), TEXT("b"), TEXT("c")};

static int set_up(void **state)
{
    *state = kdc_health_create(3);
    return 0;
}

static int tear_down(void **state)
{
    kdc_health_destroy(*state);
    return 0;
}

/* "abc" and how many of them are sound. */
static void assert_order(struct kdc_health *health, int64_t now_ms, const char *order, size_t sound)
{
    struct kdc_turn turn;
    assert_true(kdc_health_begin(health, now_ms, &turn));
    assert_int_equal(turn.count, 3);
    for (size_t i = 0; i < turn.count; i++)
        assert_int_equal('a' + (int)turn.kdcs[i], order[i]);
    assert_int_equal(turn.sound, sound);
    kdc_health_end(health, &turn);
}

static void let_fail(struct kdc_health *health, size_t kdc, int64_t now_ms)
{
    kdc_health_failed(health, kdc, now_ms, now_ms, "failed");
}

static void all_are_asked_as_they_are_written_at_first(void **state)
{
    assert_order(*state, START_MS, "abc", 3);
}

static void the_one_that_answered_last_is_first(void **state)
{
    assert_false(kdc_health_answered(*state, 2, START_MS));
    assert_order(*state, START_MS, "cab", 3);
    assert_false(kdc_health_answered(*state, 1, START_MS + 1));
    assert_order(*state, START_MS + 1, "bac", 3);
}

static void one_that_failed_comes_last_until_its_pause_is_over(void **state)
{
    assert_true(kdc_health_failed(*state, 0, START_MS, START_MS, "failed"));
    assert_order(*state, START_MS + 999, "bca", 2);
    assert_order(*state, START_MS + 1000, "bca", 3);
}

static void pauses_grow_to_half_a_minute(void **state)
{
    static const int64_t pauses_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
    int64_t now_ms = START_MS;
    for (size_t i = 0; i < sizeof(pauses_ms) / sizeof(pauses_ms[0]); i++) {
        assert_int_equal(kdc_health_failed(*state, 0, now_ms, now_ms, "failed"), i == 0);
        assert_order(*state, now_ms + pauses_ms[i] - 1, "bca", 2);
        now_ms += pauses_ms[i];
        assert_order(*state, now_ms, "bca", 3);
    }
    assert_true(kdc_health_answered(*state, 0, now_ms));
    assert_order(*state, now_ms, "abc", 3);
    let_fail(*state, 0, now_ms + 1);
    assert_order(*state, now_ms + 1001, "bca", 3);
}

static void of_exchanges_that_one_outage_ends_one_counts(void **state)
{
    for (int i = 0; i < 8; i++)
        kdc_health_failed(*state, 0, START_MS + i, START_MS + 2000 + i, "failed");
    assert_order(*state, START_MS + 2999, "bca", 2);
    assert_order(*state, START_MS + 3000, "bca", 3);
}

static void a_failure_that_began_before_the_last_answer_is_none(void **state)
{
    kdc_health_answered(*state, 0, START_MS + 10);
    assert_false(kdc_health_failed(*state, 0, START_MS, START_MS + 500, "failed"));
    assert_order(*state, START_MS + 500, "abc", 3);
}

static void where_all_failed_one_looks_and_the_others_do_not_wait(void **state)
{
    struct kdc_turn probe, other;
    for (size_t i = 0; i < 3; i++)
        let_fail(*state, i, START_MS);
    assert_true(kdc_health_begin(*state, START_MS + 1, &probe));
    assert_true(probe.is_probe);
    assert_int_equal(probe.count, 3);
    assert_int_equal(probe.sound, 3);
    assert_false(kdc_health_begin(*state, START_MS + 2, &other));
    assert_false(kdc_health_begin(*state, START_MS + 999, &other));
    /* The next one may look when this one has. */
    kdc_health_end(*state, &probe);
    assert_true(kdc_health_begin(*state, START_MS + 3, &probe));
    /* What the probe finds is there for all, while it is still under way. */
    kdc_health_answered(*state, 1, START_MS + 4);
    assert_order(*state, START_MS + 4, "bac", 1);
    kdc_health_end(*state, &probe);
}

static void where_all_were_silent_nobody_looks_for_as_long_and_a_second_at_most(void **state)
{
    struct kdc_turn turn;
    for (size_t i = 0; i < 3; i++)
        kdc_health_failed(*state, i, START_MS, START_MS + 300, "was silent");
    assert_false(kdc_health_begin(*state, START_MS + 599, &turn));
    assert_true(kdc_health_begin(*state, START_MS + 600, &turn));
    for (size_t i = 0; i < 3; i++)
        kdc_health_failed(*state, i, START_MS + 600, START_MS + 2600, "was silent");
    kdc_health_end(*state, &turn);
    assert_false(kdc_health_begin(*state, START_MS + 3599, &turn));
    assert_true(kdc_health_begin(*state, START_MS + 3600, &turn));
    kdc_health_end(*state, &turn);
}

static void when_the_pauses_are_over_nobody_is_turned_away(void **state)
{
    struct kdc_turn probe, other;
    for (size_t i = 0; i < 3; i++)
        let_fail(*state, i, START_MS);
    assert_true(kdc_health_begin(*state, START_MS + 1, &probe));
    assert_true(kdc_health_begin(*state, START_MS + 1000, &other));
    assert_false(other.is_probe);
    /* Whose end is not the probe's. */
    kdc_health_end(*state, &other);
    assert_false(kdc_health_begin(*state, START_MS + 2, &other));
    kdc_health_end(*state, &probe);
}

static void assert_standing(struct kdc_health *health, int64_t now_ms, enum kdc_standing standing,
                            const char *sentence)
{
    SCOPED_ARENA arena = arena_create();
    struct text said;
    assert_int_equal(kdc_health_standing(health, names, now_ms, arena, &said), standing);
    assert_string_equal(arena_copy(arena, said).base, sentence);
}

static void how_it_is_can_be_said(void **state)
{
    assert_standing(*state, START_MS, KDC_STANDING_GOOD, "no KDC is known to be out");
    kdc_health_failed(*state, 1, START_MS, START_MS, "did not answer in time");
    assert_standing(*state, START_MS + 12999, KDC_STANDING_DEGRADED,
                    "not every KDC answers: b did not answer in time (12 s ago)");
    kdc_health_failed(*state, 0, START_MS, START_MS + 10000, "could not be connected to");
    kdc_health_failed(*state, 2, START_MS, START_MS + 11000, "failed");
    assert_standing(*state, START_MS + 12000, KDC_STANDING_NONE,
                    "no KDC answers: a could not be connected to (2 s ago), b did not answer in time (12 s "
                    "ago), c failed (1 s ago)");
    kdc_health_answered(*state, 2, START_MS + 13000);
    kdc_health_answered(*state, 1, START_MS + 13000);
    assert_standing(*state, START_MS + 13000, KDC_STANDING_DEGRADED,
                    "not every KDC answers: a could not be connected to (3 s ago)");
}

static void an_old_failure_is_told_only_where_nobody_answers(void **state)
{
    int64_t later_ms = START_MS + KDC_FAILURE_TOLD_MS;
    let_fail(*state, 0, START_MS);
    assert_standing(*state, later_ms - 1, KDC_STANDING_DEGRADED, "not every KDC answers: a failed (299 s ago)");
    assert_standing(*state, later_ms, KDC_STANDING_GOOD, "no KDC is known to be out");
    let_fail(*state, 1, START_MS);
    let_fail(*state, 2, START_MS);
    assert_standing(*state, later_ms, KDC_STANDING_NONE,
                    "no KDC answers: a failed (300 s ago), b failed (300 s ago), c failed (300 s ago)");
}

static void shares_leave_something_for_the_next(void **state)
{
    (void)state;
    assert_int_equal(kdc_share_ms(2000, 2000, false), 666);
    assert_int_equal(kdc_share_ms(1334, 2000, false), 444);
    assert_int_equal(kdc_share_ms(600, 2000, false), 300);
    assert_int_equal(kdc_share_ms(200, 2000, false), 200);
    assert_int_equal(kdc_share_ms(1334, 2000, true), 1334);
    assert_int_equal(kdc_share_ms(150, 150, false), 50);
    assert_true(kdc_share_is_enough(300, 2000));
    assert_false(kdc_share_is_enough(299, 2000));
    assert_true(kdc_share_is_enough(50, 150));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(all_are_asked_as_they_are_written_at_first),
        CASE(the_one_that_answered_last_is_first),
        CASE(one_that_failed_comes_last_until_its_pause_is_over),
        CASE(pauses_grow_to_half_a_minute),
        CASE(of_exchanges_that_one_outage_ends_one_counts),
        CASE(a_failure_that_began_before_the_last_answer_is_none),
        CASE(where_all_failed_one_looks_and_the_others_do_not_wait),
        CASE(where_all_were_silent_nobody_looks_for_as_long_and_a_second_at_most),
        CASE(when_the_pauses_are_over_nobody_is_turned_away),
        CASE(how_it_is_can_be_said),
        CASE(an_old_failure_is_told_only_where_nobody_answers),
        cmocka_unit_test(shares_leave_something_for_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
