/* Lookups: who waits, for how long, and what unknown keys may cost an issuer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "key_source.h"
#include "key_stage.h"

static enum fault find_inline(struct key_source *source, const char *key_id, enum algorithm algorithm)
{
    struct flow running = {.is_running = true};
    struct key_lookup lookup = {0};
    assert_true(flow_wait_begin(&running, &lookup.wait));
    key_source_find(source, text_of(key_id), algorithm, &lookup);
    assert_int_equal(lookup.wait.state, FLOW_WAIT_READY);
    assert_int_equal(lookup.key != NULL, lookup.fault == FAULT_NONE);
    enum fault fault = lookup.fault;
    key_lookup_dispose(&lookup);
    return fault;
}

static void inline_keys_are_there_at_once(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct test_key key = test_key_make("k1");
    const struct test_key *keys[] = {&key};
    struct key_source *source = key_source_acquire(
        NULL, ISSUER_KEYS_INLINE, TEXT_NONE, test_json(arena, test_jwks(arena, keys, 1).base), ALGORITHM_RS256);
    assert_int_equal(find_inline(source, "k1", ALGORITHM_ES256), FAULT_NONE);
    assert_int_equal(find_inline(source, "k2", ALGORITHM_ES256), FAULT_TOKEN_KEY_UNKNOWN);
    assert_int_equal(find_inline(source, NULL, ALGORITHM_ES256),
                     FAULT_NONE); /* the only one of its algorithm */
    assert_int_equal(find_inline(source, NULL, ALGORITHM_RS256), FAULT_TOKEN_KEY_UNKNOWN);
    assert_int_equal(key_source_age_s(source), 0);
    key_source_release(source);
    test_key_dispose(&key);
}

static void inline_keys_that_are_none_verify_nothing(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct key_source *source = key_source_acquire(NULL, ISSUER_KEYS_INLINE, TEXT_NONE,
                                                   test_json(arena, "{\"keys\":[]}"), ALGORITHM_RS256);
    assert_int_equal(find_inline(source, "k1", ALGORITHM_ES256), FAULT_TOKEN_KEY_UNKNOWN);
    assert_int_equal(key_source_age_s(source), -1);
    key_source_release(source);
}

static struct key_stage *stage_with_k1(struct key_keeper_options options, struct key_source **source)
{
    struct key_stage *stage = key_stage_create(options);
    key_stage_publish(stage, "1");
    *source = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, *source, "k1"), FAULT_NONE);
    return stage;
}

static void release_and_destroy(struct key_stage *stage, struct key_source *source)
{
    key_source_release(source);
    key_stage_destroy(stage);
}

static void many_that_wait_for_the_first_set_share_one_fetch(void **state)
{
    (void)state;
    enum { QUESTIONS = 50 };
    struct question *questions[QUESTIONS];
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    key_stage_publish(stage, "1");
    issuer_server_delay(stage->server, 200);
    struct key_source *source = key_stage_acquire(stage);
    for (int i = 0; i < QUESTIONS; i++)
        questions[i] = key_stage_ask(stage, source, "k1");
    for (int i = 0; i < QUESTIONS; i++)
        assert_int_equal(key_stage_answer(questions[i]), FAULT_NONE);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 1);
    release_and_destroy(stage, source);
}

static void many_that_name_the_same_new_key_share_one_fetch(void **state)
{
    (void)state;
    enum { QUESTIONS = 50 };
    struct question *questions[QUESTIONS];
    struct key_source *source;
    struct key_stage *stage = stage_with_k1((struct key_keeper_options){0}, &source);
    key_stage_publish(stage, "12");
    issuer_server_delay(stage->server, 200);
    for (int i = 0; i < QUESTIONS; i++)
        questions[i] = key_stage_ask(stage, source, "k2");
    for (int i = 0; i < QUESTIONS; i++)
        assert_int_equal(key_stage_answer(questions[i]), FAULT_NONE);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 2);
    release_and_destroy(stage, source);
}

static void a_storm_of_unknown_keys_costs_the_issuer_its_budget_and_no_more(void **state)
{
    (void)state;
    enum { ROUNDS = 20, QUESTIONS = 100 };
    struct key_source *source;
    struct key_stage *stage = stage_with_k1((struct key_keeper_options){.unknown_key_interval_s = 60}, &source);
    struct question *questions[QUESTIONS];
    char key_id[32];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < QUESTIONS; i++) {
            snprintf(key_id, sizeof(key_id), "storm-%d-%d", round, i);
            questions[i] = key_stage_ask(stage, source, key_id);
        }
        for (int i = 0; i < QUESTIONS; i++)
            assert_int_equal(key_stage_answer(questions[i]), FAULT_TOKEN_KEY_UNKNOWN);
    }
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 1 + KEY_SOURCE_SAVED_FETCHES);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    release_and_destroy(stage, source);
}

