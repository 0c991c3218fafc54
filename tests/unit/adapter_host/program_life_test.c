/* Starts, ends, refusals, manifests and health: what callers are told meanwhile, and what is asked of whoever
 * starts programs. */
#include "host_fixture.h"
#include "program.h"

static struct asker *mint_and_wait(struct host_fixture *fixture)
{
    struct asker *asker = host_mint(fixture, 1, NULL);
    host_wait(fixture);
    return asker;
}

static void begins_again_with_one_that_was_started_again(void **state)
{
    struct host_fixture *fixture = *state;
    host_configure(fixture, "timeout: 5s");
    assert_int_equal(mint_and_wait(fixture)->minting.fault, FAULT_NONE);
    adapter_host_note_ended(fixture->host, TEXT("acme"), 1, 7000, TEXT("exited with status 3"));
    host_await(fixture, "\"state\":\"ended\"");
    struct asker *asker = mint_and_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_in_range(asker->minting.retry_after_s, 6, 8);
    assert_non_null(strstr(host_describe(fixture).base, "exited with status 3"));
    host_start(fixture);
    host_await(fixture, "running");
    assert_int_equal(mint_and_wait(fixture)->minting.fault, FAULT_NONE);
    assert_non_null(strstr(host_describe(fixture).base, "\"restarts\":1"));
}

static void refuses_at_once_what_cannot_be_started_and_says_why(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->refusal = "the file acme has another hash";
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "\"state\":\"refused\"");
    struct asker *asker = mint_and_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_int_equal(asker->minting.retry_after_s, 30);
    assert_true(asker->took_ms < 1000);
    assert_non_null(strstr(host_describe(fixture).base, "the file acme has another hash"));
}

static void starts_what_a_document_changed_and_stops_what_has_none(void **state)
{
    struct host_fixture *fixture = *state;
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "running");
    host_configure(fixture, "timeout: 5s");
    host_turn(fixture, 50);
    assert_int_equal(fixture->started, 1);
    host_configure(fixture, "timeout: 6s");
    host_await(fixture, "\"instance\":2");
    assert_int_equal(fixture->started, 2);
    assert_non_null(strstr(fixture->last_document, "\"timeout\":\"6s\""));
    assert_int_equal(mint_and_wait(fixture)->minting.fault, FAULT_NONE);
    adapter_host_note_ended(fixture->host, TEXT("acme"), 1, -1, TEXT("was replaced")); /* of the one before */
    assert_int_equal(mint_and_wait(fixture)->minting.fault, FAULT_NONE);
    host_configure(fixture, NULL);
    host_await(fixture, "[]");
    assert_int_equal(fixture->stopped, 1);
    assert_int_equal(mint_and_wait(fixture)->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_int_equal(fixture->killed, 0);
}

/* It ended by itself a moment before, and came back as it was. */
static void asks_nothing_of_one_that_was_started_by_the_document_of_before(void **state)
{
    struct host_fixture *fixture = *state;
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "running");
    fixture->is_slow_to_hear = true;
    host_configure(fixture, "timeout: 6s");
    host_turn(fixture, 50);
    assert_int_equal(fixture->started, 2);
    assert_non_null(strstr(host_describe(fixture).base, "\"state\":\"starting\""));
    adapter_host_note_ended(fixture->host, TEXT("acme"), 2, 100, TEXT("nobody wants it"));
    struct asker *asker = host_mint(fixture, 1, NULL); /* waits */
    fixture->is_slow_to_hear = false;
    host_start(fixture);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_non_null(strstr(host_describe(fixture).base, "\"instance\":3"));
    assert_int_equal(fixture->killed, 0);
}

static void is_refused_for(struct host_fixture *fixture, const char *manifest, const char *reason)
{
    fixture->manifest = manifest;
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, reason);
    assert_non_null(strstr(host_describe(fixture).base, "\"state\":\"refused\""));
    assert_int_equal(fixture->stopped, 1);
    assert_int_equal(mint_and_wait(fixture)->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
}

static void does_not_use_one_whose_manifest_is_none(void **state)
{
    is_refused_for(*state, "{\"name\":\"x\"}", "it has no manifest");
}

