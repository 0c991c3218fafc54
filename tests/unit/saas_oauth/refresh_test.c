/* Refresh tokens that are rotated survive crashes, silence, stores that fail and crowds. */
#include "people.h"

#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"

static const char second[] = "{\"access_token\":\"at-2\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                             "\"refresh_token\":\"RT-2\",\"scope\":\"files.read\"}";
static const char third[] = "{\"access_token\":\"at-3\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                            "\"refresh_token\":\"RT-3\",\"scope\":\"files.read\"}";
static const char gone[] = "{\"error\":\"invalid_grant\"}";

static void begin(struct stage *stage)
{
    stage_begin(stage, 1);
    people_connect(stage);
}

static int64_t mint(struct stage *stage, const char *more, const struct json_value **answer)
{
    return stage_mint(stage, CONNECTED, more, answer);
}

static void gets_a_token_once_and_shares_it(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, second);
    assert_int_equal(mint(&stage, "", &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "at-2"));
    assert_null(json_member(answer, TEXT("made_for")));
    assert_in_range(json_integer_of(answer, "lives_until"), clock_wall_s() + 590, clock_wall_s() + 601);
    assert_true(text_is(stage_form(&stage, "grant_type"), "refresh_token"));
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-1"));
    assert_true(text_is(stage_form(&stage, "scope"), "files.read")); /* narrower than what was agreed to */
    struct text lease = text_of(stage.lease);
    unsigned connections = canned_server_connections(stage.server);
    assert_int_equal(mint(&stage, "", &answer), 0);
    assert_int_equal(canned_server_connections(stage.server), connections);
    assert_true(text_equal(json_text_of(answer, "made_for"), lease));
    stage_end(&stage);
}

static void keeps_what_is_rotated_and_what_is_not(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, second);
    assert_int_equal(mint(&stage, "", NULL), 0);
    stage_answers(&stage, 200, "{\"access_token\":\"at-3\",\"token_type\":\"Bearer\",\"expires_in\":600}");
    assert_int_equal(mint(&stage, ",\"fresh\":true", &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "at-3"));
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-2"));
    assert_int_equal(mint(&stage, ",\"fresh\":true", NULL), 0); /* no new one came: the old one stays */
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-2"));
    stage_end(&stage);
}

static void gives_no_client_actor_or_scope_the_token_of_another(void **state)
{
    (void)state;
    static const char *const others[] = {
        ",\"client\":\"another\"",
        ",\"actors\":[{\"issuer\":\"https://gw.example\",\"subject\":\"planner\"}]",
        ",\"actors\":[{\"issuer\":\"https://gw.example\",\"subject\":\"helper\"}]",
        ",\"scopes\":[\"read\",\"write\"]",
        ",\"sharing\":\"with another caller, consent or document\"",
    };
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, second);
    assert_int_equal(mint(&stage, "", NULL), 0);
    stage_answers(&stage, 200, third);
    unsigned connections = canned_server_connections(stage.server);
    for (unsigned i = 0; i < sizeof(others) / sizeof(*others); i++) {
        assert_int_equal(mint(&stage, others[i], &answer), 0);
        assert_true(text_is(json_text_of(answer, "credential"), "at-3"));
        assert_null(json_member(answer, TEXT("made_for")));
        assert_int_equal(canned_server_connections(stage.server), connections + i + 1);
    }
    assert_int_equal(json_member(answer, TEXT("scopes"))->count, 1); /* narrowed to what came */
    stage_end(&stage);
}

#define UNNAMED                                                                                                \
    "{\"grant\":\"connected\",\"tokenEndpoint\":\"@/token\",\"authorizationEndpoint\":\"https://"              \
    "login.example/auth\","                                                                                    \
    "\"issuer\":\"https://login.example\",\"clientId\":\"dragoman\",\"authentication\":\"none\",\"connect\":{" \
    "\"scopes\":\"offline_access\"}"

/* What was agreed to for other orders, or before the target had fewer scopes, and what the connection itself
 * needs, is not what such an order is for. */
