/* What is decided about who acts for whom: may_act, actor tokens, chains, and tokens of our own that are
 * carried onwards with what they stand on. */
#include "exchange_fixture.h"

static void holds_may_act_against_whoever_acts(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = fixture_exchange(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT_NONE, TEXT("somebody-else")};
    assert_int_equal(fixture_decide(x), FAULT_MAY_ACT_MISMATCH);
    x = fixture_exchange(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT("https://idp.corp.example"), TEXT("agent")};
    assert_int_equal(fixture_decide(x), FAULT_MAY_ACT_MISMATCH);
    /* Without iss: the token's own issuer and our own clients, no third issuer's namesake. */
    x = fixture_exchange(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT_NONE, TEXT("agent")};
    x->call.authentication.caller.identity.issuer = TEXT("https://idp.island.example");
    assert_int_equal(fixture_decide(x), FAULT_MAY_ACT_MISMATCH);
    x = fixture_exchange(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT_NONE, TEXT("agent")};
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    x = fixture_exchange(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){fixture->world->issuer, TEXT("agent")};
    assert_int_equal(fixture_decide(x), FAULT_NONE);
}

static void refuses_an_actor_token_that_is_itself_delegated(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->request.actor_token = TEXT("a");
    x->actor.issuer = x->actor.token.issuer = x->subject.issuer;
    x->actor.token.identity = (struct identity){TEXT("https://idp.corp.example"), TEXT("robot")};
    x->actor.token.chain_length = 1;
    assert_int_equal(fixture_decide(x), FAULT_ACTOR_DELEGATED);
}

static void asks_both_sides_about_an_actor_token_too(void **state)
{
    struct fixture *fixture = *state;
    static const char *const issuers[] = {"https://idp.island.example", "https://gateway.example"};
    static const enum fault expected[] = {FAULT_TARGET_ACTOR, FAULT_ACTOR_DELEGATED};
    for (size_t i = 0; i < 2; i++) {
        struct exchange *x = fixture_exchange(state);
        x->request.actor_token = TEXT("a");
        x->actor.issuer = x->actor.token.issuer = world_issuer(fixture->world, text_of(issuers[i]));
        x->actor.token.identity = (struct identity){text_of(issuers[i]), TEXT("robot")};
        assert_int_equal(fixture_decide(x), expected[i]);
    }
    struct exchange *x = fixture_exchange(state);
    x->request.actor_token = TEXT("a");
    x->actor.issuer = x->actor.token.issuer = x->subject.issuer;
    x->actor.token.identity = x->subject.token.identity;
    assert_int_equal(fixture_decide(x), FAULT_ACTOR_IS_SUBJECT);
}

static void keeps_the_chain_and_limits_its_depth(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->subject.token.chain[0] = (struct identity){TEXT("https://idp.corp.example"), TEXT("earlier")};
    x->subject.token.chain_length = 1;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.chain_length, 2);
    assert_true(text_is(x->order.chain[0].subject, "agent"));
    assert_true(text_is(x->order.chain[1].subject, "earlier"));
    x = fixture_exchange(state);
    x->subject.token.chain[0] = (struct identity){TEXT("https://idp.corp.example"), TEXT("earlier")};
    x->subject.token.chain[1] = (struct identity){TEXT("https://idp.corp.example"), TEXT("earliest")};
    x->subject.token.chain_length = 2;
    assert_int_equal(fixture_decide(x), FAULT_CHAIN_TOO_DEEP);
}

static void names_no_actor_when_the_subject_acts_for_itself(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->call.authentication.caller.identity = x->subject.token.identity;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.chain_length, 0);
}

static void carries_the_first_domains_rules_through_tokens_of_ours(void **state)
{
    struct fixture *fixture = *state;
    static const char *const claims[] = {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}",
                                         "{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.island.example\"}",
                                         "{\"sub_iss\":\"https://idp.off.example\"}",
                                         "{\"sub_iss\":\"https://gateway.example\"}", "{}"};
    static const enum fault expected[] = {FAULT_NONE, FAULT_TARGET_DOMAIN, FAULT_TOKEN_ISSUER_DISABLED,
                                          FAULT_TOKEN_REVOKED /* alice is no client of ours */,
                                          FAULT_TOKEN_ISSUER_UNKNOWN};
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        struct exchange *x = fixture_exchange(state);
        x->subject.issuer = x->subject.token.issuer = &fixture->world->self;
        x->subject.token.claims.audiences[0] = TEXT("https://api.partner.example");
        x->subject.token.claims.audience_count = 1;
        x->subject.token.claims.id = TEXT("01J00000000000000000000000");
        assert_int_equal(
            json_parse(x->call.arena, text_of(claims[i]), &json_limits_token, &x->subject.token.claims.all),
            FAULT_NONE);
        assert_int_equal(fixture_decide(x), expected[i]);
        if (expected[i] == FAULT_NONE) {
            assert_true(text_is(x->parent, "01J00000000000000000000000"));
            assert_true(text_is(x->order.subject.issuer, "https://idp.corp.example"));
        }
    }
}

static void refuses_a_token_of_ours_when_what_it_stands_on_is_off_or_gone(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *claims, *audience;
    } cases[] = {
        {"{\"client_id\":\"gone\",\"sub_iss\":\"https://idp.corp.example\"}", "https://api.partner.example"},
        {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}", "closed"},
        {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}", "gone"},
        {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\",\"act\":{\"sub\":\"a\",\"act\":{"
         "\"iss\":\"https://idp.off.example\",\"sub\":\"b\"}}}",
         "https://api.partner.example"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct exchange *x = fixture_exchange(state);
        x->subject.issuer = x->subject.token.issuer = &fixture->world->self;
        x->subject.token.claims.audiences[0] = text_of(cases[i].audience);
        x->subject.token.claims.audience_count = 1;
        assert_int_equal(json_parse(x->call.arena, text_of(cases[i].claims), &json_limits_token,
                                    &x->subject.token.claims.all),
                         FAULT_NONE);
        assert_int_equal(fixture_decide(x), FAULT_TOKEN_REVOKED);
    }
}

static void asks_scopes_of_ours_even_where_the_token_has_none(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = fixture_exchange(state);
    x->subject.issuer = x->subject.token.issuer = &fixture->world->self;
    x->subject.token.claims.audiences[0] = TEXT("https://api.partner.example");
    x->subject.token.claims.audience_count = 1;
    x->subject.token.has_scope = false;
    x->subject.token.scope = TEXT_NONE;
    assert_int_equal(json_parse(x->call.arena,
                                TEXT("{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}"),
                                &json_limits_token, &x->subject.token.claims.all),
                     FAULT_NONE);
    fixture_ask_scope(x, "read");
    assert_int_equal(fixture_decide(x), FAULT_SCOPE_WIDER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(holds_may_act_against_whoever_acts),
        TEST(refuses_an_actor_token_that_is_itself_delegated),
        TEST(asks_both_sides_about_an_actor_token_too),
        TEST(keeps_the_chain_and_limits_its_depth),
        TEST(names_no_actor_when_the_subject_acts_for_itself),
        TEST(carries_the_first_domains_rules_through_tokens_of_ours),
        TEST(refuses_a_token_of_ours_when_what_it_stands_on_is_off_or_gone),
        TEST(asks_scopes_of_ours_even_where_the_token_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
