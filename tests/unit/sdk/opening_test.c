/* What an adapter keeps while its program runs: opened once, whoever comes first, remembered where it failed,
 * closed at the end; with the settings and the listener of its own document. */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { KEPT_DESCRIPTOR = 10 /* which peer_start() lets be */ };

static _Atomic int opened; /* of the adapter's process */

struct kept {
    int opening; /* which one it was */
    struct text word;
};

static enum adapter_outcome pass(struct adapter_call *call, int64_t milliseconds)
{
    const struct timespec moment = {.tv_nsec = 2000000};
    for (int64_t i = 0; i < milliseconds / 2 && !adapter_is_over(call); i++)
        nanosleep(&moment, NULL);
    return adapter_is_over(call) ? ADAPTER_CANCELLED : ADAPTER_DONE;
}

static enum adapter_outcome open_kept(struct adapter_call *call, void **context)
{
    struct text mode = json_text_of(adapter_own_settings(call), "mode");
    int opening = ++opened;
    if (text_is(mode, "slow"))
        ADAPTER_TRY(pass(call, 100));
    bool is_once = text_ends_with(mode, TEXT(" once")) && opening == 1;
    if (is_once)
        adapter_log(call, ADAPTER_LOG_INFO, "opening");
    if (is_once && pass(call, 60000) != ADAPTER_DONE)
        return text_is(mode, "hang once") ? ADAPTER_CANCELLED
                                          : adapter_unavailable(call, 5, "no time was left");
    if (text_is(mode, "broken"))
        return adapter_misconfigured(call, "/keytab", "opening %d: the keytab has no such principal", opening);
    struct kept *kept = malloc(sizeof(*kept));
    *kept = (struct kept){opening, json_text_of(adapter_own_settings(call), "word")};
    *context = kept;
    return ADAPTER_DONE;
}

static void close_kept(void *context)
{
    struct kept *kept = context;
    char told[16];
    int length = snprintf(told, sizeof(told), "closed %d", kept->opening);
    ssize_t written = write(KEPT_DESCRIPTOR, told, (size_t)length); /* which only one of the tests reads */
    (void)written;
    free(kept);
}

static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    const struct kept *kept = adapter_context(call);
    (void)order;
    made->credential =
        arena_print(adapter_arena(call), "%d of %d %.*s", kept->opening, opened, TEXT_ARGUMENTS(kept->word));
    return ADAPTER_DONE;
}

static enum adapter_outcome accept_one(struct adapter_call *call, const struct adapter_order *order,
                                       struct adapter_credential *made)
{
    char *said = arena_allocate(adapter_arena(call), 8);
    int handed = adapter_socket(call, "friend"); /* or somebody who comes */
    int client = handed >= 0 ? dup(handed) : accept(adapter_listener(call), NULL, NULL);
    ssize_t length = read(client, said, 8);
    (void)order;
    close(client);
    if (length <= 0)
        return adapter_fail(call, "nothing came");
    made->credential = (struct text){said, (size_t)length};
    return ADAPTER_DONE;
}

static const struct adapter_kind kinds[] = {{"urn:test", "N_A"}};
static const struct adapter_definition keeping = {.name = "test",
                                                  .version = "1",
                                                  .kinds = kinds,
                                                  .kind_count = 1,
                                                  .concurrency = 4,
                                                  .mint = mint,
                                                  .open = open_kept,
                                                  .close = close_kept};
static const struct adapter_definition listening = {.name = "test",
                                                    .version = "1",
                                                    .kinds = kinds,
                                                    .kind_count = 1,
                                                    .concurrency = 1,
                                                    .has_network = true,
                                                    .mint = accept_one,
                                                    .needs_listener = true};

static void begin(struct peer *peer, const char *settings)
{
    char more[256];
    snprintf(more, sizeof(more), ",\"settings\":%s", settings);
    peer_begin(peer, &keeping, more);
}

static void expect_made(struct peer *peer, const char *credential)
{
    const struct json_value *line = peer_receive(peer);
    assert_non_null(line);
    struct text made = json_text_of(json_member(line, TEXT("result")), "credential");
    if (!text_is(made, credential))
        fail_msg("made %.*s", TEXT_ARGUMENTS(made));
}

static void ask_health(struct peer *peer, int id)
{
    peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"health\",\"params\":{\"deadline_ms\":5000}}",
              id);
}

static void opens_once_for_all_who_come_and_closes_at_the_end(void **state)
{
    (void)state;
    struct peer peer;
    FILE *file = tmpfile();
    char told[16] = "";
    assert_int_equal(dup2(fileno(file), KEPT_DESCRIPTOR), KEPT_DESCRIPTOR);
    begin(&peer, "{\"mode\":\"slow\",\"word\":\"here\"}");
    for (int id = 2; id <= 5; id++)
        peer_mint(&peer, id, 10000, "");
    for (int id = 2; id <= 5; id++)
        expect_made(&peer, "1 of 1 here");
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"shutdown\",\"params\":{}}");
    assert_int_equal(peer_answer(&peer, 9, NULL), 0);
    assert_int_equal(peer_end(&peer), 0);
    assert_true(pread(KEPT_DESCRIPTOR, told, sizeof(told) - 1, 0) > 0);
    assert_string_equal(told, "closed 1");
    close(KEPT_DESCRIPTOR);
    fclose(file);
}

