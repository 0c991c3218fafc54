/* The ring of expiries against a plain list of them: exact for short lifetimes, late by a little and never
 * early for long ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expiry_ring.h"

enum { NOW = 1795000000 };

static int64_t live_at(struct expiry_ring *ring, int64_t now_s)
{
    expiry_ring_advance(ring, now_s);
    return ring->live;
}

static void counts_a_credential_until_the_second_it_ends(void **state)
{
    (void)state;
    struct expiry_ring ring = {0};
    assert_int_equal(live_at(&ring, NOW), 0);
    expiry_ring_add(&ring, NOW + 300, NOW);
    assert_int_equal(live_at(&ring, NOW), 1);
    assert_int_equal(live_at(&ring, NOW + 299), 1);
    assert_int_equal(live_at(&ring, NOW + 300), 0);
}

static void ignores_what_has_already_ended(void **state)
{
    (void)state;
    struct expiry_ring ring = {0};
    expiry_ring_add(&ring, NOW, NOW);
    expiry_ring_add(&ring, NOW - 1, NOW);
    expiry_ring_add(&ring, INT64_MIN, NOW);
    assert_int_equal(live_at(&ring, NOW), 0);
}

static void removes_what_was_revoked_and_only_once(void **state)
{
    (void)state;
    struct expiry_ring ring = {0};
    expiry_ring_remove(&ring, NOW + 10);
    expiry_ring_add(&ring, NOW + 10, NOW);
    expiry_ring_add(&ring, NOW + 20, NOW);
    expiry_ring_remove(&ring, NOW + 10);
    expiry_ring_remove(&ring, NOW + 10);
    expiry_ring_remove(&ring, NOW + 30);
    expiry_ring_remove(&ring, NOW - 30);
    expiry_ring_remove(&ring, INT64_MAX);
    assert_int_equal(live_at(&ring, NOW), 1);
    assert_int_equal(live_at(&ring, NOW + 20), 0);
}

static void says_when_the_next_one_ends(void **state)
{
    (void)state;
    struct expiry_ring ring = {0};
    assert_int_equal(expiry_ring_next_end_s(&ring, NOW), 0);
    expiry_ring_add(&ring, NOW + 200, NOW);
    expiry_ring_add(&ring, NOW + 70, NOW);
    assert_int_equal(expiry_ring_next_end_s(&ring, NOW), 70);
    expiry_ring_advance(&ring, NOW + 100);
    assert_int_equal(expiry_ring_next_end_s(&ring, NOW + 100), 100);
}

static void survives_any_leap_of_time(void **state)
{
    (void)state;
    struct expiry_ring ring = {0};
    expiry_ring_add(&ring, NOW + 5, NOW);
    expiry_ring_add(&ring, NOW + 1000, NOW);
    assert_int_equal(live_at(&ring, NOW - 5000), 2);
    assert_int_equal(live_at(&ring, NOW + 10000000), 0);
    expiry_ring_add(&ring, NOW + 10, NOW);
    assert_int_equal(live_at(&ring, NOW), 1);
}

static void bounds_the_longest_lifetime(void **state)
{
    (void)state;
    struct expiry_ring ring = {0};
    expiry_ring_add(&ring, INT64_MAX, NOW);
    assert_int_equal(live_at(&ring, NOW + 300000000), 1);
    assert_int_equal(live_at(&ring, NOW + 320000000), 0);
}

static void goes_back_to_exact_seconds_once_it_is_empty(void **state)
{
    (void)state;
    struct expiry_ring ring = {0};
    expiry_ring_add(&ring, NOW + 86400, NOW);
    assert_true(ring.span_s > 1);
    assert_int_equal(live_at(&ring, NOW + 2 * 86400), 0);
    expiry_ring_add(&ring, NOW + 2 * 86400 + 300, NOW + 2 * 86400);
    assert_int_equal(ring.span_s, 1);
}

/* Random lifetimes of every size against the list of their ends. */
static void is_never_early_and_only_a_little_late(void **state)
{
    (void)state;
    enum { CREDENTIALS = 2000 };
    static int64_t ends[CREDENTIALS];
    struct expiry_ring ring = {0};
    uint64_t seed = 7;
    int64_t now = NOW;
    for (int i = 0; i < CREDENTIALS; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t lifetime = 1 + (int64_t)((seed >> 33) % (UINT64_C(1) << (1 + (seed >> 59) % 17)));
        ends[i] = now + lifetime;
        expiry_ring_add(&ring, ends[i], now);
        if (seed >> 62 == 0) /* some are revoked at once */
            expiry_ring_remove(&ring, ends[i]), ends[i] = 0;
        now += (int64_t)(seed >> 40) % 5;
        int64_t live = 0;
        int64_t live_or_a_little_late = 0;
        for (int j = 0; j <= i; j++) {
            live += ends[j] > now;
            live_or_a_little_late += ends[j] + 131072 / 512 > now;
        }
        int64_t counted = live_at(&ring, now);
        assert_true(counted >= live && counted <= live_or_a_little_late);
    }
    assert_int_equal(live_at(&ring, now + 200000), 0);
    for (int i = 0; i < EXPIRY_RING_SPANS; i++)
        assert_int_equal(ring.ends[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_a_credential_until_the_second_it_ends),
        cmocka_unit_test(ignores_what_has_already_ended),
        cmocka_unit_test(removes_what_was_revoked_and_only_once),
        cmocka_unit_test(says_when_the_next_one_ends),
        cmocka_unit_test(survives_any_leap_of_time),
        cmocka_unit_test(bounds_the_longest_lifetime),
        cmocka_unit_test(goes_back_to_exact_seconds_once_it_is_empty),
        cmocka_unit_test(is_never_early_and_only_a_little_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
