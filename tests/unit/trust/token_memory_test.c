/* The memory of checked signatures: the table itself, and what a remembered token is refused for all the same.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/metrics.h"
#include "token_memory.h"
#include "verification_stage.h"

static void fill(unsigned char digest[DIGEST_SIZE], uint32_t number)
{
    digest_sha256((struct text){(const char *)&number, sizeof(number)}, digest);
}

/* --- the table --- */

static void knows_what_it_was_told_and_nothing_that_differs_in_one_bit(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SIZE];
    fill(digest, 1);
    token_memory_add(8, digest, 7);
    assert_true(token_memory_has(8, digest, 7));
    for (int bit = 0; bit < 8 * DIGEST_SIZE; bit++) {
        unsigned char other[DIGEST_SIZE];
        memcpy(other, digest, DIGEST_SIZE);
        other[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_false(token_memory_has(8, other, 7));
    }
    assert_true(token_memory_has(8, digest, 7));
}

static void keeps_the_keys_apart(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SIZE];
    fill(digest, 2);
    token_memory_add(8, digest, 7);
    assert_false(token_memory_has(8, digest, 8));
    assert_false(token_memory_has(8, digest, 0));
}

static void remembers_nothing_for_a_key_without_a_serial(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SIZE];
    fill(digest, 3);
    token_memory_add(8, digest, 0);
    assert_false(token_memory_has(8, digest, 0));
}

static size_t count_known(size_t capacity, uint32_t numbers)
{
    size_t known = 0;
    for (uint32_t number = 0; number < numbers; number++) {
        unsigned char digest[DIGEST_SIZE];
        fill(digest, number);
        known += token_memory_has(capacity, digest, 1);
    }
    return known;
}

static void holds_no_more_than_it_may_and_no_less(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < 10000; number++) {
        unsigned char digest[DIGEST_SIZE];
        fill(digest, number);
        token_memory_add(100, digest, 1);
    }
    assert_int_equal(count_known(100, 10000), 100);
}

static void pushes_out_what_was_asked_for_longest_ago(void **state)
{
    (void)state;
    unsigned char digests[5][DIGEST_SIZE];
    for (uint32_t i = 0; i < 5; i++)
        fill(digests[i], i);
    token_memory_add(0, digests[0], 1); /* begins anew: one set of four */
    for (int i = 0; i < 4; i++)
        token_memory_add(4, digests[i], 1);
    assert_true(token_memory_has(4, digests[0], 1));
    token_memory_add(4, digests[4], 1);
    assert_true(token_memory_has(4, digests[0], 1));
    assert_false(token_memory_has(4, digests[1], 1));
    assert_true(token_memory_has(4, digests[4], 1));
}

static void remembers_nothing_without_room_and_forgets_when_the_room_changes(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SIZE];
    fill(digest, 4);
    token_memory_add(8, digest, 1);
    assert_false(token_memory_has(0, digest, 1));
    token_memory_add(0, digest, 1);
    assert_false(token_memory_has(0, digest, 1));
    assert_false(token_memory_has(8, digest, 1));
}

static void *ask_elsewhere(void *digest)
{
    return token_memory_has(8, digest, 1) ? digest : NULL;
}

static void each_thread_has_its_own(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SIZE];
    pthread_t thread;
    void *found = digest;
    fill(digest, 5);
    token_memory_add(8, digest, 1);
    assert_int_equal(pthread_create(&thread, NULL, ask_elsewhere, digest), 0);
    assert_int_equal(pthread_join(thread, &found), 0);
    assert_null(found);
    assert_true(token_memory_has(8, digest, 1));
}

/* --- what a remembered token is refused for --- */

static struct text good_token(struct stage *stage)
{
    return stage_token(stage, &stage_ways[0], NULL, NULL);
}

static enum fault verify(struct stage *stage, struct text token)
{
    struct verification verification;
    return stage_verify(stage, &stage_ways[0], token, &verification);
}

/* Verifies the token and counts how often its signature did not have to be checked. */
static int64_t saved_by(struct stage *stage, struct text token, enum fault expected)
{
    int64_t before = metric_read(METRIC_TOKENS_REMEMBERED);
    assert_int_equal(verify(stage, token), expected);
    return metric_read(METRIC_TOKENS_REMEMBERED) - before;
}

static struct text remembered_token(struct stage *stage)
{
    struct text token = good_token(stage);
    assert_int_equal(saved_by(stage, token, FAULT_NONE), 0);
    assert_int_equal(saved_by(stage, token, FAULT_NONE), 1);
    return token;
}

static struct key_source *source_of(struct stage *stage, const struct test_key *key)
{
    const struct json_value *jwks = test_json(stage->arena, test_jwks(stage->arena, &key, 1).base);
    return key_source_acquire(NULL, ISSUER_KEYS_INLINE, TEXT_NONE, jwks, ALGORITHM_RS256);
}

/* Runs one verification with other keys behind the issuer. */
static void expect_with_keys(struct stage *stage, const struct test_key *key, struct text token,
                             enum fault expected, int64_t saved)
{
    struct key_source *before = stage->issuers[0].keys;
    stage->issuers[0].keys = source_of(stage, key);
    assert_int_equal(saved_by(stage, token, expected), saved);
    key_source_release(stage->issuers[0].keys);
    stage->issuers[0].keys = before;
}

