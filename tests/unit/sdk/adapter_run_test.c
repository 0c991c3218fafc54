/* An adapter's whole life over its socket: what it answers, when it stops, and what ends it. */
#include "peer.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"

static pthread_barrier_t barrier;

static enum adapter_outcome make(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    static const struct text other[] = {TEXT("read"), TEXT("admin")};
    struct text purpose = order->purpose;
    made->credential = arena_print(adapter_arena(call), "key of %.*s", TEXT_ARGUMENTS(order->lease));
    made->handle = TEXT("h");
    made->header = TEXT("x-api-key");
    if (text_is(purpose, "narrow")) {
        made->expires_at_s = 1500;
        made->scope_count = 1;
    } else if (text_is(purpose, "later")) {
        made->expires_at_s = 2001;
    } else if (text_is(purpose, "scope")) {
        made->scopes = other;
    } else if (text_is(purpose, "type")) {
        made->type = TEXT("urn:other");
    } else if (text_is(purpose, "empty")) {
        made->credential = TEXT("");
    } else if (text_is(purpose, "long")) {
        made->credential = (struct text){arena_allocate(adapter_arena(call), 70000), 65537};
    } else if (text_is(purpose, "fingerprint")) {
        made->fingerprint = TEXT("abc");
    } else if (text_is(purpose, "account")) {
        made->account = TEXT("alice@CORP.EXAMPLE");
    } else if (text_is(purpose, "account of nobody")) {
        made->account = TEXT("");
    } else if (text_is(purpose, "account in lines")) {
        made->account = TEXT("alice\nbob");
    } else if (text_is(purpose, "long account")) {
        char *long_account = arena_allocate(adapter_arena(call), 257);
        memset(long_account, 'a', 257);
        made->account = (struct text){long_account, 257};
    }
    return ADAPTER_DONE;
}

static enum adapter_outcome hang(struct adapter_call *call)
{
    const struct timespec moment = {.tv_nsec = 2000000};
    while (!adapter_is_over(call))
        nanosleep(&moment, NULL);
    return ADAPTER_CANCELLED;
}

static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    struct adapter_state state;
    struct text purpose = order->purpose;
    if (text_is(purpose, "refuse"))
        return adapter_refuse(call, "not you", "no to %.*s", TEXT_ARGUMENTS(order->actors[0].subject));
    if (text_is(purpose, "refuse subject"))
        return adapter_refuse_subject(call, "not that one", "no account for %.*s",
                                      TEXT_ARGUMENTS(order->subject.subject));
    if (text_is(purpose, "unavailable"))
        return adapter_unavailable(call, 7, "down\nevil");
    if (text_is(purpose, "unavailable request"))
        return adapter_unavailable_request(call, 9, "nothing of it is remembered");
    if (text_is(purpose, "misconfigured"))
        return adapter_misconfigured(call, "/a", "wrong");
    if (text_is(purpose, "talkative")) {
        struct buffer much = buffer_in(adapter_arena(call), 2048);
        for (int i = 0; i < 500; i++)
            buffer_append(&much, TEXT("\xe2\x82\xac"));
        return adapter_fail(call, "%.*s", TEXT_ARGUMENTS(buffer_text(&much)));
    }
    if (text_is(purpose, "file")) {
        char found[16] = "";
        bool is_there = pread(adapter_file(call, "keytab"), found, sizeof(found) - 1, 0) > 0;
        return adapter_refuse(call, NULL, "%s %d", is_there ? found : "none", adapter_file(call, "ca"));
    }
    if (text_is(purpose, "silent"))
        return ADAPTER_REFUSED;
    if (text_is(purpose, "hang"))
        return hang(call);
    if (text_is(purpose, "stuck")) {
        sleep(4);
        return ADAPTER_DONE;
    }
    if (text_is(purpose, "barrier"))
        pthread_barrier_wait(&barrier);
    if (text_is(purpose, "log"))
        adapter_log(call, ADAPTER_LOG_WARNING, "seen %d", 5);
    if (text_is(purpose, "state"))
        ADAPTER_TRY(adapter_state_get(call, TEXT("k"), &state));
    return make(call, order, made);
}

