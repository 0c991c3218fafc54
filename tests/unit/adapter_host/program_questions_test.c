/* revoke, validate and connecting: what is asked, and what is made of the answers. */
#include "host_fixture.h"

static char told[PEER_LINE_MAX];
static const char *answer; /* members behind the id */

static void answers(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    while (peer_next(peer)) {
        memcpy(told, peer->line, sizeof(told));
        peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,%s}", peer_id(peer), answer);
    }
}

struct questioner {
    struct flow flow; /* first */
    const struct adapter *adapter;
    struct credential_withdrawal withdrawal;
    struct settings_validation validation;
    struct credential_connection connection;
    struct credential_confirmation confirmation;
};

static const struct credential_target target = {TEXT("payments"), TEXT("saas"), TEXT("https://pay.example"),
                                                NULL};

static struct questioner begin(struct host_fixture *fixture, const char *members)
{
    answer = members;
    fixture->behave = answers;
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "running");
    return (struct questioner){.adapter = adapter_host_find(fixture->host, TEXT("acme")),
                               .withdrawal = {.arena = fixture->arena, .lease = TEXT("06F"), .target = target},
                               .validation = {.arena = fixture->arena, .target = target},
                               .connection = {.arena = fixture->arena, .target = target}};
}

static enum flow_step_result revoke(struct flow *flow)
{
    struct questioner *x = (struct questioner *)flow;
    FLOW_AWAIT(flow, &x->withdrawal.wait, x->adapter->revoke(x->adapter, &x->withdrawal));
    return FLOW_NEXT;
}

static enum flow_step_result validate(struct flow *flow)
{
    struct questioner *x = (struct questioner *)flow;
    FLOW_AWAIT(flow, &x->validation.wait, x->adapter->validate(x->adapter, &x->validation));
    return FLOW_NEXT;
}

static enum flow_step_result connect(struct flow *flow)
{
    struct questioner *x = (struct questioner *)flow;
    FLOW_AWAIT(flow, &x->connection.wait, x->adapter->connect(x->adapter, &x->connection));
    return FLOW_NEXT;
}

static enum flow_step_result confirm(struct flow *flow)
{
    struct questioner *x = (struct questioner *)flow;
    FLOW_AWAIT(flow, &x->confirmation.wait, x->adapter->confirm(x->adapter, &x->confirmation));
    return FLOW_NEXT;
}

static const struct flow_step confirm_steps[] = {FLOW_STEP(confirm), FLOW_STEP_LAST};
static const struct flow_step revoke_steps[] = {FLOW_STEP(revoke), FLOW_STEP_LAST};
static const struct flow_step validate_steps[] = {FLOW_STEP(validate), FLOW_STEP_LAST};
static const struct flow_step connect_steps[] = {FLOW_STEP(connect), FLOW_STEP_LAST};

