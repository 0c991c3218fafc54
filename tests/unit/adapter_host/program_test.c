/* Time and room: deadlines, the queue, the pause after failures, starts and ends. */
#include "host_fixture.h"

#include <unistd.h>

static _Atomic int seen, cancelled, most_at_once;
static _Atomic bool may_answer;

/* Takes mints and answers none; answers cancel. */
static void never_answers(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    while (peer_next(peer))
        if (peer_has(peer, "\"method\":\"cancel\"")) {
            cancelled++;
            peer_write(
                peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"code\":-32800,\"message\":\"cancelled\"}}",
                peer_id(peer));
        } else {
            seen++;
        }
}

static void ignores_cancel(struct peer *peer)
{
    if (peer_begin(peer))
        while (peer_next(peer))
            cancelled += peer_has(peer, "\"method\":\"cancel\"");
}

/* The answer to a cancelled mint comes as a result after all. */
static void answers_late(struct peer *peer)
{
    if (!peer_begin(peer) || !peer_next(peer))
        return;
    long long id = peer_id(peer);
    if (!peer_next(peer) || !peer_has(peer, "\"method\":\"cancel\""))
        return;
    peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"credential\":\"late\",\"expires_at\":9}}",
               id);
    while (peer_next(peer))
        peer_mint(peer);
}

static void cancels_what_is_not_answered_in_time_and_lives_on(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = answers_late;
    host_configure(fixture, "timeout: 1s");
    struct asker *late = host_mint(fixture, 1, NULL);
    host_wait(fixture);
    assert_int_equal(late->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_null(late->minting.credential.base);
    assert_in_range(late->took_ms, 900, 2500);
    struct asker *next = host_mint(fixture, 1, NULL);
    host_wait(fixture);
    assert_int_equal(next->minting.fault, FAULT_NONE);
    assert_int_equal(fixture->killed, 0);
}

static void ends_one_that_does_not_answer_to_cancel(void **state)
{
    struct host_fixture *fixture = *state;
    cancelled = 0;
    fixture->behave = ignores_cancel;
    host_configure(fixture, "timeout: 1s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    host_turn(fixture, 1000);
    assert_int_equal(fixture->killed, 0);
    host_await(fixture, "did not answer a request that was cancelled");
    assert_int_equal(fixture->killed, 1);
    assert_int_equal(cancelled, 1);
}

static void waits_for_permission(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    int at_once = 0;
    long long ids[64], ends = 0;
    while (at_once < 64 && peer_next(peer)) {
        ids[at_once++] = peer_id(peer);
        ends = strtoll(strstr(peer->line, "\"expires_at\":") + 13, NULL, 10);
        if (at_once > most_at_once)
            most_at_once = at_once;
        if (at_once < 2) /* as many as it is given at once: then it answers them */
            continue;
        while (!may_answer)
            usleep(1000);
        for (; at_once > 0; at_once--)
            peer_write(
                peer,
                "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"credential\":\"sk\",\"expires_at\":%lld}}",
                ids[at_once - 1], ends);
    }
}

static void gives_no_more_at_once_than_both_allow_and_queues_no_more_than_the_document(void **state)
{
    struct host_fixture *fixture = *state;
    struct asker *askers[7];
    may_answer = false;
    most_at_once = 0;
    fixture->behave = waits_for_permission;
    host_configure(fixture, "timeout: 20s, inParallel: 2, queue: 4");
    host_await(fixture, "running");
    for (size_t i = 0; i < 7; i++)
        askers[i] = host_mint(fixture, 0, NULL);
    host_await(fixture, "\"waiting\":4,\"in_flight\":2");
    assert_true(askers[6]->is_done);
    assert_int_equal(askers[6]->minting.fault, FAULT_ADAPTER_BUSY);
    may_answer = true;
    host_wait(fixture);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(askers[i]->minting.fault, FAULT_NONE);
    assert_int_equal(most_at_once, 2);
}

static void waits_for_an_adapter_that_starts_up_to_the_deadline(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = NULL; /* nobody comes */
    host_configure(fixture, "timeout: 1s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_in_range(asker->took_ms, 900, 2500);
}

static void pauses_after_five_failures_and_tries_again_with_one_call(void **state)
{
    struct host_fixture *fixture = *state;
    struct asker *asker = NULL;
    fixture->behave = never_answers;
    seen = 0;
    host_configure(fixture, "timeout: 1s");
    host_await(fixture, "running");
    for (int i = 0; i < 5; i++)
        asker = host_mint(fixture, i % 2 == 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_PAUSED);
    assert_in_range(asker->minting.retry_after_s, 4, 6);
    assert_int_equal(seen, 5);
    host_await(fixture, "\"state\":\"paused\"");
    host_turn(fixture, 5100);
    struct asker *probe = host_mint(fixture, 0, NULL), *other = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(probe->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_int_equal(other->minting.fault, FAULT_ADAPTER_PAUSED);
    assert_int_equal(seen, 6);
    asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_PAUSED);
    assert_in_range(asker->minting.retry_after_s, 9, 11); /* twice as long */
    assert_int_equal(fixture->killed, 0);
}

static void tells_whoever_waits_when_it_is_closed_in_the_middle(void **state)
{
    struct host_fixture *fixture = *state;
    struct asker *askers[6];
    fixture->behave = never_answers;
    seen = 0;
    host_configure(fixture, "timeout: 30s, inParallel: 2");
    host_await(fixture, "running");
    for (size_t i = 0; i < 6; i++)
        askers[i] = host_mint(fixture, i % 2, NULL);
    while (seen < 2)
        host_turn(fixture, 10);
    host_close(fixture);
    for (size_t i = 0; i < 6; i++) {
        assert_true(askers[i]->is_done);
        assert_int_equal(askers[i]->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cancels_what_is_not_answered_in_time_and_lives_on),
        TEST(ends_one_that_does_not_answer_to_cancel),
        TEST(gives_no_more_at_once_than_both_allow_and_queues_no_more_than_the_document),
        TEST(waits_for_an_adapter_that_starts_up_to_the_deadline),
        TEST(pauses_after_five_failures_and_tries_again_with_one_call),
        TEST(tells_whoever_waits_when_it_is_closed_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