static void asks_for_no_more_than_the_targets_scopes_where_an_order_has_none(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *granted, *asked;
    } cases[] = {
        {CONNECTED, "files.admin offline_access files.read files.write", "files.read files.write"},
        {CONNECTED, "files.read", "files.read"},
        {CONNECTED, "profile offline_access", "profile"},
        {UNNAMED "}", "files.read offline_access", "files.read"},
        {UNNAMED "}", "offline_access", NULL},
    };
    struct stage stage;
    struct text go_to, keep;
    stage_begin(&stage, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        people_begin(&stage, cases[i].settings, "st-1", &go_to, &keep);
        assert_non_null(go_to.base);
        stage_answers(&stage, 200,
                      arena_print(stage.arena,
                                  "{\"access_token\":\"at-0\",\"token_type\":\"Bearer\",\"expires_in\":1,"
                                  "\"refresh_token\":\"RT-1\",\"scope\":\"%s\"}",
                                  cases[i].granted)
                          .base);
        assert_int_equal(people_finish(&stage, cases[i].settings, "st-1", keep,
                                       "{\"code\":\"c-1\",\"iss\":\"https://login.example\"}", NULL),
                         0);
        /* No scope in the answer is the scope that was asked for. */
        stage_answers(&stage, 200, "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":600}");
        assert_int_equal(stage_mint(&stage, cases[i].settings, ",\"scopes\":[]", NULL), 0);
        struct text asked = stage_form(&stage, "scope");
        assert_true(cases[i].asked == NULL ? asked.base == NULL : text_is(asked, cases[i].asked));
        assert_int_equal(stage_ask(&stage, "disconnect", NULL, "\"target\":" STAGE_TARGET ALICE,
                                   stage_text(&stage, cases[i].settings), ""),
                         0);
    }
    stage_end(&stage);
}

static void gives_no_token_that_can_more_than_was_asked_for_unless_that_is_how_it_is_there(void **state)
{
    (void)state;
    static const char wider[] = "{\"access_token\":\"at-2\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                                "\"scope\":\"files.read files.write profile\"}";
    static const char *const orders[] = {",\"scopes\":[]", ",\"scopes\":[\"read\"]"};
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, wider);
    const char *accepting =
        arena_print(stage.arena, "%.*s,\"widerScopes\":\"accept\"}", (int)strlen(CONNECTED) - 1, CONNECTED)
            .base;
    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
        int64_t code = mint(&stage, orders[i], &answer);
        stage_assert_error(answer, code, -32003, "not asked for");
        assert_int_equal(stage_mint(&stage, accepting, orders[i], &answer), 0);
        assert_int_equal(json_member(answer, TEXT("scopes"))->count, i); /* the order's own, never more */
        assert_true(stage_logged(&stage, arena_print(stage.arena,
                                                     "lease %s has more than was asked for: files.read "
                                                     "files.write profile",
                                                     stage.lease)
                                             .base));
    }
    stage_end(&stage);
}

static void fifty_at_once_over_two_gateways_refresh_once(void **state)
{
    (void)state;
    enum { CROWD = 50 };
    struct stage stage;
    const struct json_value *answer;
    int64_t ids[CROWD];
    stage_begin(&stage, 2);
    people_connect(&stage);
    unsigned connections = canned_server_connections(stage.server);
    stage_answers(&stage, 200, second);
    for (int i = 0; i < CROWD; i++)
        ids[i] = stage_send(&stage, (size_t)i % 2, "mint", 15000,
                            "\"lease\":\"%s\",\"root\":\"r\",\"target\":" STAGE_TARGET ALICE
                            ",\"actors\":[],\"client\":\"planner\",\"scopes\":[\"read\"],\"issued_at\":%lld,"
                            "\"expires_at\":%lld",
                            stage_lease(&stage), stage_text(&stage, CONNECTED), "", (long long)clock_wall_s(),
                            (long long)clock_wall_s() + 300);
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(stage_wait(&stage, ids[i], &answer), 0);
        assert_true(text_is(json_text_of(answer, "credential"), "at-2"));
    }
    assert_int_equal(canned_server_connections(stage.server), connections + 1);
    stage_end(&stage);
}

/* Killed between the answer and the write: puts of a mint are the note, the mark, what came. */
static void says_after_a_crash_that_it_was_one(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, second);
    stage.dies_at_put = stage.puts + 3;
    assert_int_equal(mint(&stage, "", NULL), -1);
    stage_restart(&stage);
    stage_answers(&stage, 200, third); /* one that lets the old one be used again: nothing is lost */
    assert_int_equal(mint(&stage, "", &answer), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-1"));
    assert_true(text_is(json_text_of(answer, "credential"), "at-3"));
    stage_answers(&stage, 200, second);
    stage.dies_at_put = stage.puts + 3;
    assert_int_equal(mint(&stage, ",\"fresh\":true", NULL), -1);
    stage_restart(&stage);
    stage_answers(&stage, 400, gone);
    int64_t code = mint(&stage, ",\"fresh\":true", &answer);
    stage_assert_error(answer, code, -32004, "");
    assert_non_null(strstr(json_text_of(answer, "message").base, "interrupted"));
    assert_true(stage_logged(&stage, "is lost: a refresh was interrupted"));
    unsigned connections = canned_server_connections(stage.server);
    assert_int_equal(mint(&stage, "", &answer), -32004); /* and nobody is asked again */
    assert_int_equal(canned_server_connections(stage.server), connections);
    stage_end(&stage);
}