static void withdraws_by_lease_and_handle(void **state)
{
    struct host_fixture *fixture = *state;
    struct questioner x = begin(fixture, "\"result\":{}");
    host_run_flow(fixture, &x.flow, revoke_steps);
    assert_int_equal(x.withdrawal.fault, FAULT_NONE);
    assert_non_null(strstr(told, "\"method\":\"revoke\""));
    assert_non_null(strstr(told, "\"lease\":\"06F\",\"target\":{\"name\":\"payments\""));
    assert_null(strstr(told, "\"handle\""));
    x.withdrawal = (struct credential_withdrawal){
        .arena = fixture->arena, .lease = TEXT("06F"), .target = {.name = TEXT("gone")}, .handle = TEXT("k")};
    answer = "\"error\":{\"code\":-32002,\"message\":\"down\"}";
    x.flow = (struct flow){0};
    host_run_flow(fixture, &x.flow, revoke_steps);
    assert_int_equal(x.withdrawal.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_non_null(strstr(told, "\"target\":{\"name\":\"gone\"},\"handle\":\"k\"}"));
}

static void gives_the_mistakes_of_settings(void **state)
{
    struct host_fixture *fixture = *state;
    struct questioner x =
        begin(fixture, "\"result\":{\"mistakes\":[{\"path\":\"/region\",\"message\":\"not there\"},"
                       "{\"path\":\"/x\",\"message\":\"bell\\u0007\"}]}");
    host_run_flow(fixture, &x.flow, validate_steps);
    assert_int_equal(x.validation.fault, FAULT_NONE);
    assert_int_equal(x.validation.mistake_count, 2);
    assert_non_null(strstr(told, "\"audience\":\"https://pay.example\",\"settings\":{}}"));
    assert_true(text_is(x.validation.mistakes[0].path, "/region"));
    assert_true(text_is(x.validation.mistakes[0].sentence, "not there"));
    assert_true(text_is(x.validation.mistakes[1].sentence, "(not printable)"));
}

static void ends_one_whose_mistakes_are_none(void **state)
{
    struct host_fixture *fixture = *state;
    struct questioner x = begin(fixture, "\"result\":{\"mistakes\":[{\"path\":7}]}");
    host_run_flow(fixture, &x.flow, validate_steps);
    assert_int_equal(x.validation.fault, FAULT_ADAPTER_FAILED);
    assert_int_equal(fixture->killed, 1);
}

static void asks_whether_an_answer_is_the_servers(void **state)
{
    struct host_fixture *fixture = *state;
    const struct text challenges[] = {TEXT("Negotiate oYG2\\\""), TEXT("Basic realm=x")};
    struct questioner x = begin(fixture, "\"result\":{}");
    x.confirmation = (struct credential_confirmation){.arena = fixture->arena,
                                                      .target = target,
                                                      .confirmation = TEXT("c-1"),
                                                      .challenges = challenges,
                                                      .challenge_count = 2};
    host_run_flow(fixture, &x.flow, confirm_steps);
    assert_int_equal(x.confirmation.fault, FAULT_NONE);
    assert_non_null(strstr(told, "\"method\":\"confirm\",\"params\":{\"deadline_ms\":"));
    assert_non_null(strstr(
        told, "\"audience\":\"https://pay.example\",\"settings\":{}},\"confirmation\":\"c-1\",\"challenges\":["
              "\"Negotiate oYG2\\\\\\\"\",\"Basic realm=x\"]}"));
    answer = "\"error\":{\"code\":-32001,\"message\":\"not it\"}";
    x.flow = (struct flow){0};
    x.confirmation = (struct credential_confirmation){
        .arena = fixture->arena, .target = target, .confirmation = TEXT("c-2")};
    host_run_flow(fixture, &x.flow, confirm_steps);
    assert_int_equal(x.confirmation.fault, FAULT_ADAPTER_REFUSED);
    assert_true(text_is(x.confirmation.detail, "not it"));
    assert_non_null(strstr(told, "\"confirmation\":\"c-2\",\"challenges\":[]}"));
}

static void asks_what_is_wanted_hands_it_over_and_forgets_it(void **state)
{
    struct host_fixture *fixture = *state;
    const struct json_value *typed;
    struct questioner x = begin(fixture, "\"result\":{\"ask\":[{\"name\":\"api_key\",\"secret\":true}]}");
    host_run_flow(fixture, &x.flow, connect_steps);
    assert_int_equal(x.connection.fault, FAULT_NONE);
    assert_non_null(strstr(told, "\"method\":\"connect_begin\""));
    assert_null(strstr(told, "\"subject\""));
    assert_true(
        text_is(json_text_of(json_member(x.connection.request, TEXT("ask"))->first, "name"), "api_key"));
    assert_int_equal(json_parse(fixture->arena, TEXT("{\"api_key\":\"s3\"}"), &json_limits_document, &typed),
                     FAULT_NONE);
    x.connection = (struct credential_connection){.arena = fixture->arena,
                                                  .target = target,
                                                  .subject = {TEXT("https://idp.example"), TEXT("alice")},
                                                  .answers = typed};
    answer =
        "\"result\":{\"fingerprint\":\"AB00000000000000000000000000000000000000000000000000000000000000\"}";
    x.flow = (struct flow){0};
    host_run_flow(fixture, &x.flow, connect_steps);
    assert_non_null(strstr(told, "\"method\":\"connect_finish\""));
    assert_non_null(strstr(told, "\"subject\":{\"issuer\":\"https://idp.example\",\"subject\":\"alice\"},"
                                 "\"answers\":{\"api_key\":\"s3\"}"));
    assert_memory_equal(x.connection.fingerprint.base, "ab00", 4);
    x.connection = (struct credential_connection){.arena = fixture->arena, .target = target, .is_end = true};
    answer = "\"error\":{\"code\":-32001,\"message\":\"there is none\"}";
    x.flow = (struct flow){0};
    host_run_flow(fixture, &x.flow, connect_steps);
    assert_non_null(strstr(told, "\"method\":\"disconnect\""));
    assert_int_equal(x.connection.fault, FAULT_ADAPTER_REFUSED);
    assert_true(text_is(x.connection.detail, "there is none"));
}

static void asks_nothing_of_one_that_keeps_nothing(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->manifest = MANIFEST_WITH("\"concurrency\":1,\"connects\":\"none\"");
    struct questioner x = begin(fixture, "\"result\":{}");
    told[0] = '\0';
    host_run_flow(fixture, &x.flow, connect_steps);
    assert_int_equal(x.connection.fault, FAULT_ADAPTER_REFUSED);
    assert_string_equal(told, "");
}

#define BROWSER MANIFEST_WITH("\"concurrency\":1,\"connects\":\"browser\"")

static void ask(struct host_fixture *fixture, struct questioner *x, const char *members)
{
    answer = members;
    x->flow = (struct flow){0};
    x->connection = (struct credential_connection){.arena = fixture->arena,
                                                   .target = target,
                                                   .subject = {TEXT("https://idp.example"), TEXT("alice")},
                                                   .redirect_uri = TEXT("https://gw.example/cb"),
                                                   .browser_state = TEXT("s1"),
                                                   .scope = TEXT("read"),
                                                   .keep = x->connection.keep,
                                                   .answers = x->connection.answers};
    told[0] = '\0';
    host_run_flow(fixture, &x->flow, connect_steps);
}

static void sends_a_person_to_the_other_side_and_says_which_account_they_connected(void **state)
{
    struct host_fixture *fixture = *state;
    const struct json_value *back;
    fixture->manifest = BROWSER;
    struct questioner x = begin(fixture, "");
    ask(fixture, &x, "\"result\":{\"go_to\":\"https://vendor.example/authorize?a=b\",\"keep\":\"sealed\"}");
    assert_int_equal(x.connection.fault, FAULT_NONE);
    assert_non_null(
        strstr(told, "\"redirect_uri\":\"https://gw.example/cb\",\"state\":\"s1\",\"scope\":\"read\"}"));
    assert_true(text_is(json_text_of(x.connection.request, "go_to"), "https://vendor.example/authorize?a=b"));
    assert_true(text_is(json_text_of(x.connection.request, "keep"), "sealed"));
    ask(fixture, &x, "\"result\":{}"); /* connected already */
    assert_int_equal(x.connection.fault, FAULT_NONE);
    assert_int_equal(json_parse(fixture->arena, TEXT("{\"code\":\"c\",\"iss\":\"https://vendor.example\"}"),
                                &json_limits_document, &back),
                     FAULT_NONE);
    x.connection.answers = back;
    x.connection.keep = TEXT("sealed");
    ask(fixture, &x, "\"result\":{\"account\":\"alice@vendor.example\"}");
    assert_int_equal(x.connection.fault, FAULT_NONE);
    assert_true(text_is(json_text_of(x.connection.request, "account"), "alice@vendor.example"));
    assert_non_null(strstr(told, "\"method\":\"connect_finish\""));
    assert_non_null(strstr(told,
                           "\"redirect_uri\":\"https://gw.example/cb\",\"state\":\"s1\",\"keep\":\"sealed\","
                           "\"answers\":{\"code\":\"c\",\"iss\":\"https://vendor.example\"}"));
}

static void sends_nobody_to_what_is_no_page_of_the_other_side(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->manifest = BROWSER;
    struct questioner x = begin(fixture, "");
    const char *wrong[] = {
        "\"result\":{\"go_to\":\"javascript:alert(1)\"}",
        "\"result\":{\"go_to\":\"http://vendor.example/\"}",
        "\"result\":{\"go_to\":7}",
        "\"result\":{\"ask\":[]}",
        "\"result\":{\"go_to\":\"https://vendor.example/\",\"keep\":{}}",
        arena_print(fixture->arena, "\"result\":{\"go_to\":\"https://vendor.example/%0*d\"}", 8192 - 22, 0)
            .base,
        arena_print(fixture->arena, "\"result\":{\"go_to\":\"https://vendor.example/\",\"keep\":\"%0*d\"}",
                    4097, 0)
            .base,
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ask(fixture, &x, wrong[i]);
        if (x.connection.fault != FAULT_ADAPTER_FAILED)
            fail_msg("%s", wrong[i]);
        assert_null(x.connection.request);
    }
    ask(fixture, &x,
        arena_print(fixture->arena, "\"result\":{\"go_to\":\"https://vendor.example/%0*d\",\"keep\":\"%0*d\"}",
                    8192 - 23, 0, 4096, 0)
            .base);
    assert_int_equal(x.connection.fault, FAULT_NONE);
    assert_int_equal(fixture->killed, 0);
}

static void takes_no_account_that_cannot_be_shown(void **state)
{
    struct host_fixture *fixture = *state;
    const struct json_value *back;
    fixture->manifest = BROWSER;
    struct questioner x = begin(fixture, "");
    const char *wrong[] = {"\"result\":{\"account\":\"bell\\u0007\"}", "\"result\":{\"account\":7}",
                           arena_print(fixture->arena, "\"result\":{\"account\":\"%0*d\"}", 257, 0).base};
    assert_int_equal(json_parse(fixture->arena, TEXT("{}"), &json_limits_document, &back), FAULT_NONE);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        x.connection.answers = back;
        ask(fixture, &x, wrong[i]);
        if (x.connection.fault != FAULT_ADAPTER_FAILED)
            fail_msg("%s", wrong[i]);
    }
}

