/* Everything that ends an adapter (adapters/PROTOCOL.md): whoever waits is told so, and it is killed. And what
 * does not. */
#include "host_fixture.h"

#include <signal.h>
#include <unistd.h>

#include "standard_error.h"

static const char *said; /* instead of an answer; "%lld" is its id */

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void says(struct peer *peer)
{
    if (!peer_begin(peer) || !peer_next(peer))
        return;
    peer_write(peer, said, peer_id(peer), peer_id(peer));
    while (peer_next(peer))
        ;
}

/* When both have come: one that comes later is not failed but refused. */
static void says_to_two(struct peer *peer)
{
    if (!peer_begin(peer) || !peer_next(peer) || !peer_next(peer))
        return;
    peer_write(peer, said, peer_id(peer), peer_id(peer));
    while (peer_next(peer))
        ;
}

static void is_ended_by(struct host_fixture *fixture, const char *line, const char *reason)
{
    said = line;
    fixture->behave = says_to_two;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = host_mint(fixture, 0, NULL), *other = host_mint(fixture, 1, NULL);
    host_wait(fixture);
    /* Which of the two comes first is not said, and the other may come when it has ended already. */
    enum fault one = asker->minting.fault, another = other->minting.fault;
    assert_true(one == FAULT_ADAPTER_FAILED || another == FAULT_ADAPTER_FAILED);
    assert_true(one == FAULT_ADAPTER_FAILED || one == FAULT_ADAPTER_UNAVAILABLE);
    assert_true(another == FAULT_ADAPTER_FAILED || another == FAULT_ADAPTER_UNAVAILABLE);
    assert_int_equal(fixture->killed, 1);
    struct text seen = host_describe(fixture);
    if (strstr(seen.base, reason) == NULL)
        fail_msg("%s is not in %s", reason, seen.base);
}

#define ENDED_BY(name, line, reason)                                                                           \
    static void is_ended_by_##name(void **state)                                                               \
    {                                                                                                          \
        is_ended_by(*state, line, reason);                                                                     \
    }

#define RESULT(members) "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{" members "}}"

ENDED_BY(what_is_no_json, "hello", "no strict JSON object")
ENDED_BY(a_list, "[1]", "no strict JSON object")
ENDED_BY(a_batch, "[{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{}}]", "no strict JSON object")
ENDED_BY(a_doubled_name, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"id\":%lld,\"result\":{}}", "no strict JSON object")
ENDED_BY(bytes_that_are_no_utf8, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"a\":\"\xff\"}}",
         "no strict JSON object")
ENDED_BY(another_version_of_json_rpc, "{\"jsonrpc\":\"1.0\",\"id\":%lld,\"result\":{}}", "not of JSON-RPC 2.0")
ENDED_BY(an_id_that_is_a_text, "{\"jsonrpc\":\"2.0\",\"id\":\"%lld\",\"result\":{}}", "no whole number")
ENDED_BY(an_answer_with_result_and_error,
         "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{},\"error\":{\"code\":1,\"message\":\"\"}}",
         "neither result nor error")
ENDED_BY(an_error_without_a_code, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"message\":\"\"}}",
         "without code or message")
ENDED_BY(an_answer_to_what_was_not_asked, "{\"jsonrpc\":\"2.0\",\"id\":999999,\"result\":{}}", "not asked")
ENDED_BY(a_result_that_is_no_object, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":7}", "no object")
ENDED_BY(a_credential_without_an_end, RESULT("\"credential\":\"sk\""), "without expires_at")

static void is_ended_by_a_second_answer(void **state)
{
    struct host_fixture *fixture = *state;
    said = "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"code\":-32001,\"message\":\"no\"}}\n"
           "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"code\":-32001,\"message\":\"no\"}}";
    fixture->behave = says;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_REFUSED);
    host_await(fixture, "or twice");
    assert_int_equal(fixture->killed, 1);
}

static void writes_for_ever(struct peer *peer)
{
    static char much[4096];
    memset(much, ' ', sizeof(much) - 1);
    if (!peer_begin(peer) || !peer_next(peer))
        return;
    for (int i = 0; i < 300; i++) /* a megabyte and more without an end of line */
        if (write(peer->descriptor, much, sizeof(much) - 1) <= 0)
            return;
    while (peer_next(peer))
        ;
}

static void is_ended_by_a_line_that_is_too_long(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = writes_for_ever;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_FAILED);
    assert_int_equal(fixture->killed, 1);
    host_await(fixture, "line that is too long");
}

static void closes(struct peer *peer)
{
    if (peer_begin(peer))
        (void)peer_next(peer);
}

static void is_ended_by_a_closed_socket(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = closes;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_FAILED);
    assert_int_equal(fixture->killed, 1);
}

/* --- widened --- */

static char taken_back[PEER_LINE_MAX];

static void widens(struct peer *peer)
{
    if (!peer_begin(peer) || !peer_next(peer))
        return;
    peer_write(peer, said, peer_id(peer));
    while (peer_next(peer))
        if (peer_has(peer, "\"method\":\"revoke\"")) {
            memcpy(taken_back, peer->line, sizeof(taken_back));
            peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{}}", peer_id(peer));
        }
}