static const struct adapter_kind kinds[] = {{"urn:test", "N_A"}};
static const struct adapter_definition definition = {
    .name = "test", .version = "1", .kinds = kinds, .kind_count = 1, .concurrency = 4, .mint = mint};
static const struct adapter_definition narrow_definition = {
    .name = "test", .version = "1", .kinds = kinds, .kind_count = 1, .concurrency = 1, .mint = mint};

static struct text member(const struct json_value *value, const char *name)
{
    return json_text_of(value, name);
}

static void says_what_it_is_and_only_to_who_speaks_its_version(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    peer_start(&peer, &definition);
    peer_send(&peer,
              "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY "\"}}");
    peer_mint(&peer, 1, 1000, "");
    assert_int_equal(peer_answer(&peer, 1, NULL), -32603); /* initialize comes first */
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"initialize\",\"params\":{\"protocol\":"
                     "{\"lowest\":2,\"highest\":3},\"deadline_ms\":1000}}");
    assert_int_equal(peer_answer(&peer, 2, NULL), -32602);
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"initialize\",\"params\":{\"protocol\":"
                     "{\"lowest\":1,\"highest\":3},\"deadline_ms\":1000}}");
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_int_equal(json_integer_of(answer, "protocol"), 1);
    const struct json_value *manifest = json_member(answer, TEXT("manifest"));
    assert_true(text_is(member(manifest, "name"), "test"));
    assert_int_equal(json_integer_of(manifest, "concurrency"), 4);
    assert_true(text_is(member(manifest, "network"), "none"));
    assert_true(text_is(member(manifest, "connects"), "none"));
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"initialize\",\"params\":{\"protocol\":"
                     "{\"lowest\":1,\"highest\":1},\"deadline_ms\":1000}}");
    assert_int_equal(peer_answer(&peer, 4, NULL), -32603);
    assert_int_equal(peer_end(&peer), 0);
}

static void answers_a_mint_with_what_was_made_or_less(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 5000, "plain");
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_true(text_is(member(answer, "credential"), "key of l2"));
    assert_true(text_is(member(answer, "type"), "urn:test"));
    assert_true(text_is(member(answer, "handle"), "h"));
    assert_int_equal(json_integer_of(answer, "expires_at"), 2000);
    assert_int_equal(json_member(answer, TEXT("scopes"))->count, 2);
    assert_true(text_is(member(json_member(answer, TEXT("presentation")), "name"), "x-api-key"));
    assert_null(json_member(answer, TEXT("fingerprint")));
    peer_mint(&peer, 3, 5000, "narrow");
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_int_equal(json_integer_of(answer, "expires_at"), 1500);
    assert_int_equal(json_member(answer, TEXT("scopes"))->count, 1);
    assert_null(json_member(answer, TEXT("account")));
    peer_mint(&peer, 4, 5000, "account");
    assert_int_equal(peer_answer(&peer, 4, &answer), 0);
    assert_true(text_is(member(answer, "account"), "alice@CORP.EXAMPLE"));
    assert_int_equal(peer_end(&peer), 0);
}

static void fails_a_call_whose_answer_would_have_it_killed(void **state)
{
    (void)state;
    static const char *const purposes[] = {
        "later",       "scope", "type", "empty", "long", "fingerprint", "account of nobody", "account in lines",
        "long account"};
    struct peer peer;
    peer_begin(&peer, &definition, "");
    for (int i = 0; i < 9; i++) {
        const struct json_value *answer;
        peer_mint(&peer, 2 + i, 5000, purposes[i]);
        assert_int_equal(peer_answer(&peer, 2 + i, &answer), -32603);
        assert_true(text_starts_with(member(answer, "message"), TEXT("the adapter made a ")));
    }
    assert_int_equal(peer_end(&peer), 0);
}