static void does_not_use_one_that_wants_a_network_its_document_does_not_give(void **state)
{
    is_refused_for(*state, MANIFEST_WITH("\"network\":\"any\",\"concurrency\":1"), "wants to use the network");
}

static void speaks_another_version(struct peer *peer)
{
    if (peer_read(peer))
        peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"protocol\":2,\"manifest\":%s}}",
                   peer_id(peer), peer->manifest);
    while (peer_next(peer))
        ;
}

static void does_not_use_one_that_speaks_another_version(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = speaks_another_version;
    is_refused_for(fixture, MANIFEST, "no version of the protocol");
}

static void is_silent(struct peer *peer)
{
    while (peer_read(peer))
        ;
}

static void says_no_answer(struct peer *peer)
{
    if (peer_begin(peer) && peer_next(peer))
        peer_write(peer, "hello");
    while (peer_read(peer))
        ;
}

/* Of every one that is killed the supervisor says the same. */
static void keeps_in_mind_what_one_was_killed_for(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = says_no_answer;
    fixture->restarts_in_ms = 60000;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = mint_and_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_FAILED);
    struct text seen = host_describe(fixture);
    assert_non_null(strstr(seen.base, "no strict JSON object"));
    assert_null(strstr(seen.base, "killed by signal"));
}

static void ends_one_that_does_not_answer_initialize(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = is_silent;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = mint_and_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_in_range(asker->took_ms, 9500, 12000);
    assert_int_equal(fixture->killed, 1);
}

static _Atomic bool is_well;

static void is_well_or_not(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    while (peer_read(peer))
        if (peer_has(peer, "\"method\":\"health\""))
            peer_write(peer,
                       "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"status\":\"%s\",\"message\":\"x\"}}",
                       peer_id(peer), is_well ? "degraded" : "bad");
        else
            peer_mint(peer);
}

static void asks_nothing_of_one_that_is_not_well_until_it_is(void **state)
{
    struct host_fixture *fixture = *state;
    is_well = false;
    fixture->behave = is_well_or_not;
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "\"health\":\"bad\"");
    struct asker *asker = mint_and_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_int_equal(asker->minting.retry_after_s, 15);
    assert_true(text_is(asker->minting.detail, "it is not running, or is not well: x"));
    is_well = true;
    for (int i = 0; i < 20 && strstr(host_describe(fixture).base, "degraded") == NULL; i++)
        host_turn(fixture, 1000);
    assert_int_equal(mint_and_wait(fixture)->minting.fault, FAULT_NONE);
    assert_int_equal(fixture->killed, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)

/* A word to the supervisor may get lost, and nobody else would ever say it again. */
static void is_asked_for_again_where_nothing_is_heard_of_it(void **state)
{
    struct host_fixture *fixture = *state;
    struct program *program;
    fixture->behave = NULL; /* it is asked for, and nothing comes of that */
    host_configure(fixture, "");
    host_turn(fixture, 50);
    assert_int_equal(atomic_load(&fixture->started), 1);
    program = adapter_host_find(fixture->host, TEXT("acme"))->context;
    assert_ptr_equal(program->loop, fixture->loops[0]); /* which this thread runs */
    assert_int_not_equal(program->timer.heap_index, 0);
    fixture->behave = peer_mints;
    program->timer.run(&program->timer);
    assert_int_equal(atomic_load(&fixture->started), 2);
    host_await(fixture, "\"state\":\"running\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_asked_for_again_where_nothing_is_heard_of_it),
        TEST(begins_again_with_one_that_was_started_again),
        TEST(refuses_at_once_what_cannot_be_started_and_says_why),
        TEST(starts_what_a_document_changed_and_stops_what_has_none),
        TEST(asks_nothing_of_one_that_was_started_by_the_document_of_before),
        TEST(does_not_use_one_whose_manifest_is_none),
        TEST(does_not_use_one_that_wants_a_network_its_document_does_not_give),
        TEST(does_not_use_one_that_speaks_another_version),
        TEST(ends_one_that_does_not_answer_initialize),
        TEST(keeps_in_mind_what_one_was_killed_for),
        TEST(asks_nothing_of_one_that_is_not_well_until_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
