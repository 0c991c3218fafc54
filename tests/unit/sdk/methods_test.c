/* What is shared, what is handed over, and how a person connects in a browser, as an adapter sees them and as
 * its answers say. */
#include "peer.h"

#include <string.h>

#include "base/buffer.h"
#include "json/json_writer.h"

#define LEASE "06F7Z3N0Q4M8V2X5Y1B6C9D3E7"

static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    made->credential = TEXT("c");
    if (text_is(order->purpose, "shared")) {
        made->lives_until_s = order->expires_at_s + 3000;
        made->made_for = TEXT(LEASE);
    } else if (text_is(order->purpose, "earlier")) {
        made->lives_until_s = order->expires_at_s - 1;
    } else if (text_is(order->purpose, "nobody")) {
        made->made_for = TEXT("a lease");
    } else if (text_is(order->purpose, "connect")) {
        return adapter_needs_interaction(call, "Connect it again.", "the refresh token is dead");
    } else if (text_is(order->purpose, "silent")) {
        return ADAPTER_INTERACTION;
    } else if (text_is(order->purpose, "told")) {
        struct buffer told = buffer_in(adapter_arena(call), 256);
        struct json_writer writer = json_writer_on(&told);
        if (order->target.handed_attributes != NULL)
            json_write_value(&writer, order->target.handed_attributes);
        if (order->attributes != NULL)
            json_write_value(&writer, order->attributes);
        buffer_print(&told, "|%.*s|", TEXT_ARGUMENTS(order->documents));
        buffer_append(&told, order->channel_binding);
        made->credential = buffer_text(&told);
    } else if (text_is(order->purpose, "call")) {
        made->credential =
            arena_print(adapter_arena(call), "%d %zu %02x", order->is_for_call, order->channel_binding.length,
                        order->channel_binding.length != 0 ? (unsigned char)order->channel_binding.base[0] : 0);
        if (!text_is(order->task, "silent"))
            made->confirmation = order->task;
    } else {
        const struct adapter_target *target = &order->target;
        made->credential = arena_print(
            adapter_arena(call), "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%d%d", TEXT_ARGUMENTS(order->assertion),
            TEXT_ARGUMENTS(order->subject_token), TEXT_ARGUMENTS(order->subject_token_type),
            TEXT_ARGUMENTS(target->assertion_audience), TEXT_ARGUMENTS(target->assertion_algorithm),
            TEXT_ARGUMENTS(target->assertion_type), target->has_subject_token, target->is_connected_by_people);
    }
    return ADAPTER_DONE;
}

static enum adapter_outcome connect_begin(struct adapter_call *call,
                                          const struct adapter_connection *connection,
                                          struct adapter_interaction *interaction)
{
    if (text_is(connection->scope, "none"))
        return ADAPTER_DONE;
    interaction->go_to = arena_print(
        adapter_arena(call), "%s://vendor.example/authorize?redirect_uri=%.*s&state=%.*s&scope=%.*s",
        text_is(connection->scope, "plain") ? "http" : "https", TEXT_ARGUMENTS(connection->redirect_uri),
        TEXT_ARGUMENTS(connection->state), TEXT_ARGUMENTS(connection->scope));
    size_t length = text_is(connection->scope, "much") ? 4097 : 4096;
    char *keep = arena_allocate(adapter_arena(call), length);
    memset(keep, 'k', length);
    interaction->keep = (struct text){keep, length};
    return ADAPTER_DONE;
}

static enum adapter_outcome connect_finish(struct adapter_call *call,
                                           const struct adapter_connection *connection)
{
    struct text code = json_text_of(connection->answers, "code");
    if (code.length == 0)
        return adapter_refuse(call, NULL, "no code");
    if (text_is(code, "bell"))
        adapter_connect_account(call, TEXT("alice\a"));
    else
        adapter_connect_account(call, arena_print(adapter_arena(call), "%.*s at %.*s with %.*s",
                                                  TEXT_ARGUMENTS(connection->subject.subject),
                                                  TEXT_ARGUMENTS(connection->redirect_uri),
                                                  TEXT_ARGUMENTS(connection->keep)));
    return ADAPTER_DONE;
}

