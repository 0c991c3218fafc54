/* Whoever calls as the subject: a client of ours, or an agent of a class; and what documents and policies make
 * of that. */
#include "exchange_fixture.h"

static const char documents[] = "---\nkind: Domain\nmetadata: {name: local}\nspec: {leavesFor: [partner]}\n"
                                "---\nkind: Target\nmetadata: {name: jobs}\n"
                                "spec: {domain: partner, audiences: [jobs], scopes: [read, write], "
                                "authorizationDetails: [pay],\n"
                                "  accepts: {clients: [agent, stranger], clientCredentials: true}}\n"
                                "---\nkind: Target\nmetadata: {name: lists}\n"
                                "spec: {domain: partner, audiences: [lists], scopes: [read],\n"
                                "  accepts: {issuers: [self], clients: [agent]}}\n"
                                "---\nkind: Target\nmetadata: {name: behind}\n"
                                "spec: {domain: partner, audiences: [behind], scopes: [read],\n"
                                "  accepts: {issuers: [self], clients: [agent], clientCredentials: true}}\n";

static int begin(void **state)
{
    struct text texts[] = {text_of(documents), text_of(fixture_class_documents)};
    struct arena *arena = arena_create();
    int result = fixture_begin_with(state, arena_join(arena, texts, 2).base);
    arena_destroy(arena);
    return result;
}

/* The client "agent" for itself; nothing of the fixture's alice is left. */
static struct exchange *alone(void **state, const char *target)
{
    struct exchange *x = fixture_exchange(state);
    x->subject = (struct verification){0};
    x->request.grant = &client_credentials_grant;
    x->request.audiences[0] = text_of(target);
    assert_int_equal(x->request.grant->complete(x), FAULT_NONE);
    return x;
}

static void a_client_is_its_own_subject_without_a_chain(void **state)
{
    struct exchange *x = alone(state, "jobs");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.subject.issuer, "https://gateway.example"));
    assert_true(text_is(x->order.subject.subject, "agent"));
    assert_int_equal(x->order.chain_length, 0);
    assert_true(text_equal(x->order.root, x->call.id));
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 300);
    assert_null(x->parent.base);
}

static void it_is_given_the_scopes_it_names_and_no_others(void **state)
{
    struct exchange *x = alone(state, "jobs");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_null(x->order.scope.base);
    x = alone(state, "jobs");
    fixture_ask_scope(x, "write");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "write"));
    x = alone(state, "jobs");
    fixture_ask_scope(x, "admin");
    assert_int_equal(fixture_decide(x), FAULT_SCOPE_NOT_OFFERED);
}

static void the_target_says_that_clients_may_come_for_themselves(void **state)
{
    struct exchange *x = alone(state, "lists"); /* which has tokens of ours carried on */
    assert_int_equal(fixture_decide(x), FAULT_TARGET_CLIENT_ALONE);
    x = alone(state, "jobs");
    x->call.authentication.caller.name = TEXT("another");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_CLIENT);
    x = alone(state, "other"); /* in a domain that ours does not let anybody leave for */
    assert_int_equal(fixture_decide(x), FAULT_TARGET_DOMAIN);
}

/* As if a resource server showed the token that a client got for itself. */
static struct exchange *carried_on(void **state, const char *target)
{
    struct exchange *x = fixture_exchange(state);
    static const char claims[] = "{\"sub_iss\":\"https://gateway.example\",\"sub\":\"stranger\",\"client_id\":"
                                 "\"stranger\",\"txn\":\"r\",\"aud\":\"jobs\",\"jti\":"
                                 "\"01K00000000000000000000001\"}";
    struct verified_token *token = &x->subject.token;
    const struct json_value *all;
    assert_int_equal(json_parse(x->call.arena, text_of(claims), &json_limits_token, &all), FAULT_NONE);
    x->subject.issuer = token->issuer = &x->call.world->self;
    token->identity = (struct identity){x->call.world->issuer, TEXT("stranger")};
    assert_int_equal(jwt_claims_from(all, &token->claims), FAULT_NONE);
    token->claims.expires_at_s = FIXTURE_NOW + 60;
    x->request.audiences[0] = text_of(target);
    return x;
}

static void its_token_is_carried_on_to_targets_that_take_clients_for_themselves(void **state)
{
    struct exchange *x = carried_on(state, "behind");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.subject.subject, "stranger"));
    assert_int_equal(x->order.chain_length, 1);
    assert_int_equal(fixture_decide(carried_on(state, "lists")), FAULT_TARGET_CLIENT_ALONE);
    /* It takes clients for themselves, and no tokens of ours. */
    assert_int_equal(fixture_decide(carried_on(state, "jobs")), FAULT_TARGET_ISSUER);
}

static void its_token_is_dead_where_it_is_no_client_any_more(void **state)
{
    struct exchange *x = carried_on(state, "behind");
    assert_true(standing_is_on(x->call.world, &x->subject.token.claims));
    x->subject.token.claims.subject = TEXT("was-here-once");
    assert_false(standing_is_on(x->call.world, &x->subject.token.claims));
    assert_int_equal(fixture_decide(x), FAULT_TOKEN_REVOKED);
}

static void policies_see_an_agent_on_nobodys_behalf(void **state)
{
    struct exchange *x = alone(state, "jobs");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    exchange_describe_facts(x);
    assert_int_equal(x->facts.subject.kind, POLICY_AGENT);
    assert_int_equal(x->facts.actor.kind, POLICY_AGENT);
    assert_true(x->facts.subject_is_actor);
    assert_true(text_is(x->facts.subject_domain, "local"));
}

static void an_agent_of_a_class_is_what_its_platforms_token_says(void **state)
{
    struct exchange *x = fixture_exchange_by_agent(state);
    struct verified_token *proof = &x->call.authentication.verification.token;
    x->subject = (struct verification){0};
    x->call.authentication.verification.issuer = proof->issuer;
    x->call.authentication.assertion = TEXT("platform-token");
    proof->has_scope = true;
    proof->scope = TEXT("read");
    proof->root = TEXT("root-of-the-job");
    x->request.grant = &client_credentials_grant;
    assert_int_equal(x->request.grant->complete(x), FAULT_NONE);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.subject.issuer, "https://builds.example"));
    assert_true(text_is(x->order.subject.subject, "job-7"));
    assert_int_equal(x->order.chain_length, 0);
    assert_true(text_is(x->order.scope, "read"));
    assert_true(text_is(x->order.root, "root-of-the-job"));
    assert_false(x->is_client_alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_its_own_subject_without_a_chain),
        cmocka_unit_test(it_is_given_the_scopes_it_names_and_no_others),
        cmocka_unit_test(the_target_says_that_clients_may_come_for_themselves),
        cmocka_unit_test(its_token_is_carried_on_to_targets_that_take_clients_for_themselves),
        cmocka_unit_test(its_token_is_dead_where_it_is_no_client_any_more),
        cmocka_unit_test(policies_see_an_agent_on_nobodys_behalf),
        cmocka_unit_test(an_agent_of_a_class_is_what_its_platforms_token_says),
    };
    return cmocka_run_group_tests(tests, begin, fixture_end);
}