/* Nobody else has failed where one call ended too early, whatever its opening said of that. */
static void opens_again_where_the_call_that_did_it_was_over(void **state)
{
    (void)state;
    static const char *const modes[] = {"{\"mode\":\"hang once\",\"word\":\"x\"}",
                                        "{\"mode\":\"late once\",\"word\":\"x\"}"};
    for (int i = 0; i < 2; i++) {
        struct peer peer;
        begin(&peer, modes[i]);
        peer_mint(&peer, 2, 60000, "");
        assert_true(text_is(json_text_of(peer_receive(&peer), "method"), "log")); /* now it opens */
        peer_mint(&peer, 3, 60000, "");
        peer_mint(&peer, 4, 150, "");
        assert_int_equal(peer_answer(&peer, 4, NULL), -32800); /* waits no longer than it may */
        peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"initialize\",\"params\":{}}");
        assert_int_equal(peer_answer(&peer, 8, NULL), -32603); /* which is answered meanwhile */
        peer_mint(&peer, 5, 60000, "");
        peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":5}}");
        assert_int_equal(peer_answer(&peer, 5, NULL), -32800); /* nor than it is wanted */
        peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":2}}");
        for (int answers = 0; answers < 2; answers++) { /* whichever is there first */
            const struct json_value *answer = peer_receive(&peer);
            const struct json_value *error = json_member(answer, TEXT("error"));
            if (json_integer_of(answer, "id") == 2)
                assert_in_range(-json_integer_of(error, "code"), i == 0 ? 32800 : 32002,
                                i == 0 ? 32800 : 32002);
            else
                assert_true(
                    text_is(json_text_of(json_member(answer, TEXT("result")), "credential"), "2 of 2 x"));
        }
        assert_int_equal(peer_end(&peer), 0);
    }
}

static void ends_all_that_comes_as_its_opening_did(void **state)
{
    (void)state;
    static const char said[] = "opening 1: the keytab has no such principal";
    struct peer peer;
    const struct json_value *answer;
    begin(&peer, "{\"mode\":\"broken\"}");
    for (int id = 2; id <= 6; id += 2) {
        ask_health(&peer, id);
        assert_int_equal(peer_answer(&peer, id, &answer), 0);
        assert_true(text_is(json_text_of(answer, "status"), "bad"));
        assert_true(text_is(json_text_of(answer, "message"), said));
        peer_mint(&peer, id + 1, 5000, "");
        assert_int_equal(peer_answer(&peer, id + 1, &answer), -32003);
        assert_true(text_is(json_text_of(answer, "message"), said));
        assert_true(text_is(json_text_of(json_member(answer, TEXT("data")), "path"), "/keytab"));
    }
    assert_int_equal(peer_end(&peer), 0);
}

static void needs_the_documents_word_where_it_needs_a_listener(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &listening, "");
    peer_mint(&peer, 2, 5000, "");
    assert_int_equal(peer_answer(&peer, 2, &answer), -32003);
    assert_true(text_is(json_text_of(answer, "message"),
                        "this adapter needs a socket to listen on: its Adapter document has to say "
                        "loopbackListener: true (and network: any)"));
    ask_health(&peer, 3);
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_true(text_is(json_text_of(answer, "status"), "bad"));
    assert_int_equal(peer_end(&peer), 0);
}

static void accepts_on_the_listener_that_it_was_handed(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    struct peer peer;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server, 4), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(dup2(server, KEPT_DESCRIPTOR), KEPT_DESCRIPTOR);
    peer_begin(&peer, &listening, ",\"listener\":10");
    peer_mint(&peer, 2, 5000, "");
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(write(client, "hello", 5), 5);
    expect_made(&peer, "hello");
    close(client);
    close(server);
    close(KEPT_DESCRIPTOR);
    assert_int_equal(peer_end(&peer), 0);
}

static void talks_over_the_connection_that_it_was_handed_by_its_name(void **state)
{
    (void)state;
    struct peer peer;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(dup2(pair[1], KEPT_DESCRIPTOR), KEPT_DESCRIPTOR);
    peer_begin(&peer, &listening, ",\"listener\":11,\"sockets\":{\"stranger\":12,\"friend\":10}");
    assert_int_equal(write(pair[0], "welcome", 7), 7);
    peer_mint(&peer, 2, 5000, "");
    expect_made(&peer, "welcome");
    close(pair[0]);
    close(pair[1]);
    close(KEPT_DESCRIPTOR);
    assert_int_equal(peer_end(&peer), 0);
}

/* 32 KiB, in one line with the rest. */
static void reads_settings_as_long_as_may_be(void **state)
{
    (void)state;
    static char more[40 * 1024], word[32 * 1024];
    struct peer peer;
    memset(word, 'w', sizeof(word) - 12);
    snprintf(more, sizeof(more), ",\"settings\":{\"word\":\"%s\"}", word);
    peer_begin(&peer, &keeping, more);
    peer_mint(&peer, 2, 5000, "");
    const struct json_value *answer;
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    struct text made = json_text_of(answer, "credential");
    assert_int_equal(made.length, strlen("1 of 1 ") + sizeof(word) - 12);
    assert_true(text_ends_with(made, text_of(word)));
    assert_int_equal(peer_end(&peer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_once_for_all_who_come_and_closes_at_the_end),
        cmocka_unit_test(opens_again_where_the_call_that_did_it_was_over),
        cmocka_unit_test(ends_all_that_comes_as_its_opening_did),
        cmocka_unit_test(needs_the_documents_word_where_it_needs_a_listener),
        cmocka_unit_test(accepts_on_the_listener_that_it_was_handed),
        cmocka_unit_test(talks_over_the_connection_that_it_was_handed_by_its_name),
        cmocka_unit_test(reads_settings_as_long_as_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