static enum adapter_outcome disconnect(struct adapter_call *call, const struct adapter_connection *connection)
{
    (void)call;
    (void)connection;
    return ADAPTER_DONE;
}

static enum adapter_outcome confirm(struct adapter_call *call, const struct adapter_confirmation *confirmation)
{
    for (size_t i = 0; i < confirmation->challenge_count; i++)
        if (text_equal(confirmation->challenges[i], confirmation->confirmation))
            return ADAPTER_DONE;
    return adapter_refuse(call, NULL, "%zu and none of them", confirmation->challenge_count);
}

static const struct adapter_kind kinds[] = {{"urn:test", "N_A"}};
static const struct adapter_definition alone = {
    .name = "test", .version = "1", .kinds = kinds, .kind_count = 1, .concurrency = 1, .mint = mint};
static const struct adapter_definition confirming = {.name = "test",
                                                     .version = "1",
                                                     .kinds = kinds,
                                                     .kind_count = 1,
                                                     .concurrency = 1,
                                                     .mint = mint,
                                                     .confirm = confirm};
static const struct adapter_definition shared = {.name = "test",
                                                 .version = "1",
                                                 .kinds = kinds,
                                                 .kind_count = 1,
                                                 .concurrency = 1,
                                                 .is_shared = true,
                                                 .mint = mint,
                                                 .connect_begin = connect_begin,
                                                 .connect_finish = connect_finish,
                                                 .disconnect = disconnect};

static const struct adapter_question questions[] = {{"one", "The one", true}, {"other", "The other", false}};

/* The other is for a target by the name of other alone; at a third nothing can be said. */
static enum adapter_outcome choose_questions(struct adapter_call *call, const struct adapter_target *target,
                                             bool *is_asked)
{
    if (text_is(target->name, "third"))
        return adapter_misconfigured(call, "/x", "no such thing");
    is_asked[text_is(target->name, "other")] = true;
    return ADAPTER_DONE;
}

static const struct adapter_definition choosing = {.name = "test",
                                                   .version = "1",
                                                   .kinds = kinds,
                                                   .kind_count = 1,
                                                   .concurrency = 1,
                                                   .mint = mint,
                                                   .questions = questions,
                                                   .question_count = 2,
                                                   .choose_questions = choose_questions,
                                                   .connect_finish = connect_finish,
                                                   .disconnect = disconnect};

static struct text in(const struct json_value *value, const char *name)
{
    return json_text_of(value, name);
}

static void says_how_long_what_it_shares_lives_and_for_which_lease_it_was_made(void **state)
{
    (void)state;
    static const char *const wrong[] = {"earlier", "nobody"};
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &shared, "");
    peer_mint(&peer, 2, 5000, "shared");
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_int_equal(json_integer_of(answer, "lives_until"), 5000);
    assert_true(text_is(in(answer, "made_for"), LEASE));
    for (int i = 0; i < 2; i++) {
        peer_mint(&peer, 3 + i, 5000, wrong[i]);
        assert_int_equal(peer_answer(&peer, 3 + i, &answer), -32603);
        assert_true(text_starts_with(in(answer, "message"), TEXT("the adapter made a ")));
    }
    assert_int_equal(peer_end(&peer), 0);
}

static void says_nothing_of_sharing_where_it_shares_none(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &alone, "");
    peer_mint(&peer, 2, 5000, "plain");
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_null(json_member(answer, TEXT("lives_until")));
    assert_null(json_member(answer, TEXT("made_for")));
    peer_mint(&peer, 3, 5000, "shared");
    assert_int_equal(peer_answer(&peer, 3, &answer), -32603);
    assert_int_equal(peer_end(&peer), 0);
}

