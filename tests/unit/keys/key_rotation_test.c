/* Rotation and revocation as their rows say, followed through time. */
#include <stdlib.h>
#include <string.h>

#include "key_fixture.h"
#include "ring_parts.h"
#include "signing_key_row.h"

enum { NOW = 1000000, PUBLISH = 600, LIVE = 300 };

struct stage {
    struct fixture *fixture;
    struct key_ring *ring;
    struct fixture_rows rows;
};

static void reload(struct stage *stage, int64_t now_s)
{
    assert_int_equal(key_ring_reload(stage->ring, stage->rows.rows, stage->rows.count, REVISION, now_s),
                     FAULT_NONE);
}

static struct stage begin(void **state)
{
    struct stage stage = {.fixture = fixture_of(state)};
    struct store_key first;
    stage.ring = key_ring_create(stage.fixture->sealer);
    assert_int_equal(signing_key_row_make(stage.fixture->sealer, stage.fixture->arena, ALGORITHM_ES256, NULL,
                                          NOW, NOW, &first),
                     FAULT_NONE);
    fixture_store(&stage.rows, &first, 1);
    reload(&stage, NOW);
    return stage;
}

static enum fault rotate(struct stage *stage, int64_t now_s)
{
    struct key_plan plan = {0};
    enum fault fault = key_ring_plan_rotation(stage->ring, ALGORITHM_ES256, now_s, PUBLISH, LIVE, NULL,
                                              stage->fixture->arena, &plan);
    fixture_store(&stage->rows, plan.rows, plan.count);
    reload(stage, now_s);
    return fault;
}

static enum fault revoke(struct stage *stage, struct text id, int64_t now_s)
{
    struct key_plan plan = {0};
    enum fault fault =
        key_ring_plan_revocation(stage->ring, id, now_s, PUBLISH, NULL, stage->fixture->arena, &plan);
    fixture_store(&stage->rows, plan.rows, plan.count);
    reload(stage, now_s);
    return fault;
}

/* The kid that signs at a time, in memory of the stage. */
static struct text signer_at(struct stage *stage, int64_t now_s)
{
    const struct key_snapshot *snapshot = key_ring_acquire(stage->ring);
    const struct signing_key *key = key_snapshot_signer(snapshot, ALGORITHM_ES256, now_s);
    struct text id = key == NULL ? TEXT_NONE : arena_copy(stage->fixture->arena, key->id);
    key_ring_release(stage->ring, snapshot);
    return id;
}

static bool verifies_at(struct stage *stage, struct text id, int64_t now_s)
{
    const struct key_snapshot *snapshot = key_ring_acquire(stage->ring);
    bool verifies = key_snapshot_verifier(snapshot, id, now_s) != NULL;
    key_ring_release(stage->ring, snapshot);
    return verifies;
}

static void publishes_before_use_and_retires_after_the_last_expiry(void **state)
{
    struct stage stage = begin(state);
    struct text old = signer_at(&stage, NOW);
    assert_int_equal(rotate(&stage, NOW + 10), FAULT_NONE);
    assert_int_equal(stage.rows.count, 2);
    struct text new = stage.rows.rows[1].id;
    int64_t changes_s = NOW + 10 + PUBLISH;
    assert_true(verifies_at(&stage, new, NOW + 10));
    assert_true(text_equal(signer_at(&stage, changes_s - 1), old));
    assert_true(text_equal(signer_at(&stage, changes_s), new));
    assert_true(verifies_at(&stage, old, changes_s + LIVE - 1));
    assert_false(verifies_at(&stage, old, changes_s + LIVE));
    assert_true(text_is(stage.rows.rows[0].state, "active"));
    assert_true(text_is(stage.rows.rows[1].state, "published"));
    key_ring_close(stage.ring);
}