static void a_budget_that_is_spent_comes_back(void **state)
{
    (void)state;
    struct key_source *source;
    struct key_stage *stage = stage_with_k1((struct key_keeper_options){.unknown_key_interval_s = 1}, &source);
    char key_id[32];
    for (int i = 0; i < 10; i++) {
        snprintf(key_id, sizeof(key_id), "x%d", i);
        assert_int_equal(key_stage_find(stage, source, key_id), FAULT_TOKEN_KEY_UNKNOWN);
    }
    key_stage_publish(stage, "12");
    int64_t end_us = clock_monotonic_us() + 5000000;
    enum fault fault;
    do
        fault = key_stage_find(stage, source, "k2");
    while (fault != FAULT_NONE && clock_monotonic_us() < end_us && usleep(20000) == 0);
    assert_int_equal(fault, FAULT_NONE);
    release_and_destroy(stage, source);
}

static void a_key_that_was_not_there_is_not_asked_for_again_at_once(void **state)
{
    (void)state;
    struct key_source *source;
    struct key_stage *stage = stage_with_k1((struct key_keeper_options){.unknown_key_interval_s = 60}, &source);
    for (int i = 0; i < 5; i++)
        assert_int_equal(key_stage_find(stage, source, "k2"), FAULT_TOKEN_KEY_UNKNOWN);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 2);
    key_stage_publish(stage, "13"); /* and does not stand in the way of another */
    assert_int_equal(key_stage_find(stage, source, "k3"), FAULT_NONE);
    release_and_destroy(stage, source);
}

static void a_key_published_while_a_fetch_is_under_way_is_still_found(void **state)
{
    (void)state;
    struct key_source *source;
    struct key_stage *stage = stage_with_k1((struct key_keeper_options){0}, &source);
    issuer_server_delay(stage->server, 300);
    struct question *early = key_stage_ask(stage, source, "nobody");
    assert_true(issuer_server_wait(stage->server, "/jwks", 2)); /* its answer is decided: without k2 */
    key_stage_publish(stage, "12");
    struct question *late = key_stage_ask(stage, source, "k2");
    assert_int_equal(key_stage_answer(early), FAULT_TOKEN_KEY_UNKNOWN);
    assert_int_equal(key_stage_answer(late), FAULT_NONE);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 3);
    release_and_destroy(stage, source);
}

static void nobody_waits_past_the_deadline(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.wait_ms = 200});
    key_stage_publish(stage, "1");
    issuer_server_delay(stage->server, 5000);
    struct key_source *source = key_stage_acquire(stage);
    int64_t began_us = clock_monotonic_us();
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_ISSUER_UNREACHABLE);
    assert_in_range(clock_monotonic_us() - began_us, 200000, 2000000);
    release_and_destroy(stage, source);
}

static void one_too_many_does_not_wait(void **state)
{
    (void)state;
    static struct question *questions[KEY_SOURCE_WAITING_MAX];
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.wait_ms = 1500});
    key_stage_publish(stage, "1");
    issuer_server_delay(stage->server, 5000);
    struct key_source *source = key_stage_acquire(stage);
    for (int i = 0; i < KEY_SOURCE_WAITING_MAX; i++)
        questions[i] = key_stage_ask(stage, source, "k1");
    int64_t began_us = clock_monotonic_us();
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_ISSUER_UNREACHABLE);
    assert_in_range(clock_monotonic_us() - began_us, 0, 1000000);
    for (int i = 0; i < KEY_SOURCE_WAITING_MAX; i++)
        assert_int_equal(key_stage_answer(questions[i]), FAULT_ISSUER_UNREACHABLE);
    release_and_destroy(stage, source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inline_keys_are_there_at_once),
        cmocka_unit_test(inline_keys_that_are_none_verify_nothing),
        cmocka_unit_test(many_that_wait_for_the_first_set_share_one_fetch),
        cmocka_unit_test(many_that_name_the_same_new_key_share_one_fetch),
        cmocka_unit_test(a_storm_of_unknown_keys_costs_the_issuer_its_budget_and_no_more),
        cmocka_unit_test(a_budget_that_is_spent_comes_back),
        cmocka_unit_test(a_key_that_was_not_there_is_not_asked_for_again_at_once),
        cmocka_unit_test(a_key_published_while_a_fetch_is_under_way_is_still_found),
        cmocka_unit_test(nobody_waits_past_the_deadline),
        cmocka_unit_test(one_too_many_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