static void says_why_a_call_did_not_end_well(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 5000, "refuse");
    assert_int_equal(peer_answer(&peer, 2, &answer), -32001);
    assert_true(text_is(member(answer, "message"), "no to bot"));
    assert_true(text_is(member(json_member(answer, TEXT("data")), "public"), "not you"));
    assert_null(json_member(json_member(answer, TEXT("data")), TEXT("about")));
    peer_mint(&peer, 8, 5000, "refuse subject");
    assert_int_equal(peer_answer(&peer, 8, &answer), -32001);
    assert_true(text_is(member(answer, "message"), "no account for alice"));
    assert_true(text_is(member(json_member(answer, TEXT("data")), "public"), "not that one"));
    assert_true(text_is(member(json_member(answer, TEXT("data")), "about"), "subject"));
    peer_mint(&peer, 3, 5000, "unavailable");
    assert_int_equal(peer_answer(&peer, 3, &answer), -32002);
    assert_true(text_is(member(answer, "message"), "(not printable)"));
    assert_int_equal(json_integer_of(json_member(answer, TEXT("data")), "retry_after_s"), 7);
    assert_null(json_member(json_member(answer, TEXT("data")), TEXT("about")));
    peer_mint(&peer, 9, 5000, "unavailable request");
    assert_int_equal(peer_answer(&peer, 9, &answer), -32002);
    assert_int_equal(json_integer_of(json_member(answer, TEXT("data")), "retry_after_s"), 9);
    assert_true(text_is(member(json_member(answer, TEXT("data")), "about"), "request"));
    peer_mint(&peer, 4, 5000, "misconfigured");
    assert_int_equal(peer_answer(&peer, 4, &answer), -32003);
    assert_true(text_is(member(json_member(answer, TEXT("data")), "path"), "/a"));
    peer_mint(&peer, 5, 5000, "silent");
    assert_int_equal(peer_answer(&peer, 5, &answer), -32001);
    assert_true(text_is(member(answer, "message"), "refused"));
    peer_mint(&peer, 7, 5000, "talkative");
    assert_int_equal(peer_answer(&peer, 7, &answer), -32603);
    assert_int_equal(member(answer, "message").length, 510); /* 170 characters of three bytes */
    peer_mint(&peer, 6, 5000, "log");
    answer = peer_receive(&peer);
    assert_true(text_is(member(answer, "method"), "log"));
    assert_true(text_is(member(json_member(answer, TEXT("params")), "level"), "warning"));
    assert_true(text_is(member(json_member(answer, TEXT("params")), "message"), "seen 5"));
    assert_int_equal(peer_answer(&peer, 6, NULL), 0);
    assert_int_equal(peer_end(&peer), 0);
}