static void sends_for_the_person_where_no_account_is_connected(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &alone, "");
    peer_mint(&peer, 2, 5000, "connect");
    assert_int_equal(peer_answer(&peer, 2, &answer), -32004);
    assert_true(text_is(in(answer, "message"), "the refresh token is dead"));
    assert_true(text_is(in(json_member(answer, TEXT("data")), "public"), "Connect it again."));
    peer_mint(&peer, 3, 5000, "silent");
    assert_int_equal(peer_answer(&peer, 3, &answer), -32004);
    assert_true(text_is(in(answer, "message"), "no account is connected"));
    assert_int_equal(peer_end(&peer), 0);
}

#define MINT                                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"mint\",\"params\":{\"deadline_ms\":5000,\"lease\":\"l\","     \
    "\"root\":\"r\",\"target\":{\"name\":\"t\",\"settings\":{}%s},\"subject\":{\"issuer\":\"i\",\"subject\":"  \
    "\"alice\"},\"actors\":[],\"client\":\"c\",\"scopes\":[],\"issued_at\":1000,\"expires_at\":2000%s}}"

static void is_told_what_is_handed_over(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {",\"hands_over\":[]", ""},
        {",\"hands_over\":{\"assertion\":{\"audience\":\"a\",\"type\":\"JWT\"}}", ""},
        {",\"hands_over\":{\"subject_token\":1}", ""},
        {",\"connects\":\"yes\"", ""},
        {"", ",\"assertion\":{}"},
        {"", ",\"subject_token\":\"t\""},
        {"", ",\"subject_token\":{\"token\":\"t\"}"},
    };
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &alone, "");
    peer_send(&peer, MINT, 2,
              ",\"hands_over\":{\"assertion\":{\"audience\":\"https://vendor.example\",\"algorithm\":\"RS256\","
              "\"type\":\"JWT\"},\"subject_token\":true},\"connects\":true",
              ",\"assertion\":\"e.y.J\",\"subject_token\":{\"token\":\"shown\",\"type\":\"urn:t\"}");
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_true(text_is(in(answer, "credential"), "e.y.J|shown|urn:t|https://vendor.example|RS256|JWT|11"));
    peer_send(&peer, MINT, 3, "", "");
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_true(text_is(in(answer, "credential"), "||||||00"));
    for (int i = 0; i < (int)(sizeof(wrong) / sizeof(*wrong)); i++) {
        peer_send(&peer, MINT, 4 + i, wrong[i][0], wrong[i][1]);
        assert_int_equal(peer_answer(&peer, 4 + i, NULL), -32602);
    }
    assert_int_equal(peer_end(&peer), 0);
}

#define TOLD                                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"mint\",\"params\":{\"deadline_ms\":5000,\"lease\":\"l\","     \
    "\"root\":\"r\",\"target\":{\"name\":\"t\",\"settings\":{}%s},\"actors\":[],\"client\":\"c\",\"purpose\":" \
    "\"told\",\"scopes\":[],\"issued_at\":1000,\"expires_at\":2000%s%s}}"
#define SUBJECT(more) ",\"subject\":{\"issuer\":\"i\",\"subject\":\"alice\"" more "}"
#define BOUND         "Y2hhbm5lbCBvZiAyMCBieXRlcyE"