static void a_token_whose_key_was_removed_is_refused_though_remembered(void **state)
{
    struct text token = remembered_token(*state);
    struct stage *stage = *state;
    expect_with_keys(stage, &stage->idp_second, token, FAULT_TOKEN_KEY_UNKNOWN, 0);
}

/* other has the same kid and is another key. */
static void a_token_whose_kid_is_another_key_now_is_refused_though_remembered(void **state)
{
    struct text token = remembered_token(*state);
    struct stage *stage = *state;
    expect_with_keys(stage, &stage->other, token, FAULT_TOKEN_SIGNATURE, 0);
}

static void a_key_that_was_read_anew_vouches_for_nothing_it_vouched_for_before(void **state)
{
    struct text token = remembered_token(*state);
    struct stage *stage = *state;
    expect_with_keys(stage, &stage->idp, token, FAULT_NONE, 0);
}

static void a_token_that_differs_in_one_byte_is_refused_though_its_like_is_remembered(void **state)
{
    struct text token = remembered_token(*state);
    char *changed = arena_allocate(((struct stage *)*state)->arena, token.length + 1);
    for (size_t i = 0; i < token.length; i++) {
        memcpy(changed, token.base, token.length);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        int64_t before = metric_read(METRIC_TOKENS_REMEMBERED);
        assert_int_not_equal(verify(*state, (struct text){changed, token.length}), FAULT_NONE);
        assert_int_equal(metric_read(METRIC_TOKENS_REMEMBERED) - before, 0);
    }
    assert_int_not_equal(verify(*state, (struct text){token.base, token.length - 1}), FAULT_NONE);
}

static void a_token_past_its_time_is_refused_though_remembered(void **state)
{
    struct text token = remembered_token(*state);
    struct stage *stage = *state;
    struct verification verification;
    struct verification_rules rules = stage_rules(stage, &stage_ways[0]);
    rules.now_s = STAGE_NOW_S + 240 + 30;
    assert_int_equal(stage_verify_by(stage, &rules, token, &verification), FAULT_TOKEN_EXPIRED);
}

static void a_token_for_another_audience_is_refused_though_remembered(void **state)
{
    static const struct text elsewhere[] = {TEXT("https://elsewhere.example")};
    struct text token = remembered_token(*state);
    struct stage *stage = *state;
    struct verification verification;
    struct verification_rules rules = stage_rules(stage, &stage_ways[0]);
    rules.audiences = elsewhere;
    rules.audience_count = 1;
    assert_int_equal(stage_verify_by(stage, &rules, token, &verification), FAULT_TOKEN_AUDIENCE);
}

static void a_token_of_an_issuer_whose_document_changed_is_refused_though_remembered(void **state)
{
    struct text token = remembered_token(*state);
    struct stage *stage = *state;
    stage->documents[0].issuer.is_enabled = false;
    assert_int_equal(verify(stage, token), FAULT_TOKEN_ISSUER_DISABLED);
    stage->documents[0].issuer.is_enabled = true;
    unsigned allowed = stage->issuers[0].algorithms;
    stage->issuers[0].algorithms = 1u << ALGORITHM_RS256;
    assert_int_equal(verify(stage, token), FAULT_TOKEN_ALGORITHM);
    stage->issuers[0].algorithms = allowed;
    stage->documents[0].issuer.maximum_age_s = 10;
    assert_int_equal(verify(stage, token), FAULT_TOKEN_TOO_OLD);
    stage->documents[0].issuer.maximum_age_s = 3600;
}

static void a_token_that_was_refused_is_not_remembered(void **state)
{
    struct stage *stage = *state;
    const struct test_claim late[] = {{"exp", "1799990000"}, {"jti", "\"J9\""}, {NULL, NULL}};
    struct text expired = stage_token(stage, &stage_ways[0], NULL, late);
    assert_int_equal(saved_by(stage, expired, FAULT_TOKEN_EXPIRED), 0);
    assert_int_equal(saved_by(stage, expired, FAULT_TOKEN_EXPIRED), 0);
    struct text forged = stage_token_signed_by(stage, &stage->other, &stage_ways[0], NULL, NULL);
    assert_int_equal(saved_by(stage, forged, FAULT_TOKEN_SIGNATURE), 0);
    assert_int_equal(saved_by(stage, forged, FAULT_TOKEN_SIGNATURE), 0);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_create, stage_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_it_was_told_and_nothing_that_differs_in_one_bit),
        cmocka_unit_test(keeps_the_keys_apart),
        cmocka_unit_test(remembers_nothing_for_a_key_without_a_serial),
        cmocka_unit_test(holds_no_more_than_it_may_and_no_less),
        cmocka_unit_test(pushes_out_what_was_asked_for_longest_ago),
        cmocka_unit_test(remembers_nothing_without_room_and_forgets_when_the_room_changes),
        cmocka_unit_test(each_thread_has_its_own),
        ON_STAGE(a_token_whose_key_was_removed_is_refused_though_remembered),
        ON_STAGE(a_token_whose_kid_is_another_key_now_is_refused_though_remembered),
        ON_STAGE(a_key_that_was_read_anew_vouches_for_nothing_it_vouched_for_before),
        ON_STAGE(a_token_that_differs_in_one_byte_is_refused_though_its_like_is_remembered),
        ON_STAGE(a_token_past_its_time_is_refused_though_remembered),
        ON_STAGE(a_token_for_another_audience_is_refused_though_remembered),
        ON_STAGE(a_token_of_an_issuer_whose_document_changed_is_refused_though_remembered),
        ON_STAGE(a_token_that_was_refused_is_not_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