static void rotates_again_before_the_first_rotation_is_over(void **state)
{
    struct stage stage = begin(state);
    struct text first = signer_at(&stage, NOW);
    assert_int_equal(rotate(&stage, NOW), FAULT_NONE);
    assert_int_equal(rotate(&stage, NOW + 60), FAULT_NONE);
    assert_true(text_equal(signer_at(&stage, NOW + PUBLISH - 1), first));
    assert_true(text_equal(signer_at(&stage, NOW + PUBLISH), stage.rows.rows[1].id));
    assert_true(text_equal(signer_at(&stage, NOW + PUBLISH + 60), stage.rows.rows[2].id));
    assert_true(text_equal(signer_at(&stage, INT32_MAX), stage.rows.rows[2].id));
    key_ring_close(stage.ring);
}

static void lets_a_first_key_of_an_algorithm_sign_at_once(void **state)
{
    struct stage stage = begin(state);
    struct key_plan plan = {0};
    assert_int_equal(key_ring_plan_rotation(stage.ring, ALGORITHM_ED25519, NOW, PUBLISH, LIVE, NULL,
                                            stage.fixture->arena, &plan),
                     FAULT_NONE);
    assert_int_equal(plan.count, 1);
    assert_int_equal(plan.rows[0].activate_at_s, NOW);
    assert_true(text_is(plan.rows[0].state, "active"));
    key_ring_close(stage.ring);
}

static void keeps_the_number_of_live_keys_within_bounds(void **state)
{
    struct stage stage = begin(state);
    int rotations = 0;
    while (rotations < 100 && rotate(&stage, NOW + rotations) == FAULT_NONE)
        rotations++;
    assert_int_equal(rotations, 15);
    assert_int_equal(rotate(&stage, NOW + 20), FAULT_KEY_TOO_MANY);
    assert_int_equal(rotate(&stage, NOW + PUBLISH + LIVE + 20), FAULT_NONE);
    key_ring_close(stage.ring);
}

static void takes_a_revoked_key_out_at_once_with_its_private_half(void **state)
{
    struct stage stage = begin(state);
    struct text only = signer_at(&stage, NOW);
    assert_int_equal(revoke(&stage, only, NOW + 5), FAULT_NONE);
    assert_false(verifies_at(&stage, only, NOW + 5));
    assert_true(text_is(stage.rows.rows[0].state, "revoked"));
    assert_null(stage.rows.rows[0].sealed.base);
    assert_int_equal(stage.rows.rows[0].retire_at_s, NOW + 5);
    key_ring_close(stage.ring);
}

static void makes_another_key_at_once_when_the_only_one_is_revoked(void **state)
{
    struct stage stage = begin(state);
    struct text only = signer_at(&stage, NOW);
    assert_int_equal(revoke(&stage, only, NOW + 5), FAULT_NONE);
    assert_int_equal(stage.rows.count, 2);
    assert_true(text_equal(signer_at(&stage, NOW + 5), stage.rows.rows[1].id));
    assert_false(text_equal(signer_at(&stage, NOW + 5), only));
    assert_true(text_is(stage.rows.rows[1].state, "active"));
    key_ring_close(stage.ring);
}

static void brings_the_published_key_forward_when_the_active_one_is_revoked(void **state)
{
    struct stage stage = begin(state);
    struct text old = signer_at(&stage, NOW);
    assert_int_equal(rotate(&stage, NOW), FAULT_NONE);
    assert_int_equal(revoke(&stage, old, NOW + 5), FAULT_NONE);
    assert_int_equal(stage.rows.count, 2);
    assert_true(text_equal(signer_at(&stage, NOW + 5), stage.rows.rows[1].id));
    key_ring_close(stage.ring);
}

static void publishes_another_successor_when_the_successor_is_revoked(void **state)
{
    struct stage stage = begin(state);
    struct text old = signer_at(&stage, NOW);
    assert_int_equal(rotate(&stage, NOW), FAULT_NONE);
    assert_int_equal(revoke(&stage, stage.rows.rows[1].id, NOW + 100), FAULT_NONE);
    assert_int_equal(stage.rows.count, 3);
    int64_t changes_s = NOW + 100 + PUBLISH;
    assert_true(text_equal(signer_at(&stage, changes_s - 1), old));
    assert_true(text_equal(signer_at(&stage, changes_s), stage.rows.rows[2].id));
    assert_true(verifies_at(&stage, old, changes_s + LIVE - 1));
    assert_false(verifies_at(&stage, old, changes_s + LIVE));
    key_ring_close(stage.ring);
}