static void loses_a_connection_by_invalid_grant_alone(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const struct {
        int status;
        const char *body;
        int64_t code;
    } others[] = {{500, "", -32002},
                  {503, "{\"error\":\"invalid_grant\"}", -32002},
                  {429, "", -32002},
                  {401, "{\"error\":\"invalid_client\"}", -32003},
                  {400, "{\"error\":\"invalid_scope\"}", -32001},
                  {200, "no json", -32003},
                  {401, "", -32003},
                  {403, "", -32001},
                  {404, "gone", -32003},
                  {200, "", -32002},
                  {200, "{\"error\":\"temporarily_unavailable\"}", -32002},
                  {302, "", -32003}};
    begin(&stage);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        stage_answers(&stage, others[i].status, others[i].body);
        assert_int_equal(mint(&stage, "", NULL), others[i].code);
    }
    stage_answers_with(&stage, 200, "Content-Type: text/html\r\n", second);
    assert_int_equal(mint(&stage, "", NULL), -32003);
    stage_answers(&stage, 200, second);
    assert_int_equal(mint(&stage, "", NULL), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-1"));
    stage_answers(&stage, 400, gone);
    int64_t code = mint(&stage, ",\"fresh\":true", &answer);
    stage_assert_error(answer, code, -32004, "it has ended, or was revoked there");
    assert_true(text_is(json_text_of(json_member(answer, TEXT("data")), "public"),
                        "The account has to be connected again."));
    assert_true(stage_logged(&stage, "is lost"));
    people_connect(&stage); /* which mends it */
    stage_answers(&stage, 200, second);
    assert_int_equal(mint(&stage, "", NULL), 0);
    stage_end(&stage);
}

static void keeps_the_next_refresh_token_of_an_answer_that_is_no_good(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage_answers(&stage, 200, "{\"access_token\":\"x\",\"token_type\":\"DPoP\",\"refresh_token\":\"RT-9\"}");
    assert_int_equal(mint(&stage, "", NULL), -32003);
    stage_answers(&stage, 200, second);
    assert_int_equal(mint(&stage, "", NULL), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-9"));
    stage_end(&stage);
}

/* What the old refresh token is worth by then only the other side knows: it is tried, and what comes of it
 * said. */
static void keeps_the_old_refresh_token_where_the_next_cannot_be_kept(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char *const unfit[] = {"RT 9", "RT-\\u00e9", NULL};
    begin(&stage);
    for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++) {
        const char *next = unfit[i];
        if (next == NULL)
            next = arena_print(stage.arena, "%0*d", 16 * 1024 + 1, 7).base;
        stage_answers(&stage, 200,
                      arena_print(stage.arena,
                                  "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                                  "\"refresh_token\":\"%s\"}",
                                  next)
                          .base);
        int64_t code = mint(&stage, "", &answer);
        stage_assert_error(answer, code, -32003, "what was connected before stays as it is");
        assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-1"));
    }
    stage_answers(&stage, 200, second);
    assert_int_equal(mint(&stage, "", NULL), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-1"));
    stage_end(&stage);
}

static struct text repeated(struct stage *stage, const char *unit, size_t count)
{
    struct buffer out = buffer_in(stage->arena, count * strlen(unit));
    for (size_t i = 0; i < count; i++)
        buffer_append(&out, text_of(unit));
    return arena_copy(stage->arena, buffer_text(&out));
}

/* The longest of everything, and each byte of the refresh token two in JSON: there is no room for the access
 * token beside it, and that one is given all the same. */
static void keeps_the_largest_account_that_it_takes(void **state)
{
    (void)state;
    struct stage stage;
    struct text go_to, keep;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    people_begin(&stage, CONNECTED, "st-1", &go_to, &keep);
    struct text refresh_token = repeated(&stage, "\\\"", 16 * 1024),
                access_token = repeated(&stage, "t", 32 * 1024), scope = repeated(&stage, "s", 8 * 1024 - 11);
    stage_answers(&stage, 200,
                  arena_print(stage.arena,
                              "{\"access_token\":\"%.*s\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                              "\"refresh_token\":\"%.*s\",\"scope\":\"files.read %.*s\"}",
                              TEXT_ARGUMENTS(access_token), TEXT_ARGUMENTS(refresh_token),
                              TEXT_ARGUMENTS(scope))
                      .base);
    assert_int_equal(people_finish(&stage, CONNECTED, "st-1", keep,
                                   "{\"code\":\"c-1\",\"iss\":\"https://login.example\"}", NULL),
                     0);
    stage_answers(&stage, 200,
                  arena_print(stage.arena,
                              "{\"access_token\":\"%.*s\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                              "\"refresh_token\":\"%.*s\",\"scope\":\"files.read\"}",
                              TEXT_ARGUMENTS(access_token), TEXT_ARGUMENTS(refresh_token))
                      .base);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mint(&stage, "", &answer), 0);
        assert_int_equal(json_text_of(answer, "credential").length, access_token.length);
        assert_null(json_member(answer, TEXT("made_for")));
        assert_int_equal(stage_form(&stage, "refresh_token").length, 16 * 1024);
    }
    stage_end(&stage);
}