static void knows_which_methods_there_are_and_what_they_need(void **state)
{
    (void)state;
    static const struct {
        const char *method, *params;
        int code;
    } cases[] = {
        {"dance", "{}", -32601},
        {"discover", "{\"deadline_ms\":1}", -32601},
        {"renew", "{\"deadline_ms\":1000,\"lease\":\"l\",\"target\":{\"name\":\"t\"},\"expires_at\":5}",
         -32601},
        {"connect_begin", "{\"deadline_ms\":1000,\"target\":{\"name\":\"t\",\"settings\":{}}}", -32601},
        {"mint", "{}", -32602},
        {"mint", "[5]", -32602},
        {"mint", "null", -32602},
        {"mint", "{\"deadline_ms\":1000}", -32602},
        {"health", "{\"deadline_ms\":-1}", -32602},
        {"health", "{\"deadline_ms\":\"5\"}", -32602},
        {"health", "{\"deadline_ms\":1e3}", -32602},
        {"health", "{\"deadline_ms\":0}", -32800},
        {"health", "{\"deadline_ms\":1000,\"target\":{}}", -32602},
        {"health", "{\"deadline_ms\":1000}", 0},
        {"validate", "{\"deadline_ms\":1000,\"target\":{\"name\":\"t\"}}", -32602},
        {"validate", "{\"deadline_ms\":1000,\"target\":{\"name\":\"t\",\"settings\":[]}}", -32602},
        {"validate", "{\"deadline_ms\":1000,\"target\":{\"name\":\"t\",\"settings\":{}}}", 0},
        {"validate", "{\"deadline_ms\":1000,\"target\":{\"name\":\"t\",\"settings\":{\"a\":\"\\u0000\"}}}", 0},
        {"revoke", "{\"deadline_ms\":1000,\"target\":{\"name\":\"t\"}}", -32602},
        {"revoke", "{\"deadline_ms\":1000,\"lease\":\"l\",\"target\":{\"name\":\"t\"}}", 0},
        {"revoke", "{\"deadline_ms\":1000,\"lease\":\"l\",\"target\":{\"name\":\"t\"},\"handle\":7}", -32602},
    };
    struct peer peer;
    peer_begin(&peer, &definition, "");
    for (int i = 0; i < (int)(sizeof(cases) / sizeof(*cases)); i++) {
        peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}", i + 2,
                  cases[i].method, cases[i].params);
        assert_int_equal(peer_answer(&peer, i + 2, NULL), cases[i].code);
    }
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"dance\"}");    /* asks for nothing */
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{}}"); /* nobody asked */
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":99}}");
    peer_mint(&peer, 90, 1000, "");
    assert_int_equal(peer_answer(&peer, 90, NULL), 0);
    assert_int_equal(peer_end(&peer), 0);
}

/* Twice, as two calls would: what one has read the other reads as well. */
static void is_handed_the_files_that_its_document_names(void **state)
{
    (void)state;
    enum { FILE_DESCRIPTOR = 10 }; /* which peer_start() lets be */
    struct peer peer;
    const struct json_value *answer;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(fputs("a key", file) >= 0 && fflush(file) == 0);
    assert_int_equal(dup2(fileno(file), FILE_DESCRIPTOR), FILE_DESCRIPTOR);
    peer_begin(&peer, &definition, ",\"files\":{\"keytab\":10}");
    for (int id = 2; id < 4; id++) {
        peer_mint(&peer, id, 5000, "file");
        assert_int_equal(peer_answer(&peer, id, &answer), -32001);
        assert_true(text_is(member(answer, "message"), "a key -1"));
    }
    assert_int_equal(peer_end(&peer), 0);
    close(FILE_DESCRIPTOR);
    fclose(file);
}

static void runs_as_many_at_once_as_it_says(void **state)
{
    (void)state;
    struct peer peer;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 4), 0);
    peer_begin(&peer, &definition, "");
    int answered = 0;
    for (int id = 2; id <= 5; id++)
        peer_mint(&peer, id, 10000, "barrier"); /* none ends before all four have begun */
    for (int i = 0; i < 4; i++)
        answered |= 1 << json_integer_of(peer_receive(&peer), "id");
    assert_int_equal(answered, 0x3c);
    assert_int_equal(peer_end(&peer), 0);
}

static void stops_when_it_is_cancelled_or_late(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer, &narrow_definition, "");
    int64_t begun = clock_monotonic_us();
    peer_mint(&peer, 2, 200, "hang");
    assert_int_equal(peer_answer(&peer, 2, NULL), -32800);
    assert_in_range(clock_monotonic_us() - begun, 190000, 2000000);
    peer_mint(&peer, 3, 60000, "hang");
    peer_mint(&peer, 4, 60000, "plain"); /* waits: there is one thread */
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":4}}");
    assert_int_equal(peer_answer(&peer, 4, NULL), -32800);
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":3}}");
    assert_int_equal(peer_answer(&peer, 3, NULL), -32800);
    peer_mint(&peer, 5, 60000, "plain");
    assert_int_equal(peer_answer(&peer, 5, NULL), 0);
    assert_int_equal(peer_end(&peer), 0);
}

