/* What the network may answer, over real HTTP: good sets arrive, rotate and move; nothing else ever takes one
 * away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "key_stage.h"
#include "runtime/metrics.h"

static void metadata(struct key_stage *stage, const char *path, const char *issuer, const char *jwks_path)
{
    const char *url = issuer_server_url(stage->server);
    issuer_server_answer(
        stage->server, path, 200, "content-type: application/json\r\n",
        arena_print(stage->arena, "{\"issuer\":\"%s%s\",\"jwks_uri\":\"%s%s\"}", url, issuer, url, jwks_path));
}

static struct key_source *discover(struct key_stage *stage, const char *path)
{
    struct text issuer = arena_print(stage->arena, "%s%s", issuer_server_url(stage->server), path);
    return key_source_acquire(stage->keeper, ISSUER_KEYS_DISCOVERY, issuer, NULL, ALGORITHM_RS256);
}

static void release_and_destroy(struct key_stage *stage, struct key_source *source)
{
    key_source_release(source);
    key_stage_destroy(stage);
}

static void fetches_from_a_jwks_uri(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    int64_t before = metric_read(METRIC_KEY_REFRESHES);
    key_stage_publish(stage, "1");
    struct key_source *source = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    assert_int_equal(metric_read(METRIC_KEY_REFRESHES), before + 1);
    assert_int_equal(key_source_age_s(source), 0);
    release_and_destroy(stage, source);
}

static void discovers_by_openid_configuration(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    key_stage_publish(stage, "1");
    metadata(stage, "/realms/corp/.well-known/openid-configuration", "/realms/corp", "/jwks");
    struct key_source *source = discover(stage, "/realms/corp");
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    release_and_destroy(stage, source);
}

static void discovers_by_oauth_metadata_where_there_is_no_openid_configuration(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    key_stage_publish(stage, "1");
    issuer_server_answer(stage->server, "/realms/corp/.well-known/openid-configuration", 404, "", TEXT("no"));
    metadata(stage, "/.well-known/oauth-authorization-server/realms/corp", "/realms/corp", "/jwks");
    struct key_source *source = discover(stage, "/realms/corp");
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    release_and_destroy(stage, source);
}

static void metadata_of_another_issuer_leads_nowhere(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.wait_ms = 500});
    int64_t before = metric_read(METRIC_KEY_REFRESH_FAILURES);
    key_stage_publish(stage, "1");
    metadata(stage, "/.well-known/openid-configuration", "/", "/jwks"); /* a slash too many */
    metadata(stage, "/.well-known/oauth-authorization-server", "/other", "/jwks");
    struct key_source *source = discover(stage, "");
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_ISSUER_UNREACHABLE);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 0);
    assert_int_equal(key_source_age_s(source), -1);
    assert_true(metric_read(METRIC_KEY_REFRESH_FAILURES) > before);
    release_and_destroy(stage, source);
}

static void metadata_is_not_followed_elsewhere(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.wait_ms = 500});
    key_stage_publish(stage, "1");
    issuer_server_answer(stage->server, "/.well-known/openid-configuration", 302, "location: /elsewhere\r\n",
                         TEXT(""));
    metadata(stage, "/elsewhere", "", "/jwks");
    struct key_source *source = discover(stage, "");
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_ISSUER_UNREACHABLE);
    assert_int_equal(issuer_server_count(stage->server, "/elsewhere"), 0);
    release_and_destroy(stage, source);
}

static void a_private_address_is_not_fetched_from(void **state)
{
    (void)state;
    struct arena *arena = arena_create();
    struct key_keeper_options options = {.wait_ms = 500};
    size_t bad;
    assert_int_equal(address_guard_create(arena, NULL, 0, &options.guard, &bad), FAULT_NONE);
    struct key_stage *stage = key_stage_create(options);
    key_stage_publish(stage, "1");
    struct key_source *source = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_ISSUER_UNREACHABLE);
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 0);
    release_and_destroy(stage, source);
    arena_destroy(arena);
}

struct bad_answer {
    const char *name;
    int status;
    const char *headers;
    const char *body; /* NULL: a good set, with another key */
    size_t padding;
};

static void publish_bad(struct key_stage *stage, const struct bad_answer *bad)
{
    const struct test_key *other = &stage->keys[1];
    struct text body = bad->body != NULL ? text_of(bad->body) : test_jwks(stage->arena, &other, 1);
    if (bad->padding != 0) {
        char *large = arena_allocate(stage->arena, bad->padding);
        memset(large, ' ', bad->padding);
        memcpy(large, body.base, body.length);
        body = (struct text){large, bad->padding};
    }
    issuer_server_answer(stage->server, "/jwks", bad->status, bad->headers, body);
}

#define POINT "\"x\":\"AAAA\",\"y\":\"AAAA\""