static void is_told_attributes_documents_and_the_channel(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {",\"hands_over\":{\"attributes\":{}}", ""},
        {",\"hands_over\":{\"attributes\":[1]}", ""},
        {"", ",\"documents\":7"},
        {"", ",\"channel_binding\":7"},
        {"", ",\"channel_binding\":\"\""},
        {"", ",\"channel_binding\":\"" BOUND "==\""},
        {"", ",\"channel_binding\":\"c2hvcnQ\""},
        {"", ",\"channel_binding\":\"" BOUND BOUND BOUND BOUND "\""},
        {"", ",\"subject\":{\"issuer\":\"i\",\"subject\":\"s\",\"attributes\":[]}"},
        {"", ",\"subject\":{\"issuer\":\"i\",\"subject\":\"s\",\"attributes\":{\"a\":1}}"},
        {"", ",\"subject\":{\"issuer\":\"i\",\"subject\":\"s\",\"attributes\":{\"a\":[\"b\",{}]}}"},
    };
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &alone, "");
    peer_send(&peer, TOLD, 2, ",\"hands_over\":{\"attributes\":[\"mail\",\"groups\"]}",
              SUBJECT(",\"attributes\":{\"mail\":\"a@b\",\"groups\":[\"x\",\"y\"]}"),
              ",\"documents\":\"c0ffee\",\"channel_binding\":\"" BOUND "\"");
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_true(text_is(in(answer, "credential"),
                        "[\"mail\",\"groups\"]{\"mail\":\"a@b\",\"groups\":[\"x\",\"y\"]}"
                        "|c0ffee|channel of 20 bytes!"));
    peer_send(&peer, TOLD, 3, "", SUBJECT(""), "");
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_true(text_is(in(answer, "credential"), "||"));
    for (int i = 0; i < (int)(sizeof(wrong) / sizeof(*wrong)); i++) {
        bool has_subject = strstr(wrong[i][1], "subject") != NULL;
        peer_send(&peer, TOLD, 4 + i, wrong[i][0], has_subject ? "" : SUBJECT(""), wrong[i][1]);
        assert_int_equal(peer_answer(&peer, 4 + i, NULL), -32602);
    }
    assert_int_equal(peer_end(&peer), 0);
}

#define FOR_CALL ",\"purpose\":\"call\",\"for_call\":true,\"task\":"

static void makes_what_is_for_one_call_and_bound_to_a_certificate(void **state)
{
    (void)state;
    static const char *const wrong[] = {",\"channel_binding\":\"a=\"", ",\"channel_binding\":\"\"",
                                        ",\"channel_binding\":7", ",\"for_call\":\"yes\""};
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &confirming, "");
    peer_send(&peer, MINT, 2, "", FOR_CALL "\"c-1\",\"channel_binding\":\"" BOUND "\"");
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_true(text_is(in(answer, "credential"), "1 20 63"));
    assert_true(text_is(in(answer, "confirmation"), "c-1"));
    peer_send(&peer, MINT, 3, "", FOR_CALL "\"silent\"");
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_true(text_is(in(answer, "credential"), "1 0 00"));
    assert_null(json_member(answer, TEXT("confirmation")));
    peer_send(&peer, MINT, 4, "", ",\"purpose\":\"call\",\"task\":\"c-1\""); /* nobody will ask */
    assert_int_equal(peer_answer(&peer, 4, &answer), -32603);
    peer_send(&peer, MINT, 5, "", arena_print(peer.arena, FOR_CALL "\"%0129d\"", 0).base);
    assert_int_equal(peer_answer(&peer, 5, &answer), -32603);
    for (int i = 0; i < 4; i++) {
        peer_send(&peer, MINT, 6 + i, "", wrong[i]);
        assert_int_equal(peer_answer(&peer, 6 + i, NULL), -32602);
    }
    peer_send(&peer, MINT, 10, "",
              arena_print(peer.arena, ",\"channel_binding\":\"%087d\"", 0).base); /* of 65 bytes */
    assert_int_equal(peer_answer(&peer, 10, NULL), -32602);
    assert_int_equal(peer_end(&peer), 0);
}

static void confirms_nothing_where_it_never_said_it_would(void **state)
{
    (void)state;
    struct peer peer;
    peer_begin(&peer, &alone, "");
    peer_send(&peer, MINT, 2, "", FOR_CALL "\"c-1\"");
    assert_int_equal(peer_answer(&peer, 2, NULL), -32603);
    assert_int_equal(peer_end(&peer), 0);
}

static int64_t ask(struct peer *peer, int id, const char *method, const char *more,
                   const struct json_value **answer)
{
    peer_send(peer,
              "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{\"deadline_ms\":5000,\"target\":"
              "{\"name\":\"t\",\"settings\":{}},\"subject\":{\"issuer\":\"i\",\"subject\":\"alice\"}%s}}",
              id, method, more);
    return peer_answer(peer, id, answer);
}

