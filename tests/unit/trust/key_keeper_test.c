/* Sources across worlds: found again, kept while held, dropped when nobody holds them, and the end of the
 * keeper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "key_stage.h"

static void the_same_configuration_is_the_same_source(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    key_stage_publish(stage, "1");
    struct text url = text_of(stage->jwks_uri);
    struct key_source *first = key_stage_acquire(stage), *again = key_stage_acquire(stage);
    struct key_source *other_algorithm =
        key_source_acquire(stage->keeper, ISSUER_KEYS_JWKS_URI, url, NULL, ALGORITHM_PS256);
    struct key_source *other_kind =
        key_source_acquire(stage->keeper, ISSUER_KEYS_DISCOVERY, url, NULL, ALGORITHM_RS256);
    assert_ptr_equal(first, again);
    assert_ptr_not_equal(first, other_algorithm);
    assert_ptr_not_equal(first, other_kind);
    key_source_release(first);
    key_source_release(again);
    key_source_release(other_algorithm);
    key_source_release(other_kind);
    key_stage_destroy(stage);
}

static void a_reload_keeps_a_good_set(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    key_stage_publish(stage, "1");
    struct key_source *before = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, before, "k1"), FAULT_NONE);
    issuer_server_answer(stage->server, "/jwks", 500, "", TEXT(""));
    key_source_release(before);
    struct key_source *after = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, after, "k1"), FAULT_NONE);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 1);
    key_source_release(after);
    key_stage_destroy(stage);
}

static void a_source_nobody_holds_is_not_fetched_any_more(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.refresh_s = 1});
    key_stage_publish(stage, "1");
    struct key_source *source = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    key_source_release(source);
    usleep(1500000);
    int count = issuer_server_count(stage->server, "/jwks");
    assert_in_range(count, 1, 2); /* one may have been under way */
    usleep(1200000);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), count);
    key_stage_destroy(stage);
}

static void has_no_age_before_the_first_set(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    issuer_server_delay(stage->server, 5000);
    struct key_source *source = key_stage_acquire(stage);
    assert_int_equal(key_source_age_s(source), -1);
    key_source_release(source);
    key_stage_destroy(stage);
}

static void the_keepers_end_ends_the_waiting_and_leaves_held_sources_readable(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.wait_ms = 60000});
    key_stage_publish(stage, "1");
    struct key_source *source = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    issuer_server_delay(stage->server, 60000);
    struct question *question = key_stage_ask(stage, source, "k2");
    assert_true(issuer_server_wait(stage->server, "/jwks", 2));
    key_stage_end_keeper(stage);
    assert_int_equal(key_stage_answer(question), FAULT_ISSUER_UNREACHABLE);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    assert_int_equal(key_stage_find(stage, source, "k3"), FAULT_TOKEN_KEY_UNKNOWN);
    key_source_release(source);
    key_stage_destroy(stage);
}

static void a_wish_that_arrives_after_the_keepers_end_is_harmless(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct loop *loop = loop_create();
    struct key_keeper_options options = {0};
    size_t bad;
    assert_int_equal(address_guard_create(arena, NULL, 0, &options.guard, &bad), FAULT_NONE);
    struct key_keeper *keeper = key_keeper_create(loop, &options);
    struct key_source *source = key_source_acquire(keeper, ISSUER_KEYS_JWKS_URI,
                                                   TEXT("https://idp.example/jwks"), NULL, ALGORITHM_RS256);
    key_source_release(source);
    key_keeper_destroy(keeper);
    struct lane lane = {.loop = loop};
    lane_start(&lane); /* runs what was posted */
    lane_finish(&lane);
    loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_configuration_is_the_same_source),
        cmocka_unit_test(a_reload_keeps_a_good_set),
        cmocka_unit_test(a_source_nobody_holds_is_not_fetched_any_more),
        cmocka_unit_test(has_no_age_before_the_first_set),
        cmocka_unit_test(the_keepers_end_ends_the_waiting_and_leaves_held_sources_readable),
        cmocka_unit_test(a_wish_that_arrives_after_the_keepers_end_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
