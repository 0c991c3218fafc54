/* Documents that are tried before they are applied: what works, what does not and why, and that nothing of it
 * is left running. */
#include "host_fixture.h"

struct trier {
    struct flow flow; /* first */
    struct host_fixture *fixture;
    struct adapter_trial trial;
};

static enum flow_step_result try(struct flow *flow)
{
    struct trier *trier = (struct trier *)flow;
    FLOW_AWAIT(flow, &trier->trial.wait, adapter_host_try(trier->fixture->host, &trier->trial));
    return FLOW_NEXT;
}

static struct adapter_trial run_trial(struct host_fixture *fixture)
{
    static const struct flow_step steps[] = {FLOW_STEP(try), FLOW_STEP_LAST};
    struct documents documents;
    documents_init(&documents, fixture->arena);
    documents_read(&documents, TEXT("test"),
                   TEXT("kind: Adapter\nmetadata: {name: acme}\nspec:\n  program: acme\n  sha256: "
                        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"));
    assert_int_equal(documents.count, 1);
    struct trier trier = {.fixture = fixture,
                          .trial = {.arena = fixture->arena, .document = documents.items[0]}};
    host_run_flow(fixture, &trier.flow, steps);
    return trier.trial;
}

static void is_good(struct peer *peer)
{
    if (peer_begin(peer))
        while (peer_next(peer))
            ;
}

static void finds_what_works_good_and_leaves_nothing_running(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = is_good;
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "running");
    assert_int_equal(run_trial(fixture).fault, FAULT_NONE);
    assert_string_equal(fixture->peers[1]->name, "~acme");
    assert_int_equal(fixture->stopped, 1);
    assert_null(strstr(host_describe(fixture).base, "~acme"));
    assert_non_null(strstr(host_describe(fixture).base, "\"state\":\"running\",\"instance\":1"));
    assert_int_equal(run_trial(fixture).fault, FAULT_NONE); /* and again */
}

static void says_why_it_cannot_be_started(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->refusal = "expected sha256 9f86, found 60303a";
    struct adapter_trial trial = run_trial(fixture);
    assert_int_equal(trial.fault, FAULT_DOCUMENT_INVALID);
    assert_true(text_is(trial.detail, "expected sha256 9f86, found 60303a"));
    assert_int_equal(fixture->stopped, 1);
}

static void is_bad(struct peer *peer)
{
    if (peer_begin(peer) && peer_read(peer) && peer_has(peer, "\"method\":\"health\""))
        peer_write(
            peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"status\":\"bad\",\"message\":\"no vendor\"}}",
            peer_id(peer));
    (void)peer_next(peer);
}

static void says_why_it_is_not_well(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = is_bad;
    struct adapter_trial trial = run_trial(fixture);
    assert_int_equal(trial.fault, FAULT_DOCUMENT_INVALID);
    assert_true(text_is(trial.detail, "no vendor"));
}

static void ends_at_once(struct peer *peer)
{
    (void)peer;
}

static void says_that_it_ends_at_once(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = ends_at_once;
    struct adapter_trial trial = run_trial(fixture);
    assert_int_equal(trial.fault, FAULT_DOCUMENT_INVALID);
    assert_true(text_is(trial.detail, "closed its socket"));
    fixture->behave = is_good;
    fixture->manifest = "{}";
    assert_non_null(strstr(run_trial(fixture).detail.base, "it has no manifest"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_what_works_good_and_leaves_nothing_running),
        TEST(says_why_it_cannot_be_started),
        TEST(says_why_it_is_not_well),
        TEST(says_that_it_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
