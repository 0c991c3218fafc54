/* What an adapter keeps: state.get, state.put and state.claim as the protocol has them, over a real store. */
#include "host_fixture.h"

static _Atomic int failed_at; /* the step that was not answered as expected, or the number of steps done */

struct exchange_step {
    const char *asked, *answered; /* parts of */
};

static const struct exchange_step *steps;

static void talks(struct peer *peer)
{
    int at = 0;
    if (!peer_begin(peer))
        return;
    for (; steps[at].asked != NULL; at++) {
        peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%d,%s}", at + 1, steps[at].asked);
        if (!peer_next(peer) || !peer_has(peer, steps[at].answered) || peer_id(peer) != at + 1) {
            print_message("step %d: %s\n", at, peer->line);
            break;
        }
    }
    failed_at = at;
    while (peer_next(peer))
        if (peer_has(peer, "\"method\":\"mint\""))
            peer_mint(peer);
}

static void talk(struct host_fixture *fixture, const struct exchange_step *all, int count)
{
    steps = all;
    failed_at = -1;
    fixture->behave = talks;
    host_configure(fixture, "timeout: 5s");
    for (int i = 0; i < 500 && failed_at == -1; i++)
        host_turn(fixture, 10);
    assert_int_equal(failed_at, count);
    assert_int_equal(fixture->killed, 0);
}

#define GET(key)         "\"method\":\"state.get\",\"params\":{\"key\":\"" key "\"}"
#define PUT(key, more)   "\"method\":\"state.put\",\"params\":{\"key\":\"" key "\"," more "}"
#define CLAIM(key, more) "\"method\":\"state.claim\",\"params\":{\"key\":\"" key "\"," more "}"

static void keeps_values_under_versions(void **state)
{
    static const struct exchange_step all[] = {
        {GET("a"), "\"result\":{\"version\":0,\"fence\":0,\"claimed_for_ms\":0}"},
        {PUT("a", "\"value\":\"c2VhbGVk\",\"expected_version\":0"), "\"result\":{\"version\":1}"},
        {GET("a"), "\"result\":{\"value\":\"c2VhbGVk\",\"version\":1,\"fence\":0,\"claimed_for_ms\":0}"},
        {PUT("a", "\"value\":\"b3RoZXI\",\"expected_version\":0"), "\"error\":{\"code\":-32010,"},
        {PUT("a", "\"value\":\"b3RoZXI\",\"expected_version\":7"), "\"data\":{\"version\":1}"},
        {PUT("a", "\"value\":\"b3RoZXI\",\"expected_version\":1"), "\"result\":{\"version\":2}"},
        {PUT("a", "\"value\":\"\",\"expected_version\":-1"), "\"result\":{\"version\":3}"},
        {GET("a"), "\"result\":{\"value\":\"\",\"version\":3"},
        {PUT("a", "\"value\":null,\"expected_version\":3"), "\"result\":{\"version\":0}"},
        {GET("a"), "\"result\":{\"version\":0,"},
        {NULL, NULL},
    };
    talk(*state, all, 10);
}

static void fences_claims(void **state)
{
    static const struct exchange_step all[] = {
        {CLAIM("k", "\"for_ms\":59000"), "\"result\":{\"fence\":1}"},
        {CLAIM("k", "\"for_ms\":59000"), "\"error\":{\"code\":-32011,"},
        {CLAIM("k", "\"for_ms\":59000"), "\"data\":{\"claimed_for_ms\":5"},
        {GET("k"), "\"fence\":1,\"claimed_for_ms\":5"},
        {PUT("k", "\"value\":\"YQ\",\"expected_version\":-1,\"fence\":1"), "\"result\":{\"version\":1}"},
        {CLAIM("k", "\"for_ms\":59000,\"fence\":1"), "\"result\":{\"fence\":1}"},
        {CLAIM("k", "\"for_ms\":0,\"fence\":1"), "\"result\":{\"fence\":1}"},
        {CLAIM("k", "\"for_ms\":1000"), "\"result\":{\"fence\":2}"},
        {PUT("k", "\"value\":\"Yg\",\"expected_version\":-1,\"fence\":1"), "\"error\":{\"code\":-32010,"},
        {NULL, NULL},
    };
    talk(*state, all, 9);
}

static void answers_params_that_are_none_and_lives_on(void **state)
{
    static const struct exchange_step all[] = {
        {"\"method\":\"state.get\"", "-32602"},
        {"\"method\":\"state.get\",\"params\":{\"key\":7}", "-32602"},
        {GET(""), "-32602"},
        {PUT("a", "\"expected_version\":0"), "-32602"},
        {PUT("a", "\"value\":\"YQ==\",\"expected_version\":0"), "-32602"},
        {PUT("a", "\"value\":7,\"expected_version\":0"), "-32602"},
        {PUT("a", "\"value\":\"YQ\""), "-32602"},
        {PUT("a", "\"value\":\"YQ\",\"expected_version\":-2"), "-32602"},
        {PUT("a", "\"value\":\"YQ\",\"expected_version\":0,\"fence\":0"), "-32602"},
        {PUT("a", "\"value\":\"YQ\",\"expected_version\":0,\"expires_at\":\"1\""), "-32602"},
        {CLAIM("a", "\"fence\":1"), "-32602"},
        {CLAIM("a", "\"for_ms\":0"), "-32602"},
        {CLAIM("a", "\"for_ms\":99999999"), "-32602"},
        {NULL, NULL},
    };
    struct host_fixture *fixture = *state;
    talk(fixture, all, 13);
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
}

/* All in one piece, so that none is answered before the last has come. */
static void asks_too_much(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    SCOPED_BUFFER much = {0};
    for (int i = 1; i <= 65; i++)
        buffer_print(&much, "{\"jsonrpc\":\"2.0\",\"id\":%d," GET("a") "}%s", i, i == 65 ? "" : "\n");
    peer_write(peer, "%.*s", TEXT_ARGUMENTS(buffer_text(&much)));
    while (peer_next(peer))
        ;
}

static void ends_one_that_asks_for_more_at_once_than_it_may(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = asks_too_much;
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "asked for more at once than it may");
    assert_int_equal(fixture->killed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up_with_store, host_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_values_under_versions),
        TEST(fences_claims),
        TEST(answers_params_that_are_none_and_lives_on),
        TEST(ends_one_that_asks_for_more_at_once_than_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