static void says_whether_an_answer_is_the_servers(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        ",\"confirmation\":\"c-1\"",
                                        ",\"challenges\":[]",
                                        ",\"confirmation\":\"\",\"challenges\":[]",
                                        ",\"confirmation\":7,\"challenges\":[]",
                                        ",\"confirmation\":\"c-1\",\"challenges\":[7]"};
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &confirming, "");
    assert_int_equal(
        ask(&peer, 2, "confirm", ",\"confirmation\":\"c-1\",\"challenges\":[\"x\",\"c-1\"]", &answer), 0);
    assert_int_equal(
        ask(&peer, 3, "confirm", ",\"confirmation\":\"c-1\",\"challenges\":[\"x\",\"c-2\"]", &answer), -32001);
    assert_true(text_is(in(answer, "message"), "2 and none of them"));
    for (int i = 0; i < (int)(sizeof(wrong) / sizeof(*wrong)); i++)
        assert_int_equal(ask(&peer, 4 + i, "confirm", wrong[i], &answer), -32602);
    assert_int_equal(peer_end(&peer), 0);
    peer_begin(&peer, &alone, "");
    assert_int_equal(ask(&peer, 2, "confirm", ",\"confirmation\":\"c\",\"challenges\":[]", &answer), -32601);
    assert_int_equal(peer_end(&peer), 0);
}

#define BROWSER ",\"redirect_uri\":\"https://gw.example/cb\",\"state\":\"s1\",\"scope\":\""

static void sends_a_person_to_the_other_side_and_keeps_until_they_are_back(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &shared, "");
    assert_int_equal(ask(&peer, 2, "connect_begin", BROWSER "read\"", &answer), 0);
    assert_true(text_is(in(answer, "go_to"), "https://vendor.example/authorize?redirect_uri=https://gw.example/"
                                             "cb&state=s1&scope=read"));
    assert_int_equal(in(answer, "keep").length, 4096);
    assert_null(json_member(answer, TEXT("ask")));
    assert_int_equal(ask(&peer, 3, "connect_begin", BROWSER "none\"", &answer), 0);
    assert_null(json_member(answer, TEXT("go_to"))); /* connected already */
    assert_int_equal(ask(&peer, 4, "connect_begin", BROWSER "plain\"", &answer), -32603);
    assert_int_equal(ask(&peer, 5, "connect_begin", BROWSER "much\"", &answer), -32603);
    assert_int_equal(ask(&peer, 6, "connect_begin", ",\"redirect_uri\":\"https://gw.example/cb\"", &answer),
                     -32602);
    assert_int_equal(ask(&peer, 7, "connect_begin", "", &answer), 0); /* nobody is at a browser */
    assert_int_equal(json_member(answer, TEXT("ask"))->count, 0);
    assert_int_equal(peer_end(&peer), 0);
}

static void asks_at_each_target_what_is_wanted_there(void **state)
{
    (void)state;
    static const char *const names[] = {"one", "other"};
    struct adapter_definition asking_all = choosing;
    struct peer peer;
    const struct json_value *answer;
    peer_begin(&peer, &choosing, "");
    for (int i = 0; i < 3; i++) {
        peer_send(
            &peer,
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"connect_begin\",\"params\":{\"deadline_ms\":5000,"
            "\"target\":{\"name\":\"%s\",\"settings\":{}}}}",
            2 + i, i == 2 ? "third" : names[i]);
        assert_int_equal(peer_answer(&peer, 2 + i, &answer), i == 2 ? -32003 : 0);
        if (i == 2)
            break;
        const struct json_value *asked = json_member(answer, TEXT("ask"));
        assert_int_equal(asked->count, 1);
        assert_true(text_is(in(asked->first, "name"), names[i]));
        assert_int_equal(json_is_true(json_member(asked->first, TEXT("secret"))), i == 0);
    }
    assert_int_equal(peer_end(&peer), 0);
    asking_all.choose_questions = NULL;
    peer_begin(&peer, &asking_all, "");
    assert_int_equal(ask(&peer, 2, "connect_begin", "", &answer), 0);
    assert_int_equal(json_member(answer, TEXT("ask"))->count, 2);
    assert_int_equal(peer_end(&peer), 0);
}