static void keeps_it_though_the_store_fails_or_the_claim_was_over(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage_answers(&stage, 200, second);
    stage.unavailable_at_put = stage.puts + 3;
    assert_int_equal(mint(&stage, "", NULL), 0);
    stage_answers(&stage, 200, third);
    stage.conflicts_at_put = stage.puts + 3;
    unsigned connections = canned_server_connections(stage.server);
    assert_int_equal(mint(&stage, ",\"fresh\":true", NULL), 0);
    assert_int_equal(canned_server_connections(stage.server),
                     connections + 1); /* the old one is not used again */
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-2"));
    assert_int_equal(mint(&stage, ",\"fresh\":true", NULL), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-3"));
    stage_end(&stage);
}

static int64_t mint_within(struct stage *stage, int deadline_ms)
{
    int64_t now = clock_wall_s();
    int64_t id =
        stage_send(stage, 0, "mint", deadline_ms,
                   "\"lease\":\"%s\",\"root\":\"r\",\"target\":" STAGE_TARGET ALICE
                   ",\"actors\":[],\"client\":\"planner\",\"scopes\":[\"read\"],\"issued_at\":%lld,"
                   "\"expires_at\":%lld",
                   stage_lease(stage), stage_text(stage, CONNECTED), "", (long long)now, (long long)now + 300);
    return stage_wait(stage, id, NULL);
}

/* The store says no first, and only when the deadline is over. */
static void keeps_what_came_though_nobody_waits_any_more(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage_answers(&stage, 200, second);
    stage.unavailable_at_put = stage.puts + 3;
    stage.unavailable_after_ms = 900;
    (void)mint_within(&stage, 700);
    assert_int_equal(mint(&stage, ",\"fresh\":true", NULL), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-2"));
    stage_end(&stage);
}

/* Most of a second beyond the deadline, and less than the two that the gateway waits. */
static void waits_for_a_silent_side_no_longer_than_the_protocol_lets(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage_is_silent(&stage);
    unsigned connections = canned_server_connections(stage.server);
    int64_t begun_us = clock_monotonic_us(), code = mint_within(&stage, 700);
    assert_true(code == -32800 || code == -32002);
    assert_in_range(clock_monotonic_us() - begun_us, 1500000, 2600000);
    assert_int_equal(canned_server_connections(stage.server), connections + 1);
    stage_answers(&stage, 200, second);
    assert_int_equal(mint_within(&stage, 10000), 0); /* nothing is lost */
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gets_a_token_once_and_shares_it),
        cmocka_unit_test(keeps_what_is_rotated_and_what_is_not),
        cmocka_unit_test(gives_no_client_actor_or_scope_the_token_of_another),
        cmocka_unit_test(asks_for_no_more_than_the_targets_scopes_where_an_order_has_none),
        cmocka_unit_test(gives_no_token_that_can_more_than_was_asked_for_unless_that_is_how_it_is_there),
        cmocka_unit_test(fifty_at_once_over_two_gateways_refresh_once),
        cmocka_unit_test(says_after_a_crash_that_it_was_one),
        cmocka_unit_test(loses_a_connection_by_invalid_grant_alone),
        cmocka_unit_test(keeps_the_next_refresh_token_of_an_answer_that_is_no_good),
        cmocka_unit_test(keeps_the_old_refresh_token_where_the_next_cannot_be_kept),
        cmocka_unit_test(keeps_the_largest_account_that_it_takes),
        cmocka_unit_test(keeps_it_though_the_store_fails_or_the_claim_was_over),
        cmocka_unit_test(keeps_what_came_though_nobody_waits_any_more),
        cmocka_unit_test(waits_for_a_silent_side_no_longer_than_the_protocol_lets),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}