static void revokes_a_retired_key_without_touching_the_others(void **state)
{
    struct stage stage = begin(state);
    struct text old = signer_at(&stage, NOW);
    assert_int_equal(rotate(&stage, NOW), FAULT_NONE);
    assert_int_equal(revoke(&stage, old, NOW + PUBLISH + 1), FAULT_NONE);
    assert_int_equal(stage.rows.count, 2);
    assert_false(verifies_at(&stage, old, NOW + PUBLISH + 1));
    assert_int_equal(stage.rows.rows[1].activate_at_s, NOW + PUBLISH);
    key_ring_close(stage.ring);
}

static void knows_no_key_that_is_not_there_or_revoked_already(void **state)
{
    struct stage stage = begin(state);
    struct text only = signer_at(&stage, NOW);
    assert_int_equal(revoke(&stage, TEXT("unknown"), NOW), FAULT_KEY_UNKNOWN);
    assert_int_equal(revoke(&stage, TEXT_NONE, NOW), FAULT_KEY_UNKNOWN);
    assert_int_equal(revoke(&stage, only, NOW), FAULT_NONE);
    assert_int_equal(revoke(&stage, only, NOW), FAULT_KEY_UNKNOWN);
    key_ring_close(stage.ring);
}

/* Whatever an operator does in whatever order, somebody signs at every moment from then on, and what was signed
 * verifies as long as it lives unless its key was revoked. */
static void always_has_a_signer_whose_tokens_outlive_it(void **state)
{
    for (unsigned seed = 1; seed <= 40; seed++) {
        struct stage stage = begin(state);
        int64_t now_s = NOW;
        for (int step = 0; step < 12; step++) {
            now_s += rand_r(&seed) % 400;
            struct text signs = signer_at(&stage, now_s);
            assert_non_null(signs.base);
            size_t victim = (size_t)rand_r(&seed) % stage.rows.count;
            enum fault fault = rand_r(&seed) % 2 == 0 ? rotate(&stage, now_s)
                                                      : revoke(&stage, stage.rows.rows[victim].id, now_s);
            assert_true(fault == FAULT_NONE || fault == FAULT_KEY_UNKNOWN);
            for (int64_t later_s = now_s; later_s < now_s + 3 * PUBLISH; later_s += 25) {
                struct text id = signer_at(&stage, later_s);
                assert_non_null(id.base);
                assert_true(verifies_at(&stage, id, later_s + LIVE - 1));
            }
        }
        key_ring_close(stage.ring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishes_before_use_and_retires_after_the_last_expiry),
        cmocka_unit_test(rotates_again_before_the_first_rotation_is_over),
        cmocka_unit_test(lets_a_first_key_of_an_algorithm_sign_at_once),
        cmocka_unit_test(keeps_the_number_of_live_keys_within_bounds),
        cmocka_unit_test(takes_a_revoked_key_out_at_once_with_its_private_half),
        cmocka_unit_test(makes_another_key_at_once_when_the_only_one_is_revoked),
        cmocka_unit_test(brings_the_published_key_forward_when_the_active_one_is_revoked),
        cmocka_unit_test(publishes_another_successor_when_the_successor_is_revoked),
        cmocka_unit_test(revokes_a_retired_key_without_touching_the_others),
        cmocka_unit_test(knows_no_key_that_is_not_there_or_revoked_already),
        cmocka_unit_test(always_has_a_signer_whose_tokens_outlive_it),
    };
    return cmocka_run_group_tests_name("keys/key_rotation", tests, fixture_begin, fixture_end);
}