static void stops_waiting_for_the_gateway_too(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 60000, "state");
    const struct json_value *asked = peer_receive(&peer);
    assert_true(text_is(member(asked, "method"), "state.get"));
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":2}}");
    assert_int_equal(peer_answer(&peer, 2, NULL), -32800);
    /* The answer that comes now is to what was asked, and to nobody. */
    peer_send(&peer,
              "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"version\":0,\"fence\":0,\"claimed_for_ms\":0}}",
              (int)json_integer_of(asked, "id"));
    peer_mint(&peer, 3, 1000, "plain");
    assert_int_equal(peer_answer(&peer, 3, NULL), 0);
    peer_mint(&peer, 4, 200, "state");
    assert_non_null(peer_receive(&peer));
    assert_int_equal(peer_answer(&peer, 4, NULL), -32800);
    assert_int_equal(peer_end(&peer), 0);
}

static void ends_what_runs_when_it_is_shut_down(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer, &narrow_definition, "");
    peer_mint(&peer, 2, 60000, "hang");
    peer_mint(&peer, 3, 60000, "plain");
    peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"shutdown\",\"params\":{}}");
    assert_int_equal(peer_answer(&peer, 2, NULL), -32800);
    assert_int_equal(peer_answer(&peer, 3, NULL), -32800);
    assert_int_equal(peer_answer(&peer, 4, NULL), 0);
    assert_null(peer_receive(&peer));
    assert_int_equal(peer_end(&peer), 0);
}

static void lives_no_longer_than_its_socket_even_where_a_function_is_stuck(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 60000, "stuck");
    peer_mint(&peer, 3, 60000, "plain");
    assert_int_equal(peer_answer(&peer, 3, NULL), 0);
    int64_t begun = clock_monotonic_us();
    assert_int_equal(peer_end(&peer), 0);
    assert_in_range(clock_monotonic_us() - begun, 0, 2500000);
}

static void ends_where_what_comes_is_no_message(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "nonsense",
        "",
        "[]",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"health\",\"params\":{\"deadline_ms\":5}}",
        "{\"jsonrpc\":\"1.0\",\"id\":2,\"method\":\"health\",\"params\":{\"deadline_ms\":5}}",
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"health\",\"params\":{\"deadline_ms\":5}}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"2\",\"method\":\"health\",\"params\":{\"deadline_ms\":5}}",
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"health\",\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":[]}",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct peer peer;
        peer_begin(&peer, &definition, "");
        peer_send(&peer, "%s", lines[i]);
        assert_null(peer_receive(&peer));
        assert_int_equal(peer_end(&peer), 1);
    }
}

static void does_not_begin_without_a_whole_start(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"deadline_ms\":5}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"AAAA\"}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"allow_addresses\":[\"10.0.0.1/8\"]}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"files\":{\"a\":3}}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"files\":{\"ca\":9}}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"sockets\":{\"gssproxy\":3}}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"sockets\":[5]}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"listener\":3}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"listener\":\"5\"}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY
        "\",\"settings\":[]}}",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct peer peer;
        peer_start(&peer, &definition);
        peer_send(&peer, "%s", lines[i]);
        assert_null(peer_receive(&peer));
        assert_int_equal(peer_end(&peer), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_is_and_only_to_who_speaks_its_version),
        cmocka_unit_test(answers_a_mint_with_what_was_made_or_less),
        cmocka_unit_test(fails_a_call_whose_answer_would_have_it_killed),
        cmocka_unit_test(says_why_a_call_did_not_end_well),
        cmocka_unit_test(knows_which_methods_there_are_and_what_they_need),
        cmocka_unit_test(is_handed_the_files_that_its_document_names),
        cmocka_unit_test(runs_as_many_at_once_as_it_says),
        cmocka_unit_test(stops_when_it_is_cancelled_or_late),
        cmocka_unit_test(stops_waiting_for_the_gateway_too),
        cmocka_unit_test(ends_what_runs_when_it_is_shut_down),
        cmocka_unit_test(lives_no_longer_than_its_socket_even_where_a_function_is_stuck),
        cmocka_unit_test(ends_where_what_comes_is_no_message),
        cmocka_unit_test(does_not_begin_without_a_whole_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