static void takes_back_and_ends(struct host_fixture *fixture, const char *line, const char *reason)
{
    said = line;
    taken_back[0] = '\0';
    fixture->behave = widens;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = host_mint(fixture, 1, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_FAILED);
    assert_null(asker->minting.credential.base);
    host_await(fixture, reason);
    assert_int_equal(fixture->killed, 1);
    assert_non_null(strstr(taken_back, "\"lease\":\"06F0000000000000000000TEST\""));
    assert_non_null(strstr(taken_back, "\"handle\":\"key_9\""));
}

static void takes_back_what_lives_longer_than_was_ordered(void **state)
{
    takes_back_and_ends(*state, RESULT("\"credential\":\"sk\",\"expires_at\":99999999999,\"handle\":\"key_9\""),
                        "lives longer");
}

static void takes_back_what_has_more_scopes_than_were_ordered(void **state)
{
    takes_back_and_ends(*state,
                        RESULT("\"credential\":\"sk\",\"expires_at\":1,\"handle\":\"key_9\","
                               "\"scopes\":[\"charges:read\",\"admin\"]"),
                        "scopes that were not ordered");
}

static void takes_back_what_is_of_another_type(void **state)
{
    takes_back_and_ends(*state,
                        RESULT("\"credential\":\"sk\",\"expires_at\":1,\"handle\":\"key_9\","
                               "\"type\":\"urn:test:root\""),
                        "type that its manifest does not have");
}

static void hangs_when_it_is_to_take_back(struct peer *peer)
{
    if (!peer_begin(peer) || !peer_next(peer))
        return;
    peer_write(peer, said, peer_id(peer));
    while (peer_next(peer))
        ;
}

static void ends_one_that_does_not_take_back_in_two_seconds(void **state)
{
    struct host_fixture *fixture = *state;
    said = RESULT("\"credential\":\"sk\",\"expires_at\":99999999999,\"handle\":\"key_9\"");
    fixture->behave = hangs_when_it_is_to_take_back;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_FAILED);
    assert_int_equal(fixture->killed, 0);
    struct asker *next = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(next->minting.fault, FAULT_ADAPTER_UNAVAILABLE); /* nothing more is asked of it */
    host_await(fixture, "\"state\":\"ended\"");
    assert_int_equal(fixture->killed, 1);
}

/* --- what does not end it --- */

static void chats(struct peer *peer)
{
    if (!peer_begin(peer) || !peer_next(peer))
        return;
    long long id = peer_id(peer);
    for (int i = 0; i < 300; i++)
        peer_write(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"level\":\"error\",\"message\":"
                         "\"line\"}}");
    peer_write(peer,
               "{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"id\":%lld,\"message\":\"half\"}}",
               id);
    peer_write(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"from the future\",\"more\":1}");
    peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"from the future\",\"params\":{}}");
    if (!peer_next(peer) || !peer_has(peer, "\"id\":7,\"error\":{\"code\":-32601"))
        return;
    peer_write(peer,
               "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"more\":[],\"result\":{\"credential\":\"sk\",\"expires_at\":"
               "1999999999,\"more\":2}}",
               id);
    while (peer_next(peer))
        ;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void lets_be_what_it_does_not_know_and_logs_no_more_than_a_hundred_lines(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = chats;
    host_configure(fixture, "timeout: 30s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    asker->order.expires_at_s = 1999999999;
    standard_error_catch();
    host_wait(fixture);
    const char *logged = standard_error_release();
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_int_equal(fixture->killed, 0);
    assert_non_null(strstr(logged, "\"event\":\"adapter_says\",\"adapter\":\"acme\",\"message\":\"line\""));
    assert_true(count_of(logged, "adapter_says") <= 200); /* of two seconds at most */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)

int main(void)
{
    const struct sigaction ignored = {.sa_handler =
                                          SIG_IGN}; /* a program that is ended is perhaps still writing */
    sigaction(SIGPIPE, &ignored, NULL);
    const struct CMUnitTest tests[] = {
        TEST(is_ended_by_what_is_no_json),
        TEST(is_ended_by_a_list),
        TEST(is_ended_by_a_batch),
        TEST(is_ended_by_a_doubled_name),
        TEST(is_ended_by_bytes_that_are_no_utf8),
        TEST(is_ended_by_another_version_of_json_rpc),
        TEST(is_ended_by_an_id_that_is_a_text),
        TEST(is_ended_by_an_answer_with_result_and_error),
        TEST(is_ended_by_an_error_without_a_code),
        TEST(is_ended_by_an_answer_to_what_was_not_asked),
        TEST(is_ended_by_a_result_that_is_no_object),
        TEST(is_ended_by_a_credential_without_an_end),
        TEST(is_ended_by_a_second_answer),
        TEST(is_ended_by_a_line_that_is_too_long),
        TEST(is_ended_by_a_closed_socket),
        TEST(takes_back_what_lives_longer_than_was_ordered),
        TEST(takes_back_what_has_more_scopes_than_were_ordered),
        TEST(takes_back_what_is_of_another_type),
        TEST(ends_one_that_does_not_take_back_in_two_seconds),
        TEST(lets_be_what_it_does_not_know_and_logs_no_more_than_a_hundred_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