static void sends_nobody_where_no_one_connects_in_a_browser(void **state)
{
    struct host_fixture *fixture = *state;
    struct questioner x = begin(fixture, "");
    ask(fixture, &x, "\"result\":{}"); /* of one whose manifest says secret it would pass for connected */
    assert_int_equal(x.connection.fault, FAULT_ADAPTER_REFUSED);
    assert_string_equal(told, "");
}

static void takes_nobody_for_connected_by_one_of_which_nothing_was_known(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = answers;
    host_configure(fixture, "timeout: 5s");
    struct questioner x = {.adapter = adapter_host_find(fixture->host, TEXT("acme"))};
    ask(fixture, &x, "\"result\":{}"); /* waits for its start, which says that it keeps secrets */
    assert_int_equal(x.connection.fault, FAULT_ADAPTER_FAILED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(withdraws_by_lease_and_handle),
        TEST(gives_the_mistakes_of_settings),
        TEST(ends_one_whose_mistakes_are_none),
        TEST(asks_whether_an_answer_is_the_servers),
        TEST(asks_what_is_wanted_hands_it_over_and_forgets_it),
        TEST(asks_nothing_of_one_that_keeps_nothing),
        TEST(sends_a_person_to_the_other_side_and_says_which_account_they_connected),
        TEST(sends_nobody_to_what_is_no_page_of_the_other_side),
        TEST(takes_no_account_that_cannot_be_shown),
        TEST(sends_nobody_where_no_one_connects_in_a_browser),
        TEST(takes_nobody_for_connected_by_one_of_which_nothing_was_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