static void names_the_account_that_was_connected(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    struct buffer much = {0};
    peer_begin(&peer, &shared, "");
    const char *came_back =
        ",\"redirect_uri\":\"https://gw.example/cb\",\"keep\":\"k\",\"answers\":{\"code\":\"1\"}";
    assert_int_equal(ask(&peer, 2, "connect_finish", came_back, &answer), 0);
    assert_true(text_is(in(answer, "account"), "alice at https://gw.example/cb with k"));
    assert_int_equal(ask(&peer, 3, "connect_finish", ",\"answers\":{\"code\":\"bell\"}", &answer), 0);
    assert_null(json_member(answer, TEXT("account")));
    assert_int_equal(ask(&peer, 4, "connect_finish", ",\"answers\":{\"error\":\"access_denied\"}", &answer),
                     -32001);
    buffer_append(&much, TEXT(",\"answers\":{\"code\":\"1\"},\"keep\":\""));
    for (int i = 0; i < 4096; i++)
        buffer_append_byte(&much, 'k');
    buffer_print(&much, "\"%c", 0);
    assert_int_equal(ask(&peer, 5, "connect_finish", much.base, &answer), 0);
    assert_int_equal(in(answer, "account").length, 256);
    much.length -= 2;
    buffer_print(&much, "k\"%c", 0);
    assert_int_equal(ask(&peer, 6, "connect_finish", much.base, &answer), -32602);
    buffer_dispose(&much);
    assert_int_equal(peer_end(&peer), 0);
}

static void says_in_its_manifest_that_it_shares_and_that_people_connect(void **state)
{
    (void)state;
    static const struct {
        const struct adapter_definition *definition;
        const char *connects;
        bool shares, confirms;
    } cases[] = {
        {&shared, "browser", true, false}, {&alone, "none", false, false}, {&confirming, "none", false, true}};
    for (size_t i = 0; i < 3; i++) {
        struct peer peer;
        const struct json_value *answer;
        peer_start(&peer, cases[i].definition);
        peer_send(&peer,
                  "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY "\"}}");
        peer_send(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocol\":"
                         "{\"lowest\":1,\"highest\":1},\"deadline_ms\":1000}}");
        assert_int_equal(peer_answer(&peer, 1, &answer), 0);
        const struct json_value *manifest = json_member(answer, TEXT("manifest"));
        assert_true(text_is(in(manifest, "connects"), cases[i].connects));
        assert_int_equal(json_is_true(json_member(manifest, TEXT("shares"))), cases[i].shares);
        assert_int_equal(json_is_true(json_member(manifest, TEXT("confirms"))), cases[i].confirms);
        assert_int_equal(peer_end(&peer), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_how_long_what_it_shares_lives_and_for_which_lease_it_was_made),
        cmocka_unit_test(says_nothing_of_sharing_where_it_shares_none),
        cmocka_unit_test(sends_for_the_person_where_no_account_is_connected),
        cmocka_unit_test(is_told_what_is_handed_over),
        cmocka_unit_test(is_told_attributes_documents_and_the_channel),
        cmocka_unit_test(makes_what_is_for_one_call_and_bound_to_a_certificate),
        cmocka_unit_test(confirms_nothing_where_it_never_said_it_would),
        cmocka_unit_test(says_whether_an_answer_is_the_servers),
        cmocka_unit_test(sends_a_person_to_the_other_side_and_keeps_until_they_are_back),
        cmocka_unit_test(asks_at_each_target_what_is_wanted_there),
        cmocka_unit_test(names_the_account_that_was_connected),
        cmocka_unit_test(says_in_its_manifest_that_it_shares_and_that_people_connect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