static void a_bad_answer_never_takes_a_good_set_away(void **state)
{
    (void)state;
    static const struct bad_answer answers[] = {
        {"garbage", 200, "", "<html>maintenance</html>", 0},
        {"empty", 200, "", "", 0},
        {"no keys", 200, "", "{\"keys\":[]}", 0},
        {"not a set", 200, "", "[]", 0},
        {"nothing usable", 200, "", "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k1\"," POINT "}]}",
         0},
        {"only symmetric keys", 200, "", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", 0},
        {"doubled kid", 200, "",
         "{\"keys\":[{\"kid\":\"k1\",\"kty\":\"oct\"},{\"kid\":\"k1\",\"kty\":\"oct\"}]}", 0},
        {"larger than asked for", 200, "", NULL, 600 * 1024},
        {"ten megabytes", 200, "", NULL, 10 * 1024 * 1024},
        {"redirect", 302, "location: /elsewhere\r\n", NULL, 0},
        {"error", 500, "", NULL, 0},
        {"partial", 206, "", NULL, 0},
        {"no content", 204, "", "", 0},
        {"gone", 404, "", NULL, 0},
        {"connection closed", 0, "", "", 0},
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
        key_stage_publish(stage, "1");
        struct key_source *source = key_stage_acquire(stage);
        assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
        const struct test_key *elsewhere = &stage->keys[1];
        issuer_server_answer(stage->server, "/elsewhere", 200, "", test_jwks(stage->arena, &elsewhere, 1));
        publish_bad(stage, &answers[i]);
        enum fault missing = key_stage_find(stage, source, "k2");
        if (missing != FAULT_ISSUER_UNREACHABLE || issuer_server_count(stage->server, "/jwks") != 2)
            fail_msg("%s: got %s", answers[i].name, fault_row(missing)->reason);
        assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
        assert_int_equal(issuer_server_count(stage->server, "/elsewhere"), 0);
        release_and_destroy(stage, source);
    }
}

static void a_rotated_key_is_found_by_the_first_token_that_names_it(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){0});
    key_stage_publish(stage, "1");
    struct key_source *source = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    key_stage_publish(stage, "12");
    assert_int_equal(key_stage_find(stage, source, "k2"), FAULT_NONE);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE); /* rotated with overlap */
    key_stage_publish(stage, "23");
    assert_int_equal(key_stage_find(stage, source, "k3"), FAULT_NONE);              /* twice in a row */
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_TOKEN_KEY_UNKNOWN); /* what is gone is gone */
    release_and_destroy(stage, source);
}

static void refreshes_in_the_background_and_follows_a_jwks_uri_that_moves(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.refresh_s = 1});
    key_stage_publish(stage, "1");
    metadata(stage, "/.well-known/openid-configuration", "", "/jwks");
    struct key_source *source = discover(stage, "");
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    const struct test_key *moved = &stage->keys[1];
    issuer_server_answer(stage->server, "/moved", 200, "", test_jwks(stage->arena, &moved, 1));
    metadata(stage, "/.well-known/openid-configuration", "", "/moved");
    assert_true(
        issuer_server_wait(stage->server, "/moved", 2)); /* the second comes after the first has arrived */
    int asked = issuer_server_count(stage->server, "/.well-known/openid-configuration");
    assert_int_equal(key_stage_find(stage, source, "k2"), FAULT_NONE);
    assert_in_range(issuer_server_count(stage->server, "/.well-known/openid-configuration"), asked, asked + 1);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_TOKEN_KEY_UNKNOWN);
    release_and_destroy(stage, source);
}

static void an_answers_max_age_is_believed_within_bounds(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.refresh_s = 1});
    const struct test_key *key = &stage->keys[0];
    issuer_server_answer(stage->server, "/jwks", 200, "cache-control: max-age=0\r\n",
                         test_jwks(stage->arena, &key, 1));
    struct key_source *source = key_stage_acquire(stage);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_NONE);
    usleep(1500000); /* refresh_s would have asked again, max-age=0 in a loop; a minute is the least */
    assert_int_equal(issuer_server_count(stage->server, "/jwks"), 1);
    release_and_destroy(stage, source);
}

static void an_issuer_that_comes_up_late_is_asked_again(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.wait_ms = 5000});
    issuer_server_answer(stage->server, "/jwks", 0, "", TEXT(""));
    struct key_source *source = key_stage_acquire(stage);
    assert_true(issuer_server_wait(stage->server, "/jwks", 1));
    struct question *question = key_stage_ask(stage, source, "k1");
    key_stage_publish(stage, "1");
    assert_int_equal(key_stage_answer(question), FAULT_NONE);
    release_and_destroy(stage, source);
}

static void a_set_that_is_too_old_is_not_used(void **state)
{
    (void)state;
    struct key_stage *stage = key_stage_create((struct key_keeper_options){.stale_limit_s = 1, .wait_ms = 100});
    key_stage_publish(stage, "1");
    struct key_source *source = key_stage_acquire(stage);
    while (key_stage_find(stage, source, "k1") != FAULT_NONE)
        ; /* the deadline is short */
    issuer_server_answer(stage->server, "/jwks", 500, "", TEXT(""));
    usleep(1100000);
    assert_int_equal(key_stage_find(stage, source, "k1"), FAULT_ISSUER_UNREACHABLE);
    key_stage_publish(stage, "1");
    int64_t end_us = clock_monotonic_us() + 5000000;
    enum fault fault;
    do
        fault = key_stage_find(stage, source, "k1");
    while (fault != FAULT_NONE && clock_monotonic_us() < end_us && usleep(20000) == 0);
    assert_int_equal(fault, FAULT_NONE);
    release_and_destroy(stage, source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches_from_a_jwks_uri),
        cmocka_unit_test(discovers_by_openid_configuration),
        cmocka_unit_test(discovers_by_oauth_metadata_where_there_is_no_openid_configuration),
        cmocka_unit_test(metadata_of_another_issuer_leads_nowhere),
        cmocka_unit_test(metadata_is_not_followed_elsewhere),
        cmocka_unit_test(a_private_address_is_not_fetched_from),
        cmocka_unit_test(a_bad_answer_never_takes_a_good_set_away),
        cmocka_unit_test(a_rotated_key_is_found_by_the_first_token_that_names_it),
        cmocka_unit_test(refreshes_in_the_background_and_follows_a_jwks_uri_that_moves),
        cmocka_unit_test(an_answers_max_age_is_believed_within_bounds),
        cmocka_unit_test(an_issuer_that_comes_up_late_is_asked_again),
        cmocka_unit_test(a_set_that_is_too_old_is_not_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
