/* What policies and combinations make of an exchange that the documents allow. */
#include "exchange_fixture.h"

#include "policy/facts_record.h"

#define POLICY(text) "---\nkind: Policy\nmetadata: {name: p}\nspec:\n  policies: |\n    " text "\n"
#define TRIAL(text)                                                                                            \
    "---\nkind: Policy\nmetadata: {name: t}\nspec:\n  enforcement: report\n  policies: |\n    " text "\n"
#define PERMIT                  "permit(principal, action == Action::\"exchange\", resource)"
#define FORBID                  "forbid(principal, action == Action::\"exchange\", resource)"
#define COMBINATION(name, spec) "---\nkind: Combination\nmetadata: {name: " name "}\nspec: {" spec "}\n"

static const struct json_value *recorded_facts(struct exchange *x)
{
    const struct json_value *facts = NULL;
    assert_int_equal(json_parse(x->call.arena, x->facts_json, &json_limits_document, &facts), FAULT_NONE);
    return facts;
}

static void use(void **state, const char *more)
{
    struct fixture *fixture = *state;
    SCOPED_BUFFER mistakes = {0};
    struct text all = arena_print(fixture->guard_arena, "%s%s", fixture_class_documents, more);
    if (!fixture_use(fixture, all.base, &mistakes))
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
}

static bool has_rung(const struct exchange *x, const char *check)
{
    for (size_t i = 0; i < x->call.ladder.count; i++)
        if (text_is(text_of(x->call.ladder.rungs[i].check), check))
            return true;
    return false;
}

static enum fault decide(struct exchange *x)
{
    x->request.has_scope = x->subject.token.has_scope = true;
    x->subject.token.scope = x->request.scope_text = TEXT("read write");
    assert_int_equal(scope_set_parse(x->request.scope_text, &x->request.scope), FAULT_NONE);
    return fixture_decide(x);
}

static void leaves_everything_to_the_documents_where_there_are_no_policies(void **state)
{
    use(state, "");
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_false(has_rung(x, "policy"));
    assert_int_equal(x->facts_json.length, 0);
}

static void refuses_what_no_policy_permits(void **state)
{
    use(state, POLICY(PERMIT " when { resource == Target::\"other\" };"));
    assert_int_equal(decide(fixture_exchange(state)), FAULT_POLICY_NO_PERMIT);
}

static void permits_nothing_by_a_policy_on_trial_and_refuses_nothing(void **state)
{
    use(state, TRIAL(FORBID ";"));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(has_rung(x, "policy_would_refuse"));
}

static void tells_the_caller_the_reason_and_the_step_up(void **state)
{
    use(state, POLICY("@reason(\"Log in again.\") @require_step_up(\"mfa max_age=5m\") " PERMIT ";"));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_STEP_UP_REQUIRED);
    assert_true(text_is(x->call.public_reason, "Log in again."));
    assert_true(text_is(x->call.acr_values, "mfa"));
    assert_int_equal(x->call.maximum_age_s, 300);
    x = fixture_exchange(state);
    x->subject.token.acr = TEXT("mfa");
    x->subject.token.auth_time_s = FIXTURE_NOW - 300;
    assert_int_equal(decide(x), FAULT_NONE);
}

/* That a certificate came with the request is not enough: what is given has to be bound to it. */
static void gives_what_must_be_bound_to_who_is_given_it_bound(void **state)
{
    use(state, POLICY("@require_binding(\"mtls\") " PERMIT ";"));
    struct exchange *x = fixture_exchange(state);
    x->call.thumbprint = TEXT("thumb");
    assert_int_equal(decide(x), FAULT_BINDING_REQUIRED);
    x = fixture_exchange(state);
    x->call.thumbprint = TEXT("thumb");
    x->subject.token.is_bound = true;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->order.thumbprint, "thumb"));
    assert_true(json_is_true(json_member(recorded_facts(x), TEXT("bound"))));
}

static void obeys_by_shortening_and_taking_scopes_and_never_the_other_way(void **state)
{
    use(state, POLICY("@max_lifetime(\"60s\") @narrow_scopes(\"read other\") " PERMIT ";"));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->expires_at_s, FIXTURE_NOW + 60);
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 60);
    assert_true(text_is(x->order.scope, "read"));
    use(state, POLICY("@max_lifetime(\"1d\") " PERMIT ";"));
    x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->expires_at_s, FIXTURE_NOW + 300);
}

static void keeps_the_facts_as_they_were_when_policies_were_asked(void **state)
{
    use(state, POLICY("@narrow_scopes(\"read\") " PERMIT ";"));
    struct exchange *x = fixture_exchange(state);
    const struct json_value *facts = NULL;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(json_parse(x->call.arena, x->facts_json, &json_limits_document, &facts), FAULT_NONE);
    assert_true(text_is(json_text_of(facts, "scopes"), "read write"));
    assert_int_equal(json_integer_of(facts, "lifetime"), 300);
}

static void sees_client_agent_class_and_whoever_an_actor_token_names(void **state)
{
    use(state, POLICY(PERMIT " when { principal in Client::\"agent\" };"));
    assert_int_equal(decide(fixture_exchange(state)), FAULT_NONE);
    use(state,
        POLICY(PERMIT
               " when { principal in AgentClass::\"deployer\" && principal is Agent && principal.risk == "
               "40 && principal.proof == \"platform_token\" };"));
    assert_int_equal(decide(fixture_exchange_by_agent(state)), FAULT_NONE);
    use(state, POLICY(PERMIT " when { principal == Workload::\"https://builds.example job-8\" };"));
    struct exchange *x = fixture_exchange_by_agent(state);
    x->request.actor_token = TEXT("x");
    x->actor.issuer = x->call.caller->agent_class->issuer;
    x->actor.token = x->call.authentication.verification.token;
    x->actor.token.identity.subject = TEXT("job-8");
    assert_int_equal(decide(x), FAULT_NONE);
}

static void keeps_an_agent_in_its_class_when_it_shows_its_own_token_as_actor_token(void **state)
{
    use(state, POLICY(PERMIT ";\n    " FORBID " when { principal in AgentClass::\"deployer\" };"));
    assert_int_equal(decide(fixture_exchange_by_agent(state)), FAULT_POLICY_DENIED);
    struct exchange *x = fixture_exchange_by_agent(state);
    x->request.actor_token = TEXT("x");
    x->actor.issuer = x->call.caller->agent_class->issuer;
    x->actor.token = x->call.authentication.verification.token;
    assert_int_equal(decide(x), FAULT_POLICY_DENIED);
}

/* An agent of class "deployer" that brings the token of somebody else as its actor token. */
static struct exchange *exchange_for_another(void **state)
{
    struct exchange *x = fixture_exchange_by_agent(state);
    x->request.actor_token = TEXT("x");
    x->actor.issuer = x->call.caller->agent_class->issuer;
    x->actor.token = x->call.authentication.verification.token;
    x->actor.token.identity.subject = TEXT("job-8");
    return x;
}

static void holds_what_binds_the_caller_whoever_its_actor_token_names(void **state)
{
    use(state, POLICY(PERMIT ";\n    " FORBID " when { principal in AgentClass::\"deployer\" };"));
    assert_int_equal(decide(exchange_for_another(state)), FAULT_POLICY_DENIED);
    use(state, POLICY(PERMIT ";\n    @max_lifetime(\"20s\") @narrow_scopes(\"read\") " PERMIT
                             " when { principal in AgentClass::\"deployer\" };"));
    struct exchange *x = exchange_for_another(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 20);
    assert_true(text_equal(x->facts.caller.subject, x->call.caller->identity.subject));
    assert_true(text_is(x->order.scope, "read"));
}

static void permits_nothing_by_what_is_permitted_to_the_caller_when_another_acts(void **state)
{
    use(state, POLICY(PERMIT " when { principal in AgentClass::\"deployer\" };"));
    assert_int_equal(decide(fixture_exchange_by_agent(state)), FAULT_NONE);
    assert_int_equal(decide(exchange_for_another(state)), FAULT_POLICY_NO_PERMIT);
}

static void takes_a_person_for_a_user_and_a_platforms_subject_for_a_workload(void **state)
{
    use(state, POLICY(PERMIT " when { context has user && context.user.sub == \"alice\" };"));
    assert_int_equal(decide(fixture_exchange(state)), FAULT_NONE);
    use(state, POLICY(PERMIT " when { context has workload && context.subject.is_actor };"));
    struct exchange *x = fixture_exchange_by_agent(state);
    x->subject.issuer = x->subject.token.issuer = x->call.caller->agent_class->issuer;
    x->subject.token.identity = x->call.caller->identity;
    assert_int_equal(decide(x), FAULT_NONE);
}

static void hold(struct exchange *x, const char *target, const char *scopes)
{
    struct policy_holding *holding = ARENA_NEW(x->call.arena, struct policy_holding);
    *holding = (struct policy_holding){POLICY_HOLDER_SUBJECT, TEXT("corp"), text_of(target), text_of(scopes),
                                       FIXTURE_NOW + 60};
    x->facts.holdings = holding;
    x->facts.holding_count = 1;
}

#define APART "rights: [{name: a, targets: [other]}, {name: b, targets: [orders], scopes: [write]}]"

static void refuses_what_would_complete_a_combination(void **state)
{
    use(state, COMBINATION("apart", APART));
    assert_int_equal(decide(fixture_exchange(state)), FAULT_NONE);
    struct exchange *x = fixture_exchange(state);
    hold(x, "other", "read");
    assert_int_equal(decide(x), FAULT_COMBINATION_FORBIDDEN);
    assert_true(
        text_is(x->call.ladder.rungs[x->call.ladder.count - 1].detail, "would meet: a (held), b (asked for)"));
}

static void narrows_to_less_than_a_combination_and_orders_only_that(void **state)
{
    use(state, COMBINATION("apart", "effect: narrow, " APART));
    struct exchange *x = fixture_exchange(state);
    hold(x, "other", "read");
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "read"));
    assert_true(has_rung(x, "combination"));
}

static void asks_combinations_of_what_policies_leave(void **state)
{
    use(state, POLICY("@narrow_scopes(\"read\") " PERMIT ";") COMBINATION("apart", APART));
    struct exchange *x = fixture_exchange(state);
    hold(x, "other", "read");
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "read"));
}

static void leaves_no_combination_whole_whatever_the_order_of_several(void **state)
{
    use(state,
        COMBINATION("a", "effect: narrow, rights: [{name: x, scopes: [read]}, {name: y, scopes: [write]}]")
            COMBINATION("b",
                        "effect: narrow, rights: [{name: x, scopes: [read]}, {name: y, targets: [other]}]"));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->scope.count, 1);
    x = fixture_exchange(state);
    hold(x, "other", "");
    /* The first takes read, as either leaves as much; nothing is left for the second to take. */
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "write"));
}

#define OF_TYPE(type) " when { context has issued_token_type && context.issued_token_type == \"" type "\" };"
#define ACCESS_TOKEN  "urn:ietf:params:oauth:token-type:access_token"

static void is_decided_by_the_type_that_is_asked_for_or_else_made(void **state)
{
    use(state, POLICY(PERMIT "; " FORBID OF_TYPE("urn:ietf:params:oauth:token-type:jwt")));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->facts.issued_type, ACCESS_TOKEN));
    x = fixture_exchange(state);
    x->request.requested_type = TEXT("urn:ietf:params:oauth:token-type:jwt");
    assert_int_equal(decide(x), FAULT_POLICY_DENIED);
    assert_true(json_is_string(json_member(recorded_facts(x), TEXT("issued_token_type"))));
}

static void keeps_records_short_where_nobody_asks_for_a_type_or_looks_at_it(void **state)
{
    use(state, POLICY(PERMIT ";"));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->facts.issued_type, ACCESS_TOKEN)); /* for who is asked outside */
    assert_null(json_member(recorded_facts(x), TEXT("issued_token_type")));
}

/* What is made, by an adapter that chooses its type itself. */
static enum fault decide_made(struct exchange *x, const char *type)
{
    assert_int_equal(decide(x), FAULT_NONE);
    x->minting = (struct credential_minting){
        .issued_type = text_of(type), .scope = x->scope_text, .expires_at_s = x->expires_at_s};
    return exchange_decide_type(x);
}

static void asks_again_where_what_was_made_is_of_another_type(void **state)
{
    use(state, POLICY(PERMIT "; " FORBID OF_TYPE("urn:t:ccache")));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide_made(x, "urn:t:ccache"), FAULT_POLICY_DENIED);
    assert_true(text_is(json_text_of(recorded_facts(x), "issued_token_type"), "urn:t:ccache"));
    assert_int_equal(decide_made(fixture_exchange(state), "urn:t:spnego"), FAULT_NONE);
    assert_int_equal(decide_made(fixture_exchange(state), ACCESS_TOKEN), FAULT_NONE);
}

static void gives_nothing_that_is_wider_than_policies_leave_of_its_type(void **state)
{
    use(state, POLICY(PERMIT "; @max_lifetime(\"30s\") " PERMIT OF_TYPE(
                   "urn:t:short") " @narrow_scopes(\"read\") " PERMIT OF_TYPE("urn:t:narrow")));
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(decide_made(x, "urn:t:other"), FAULT_NONE);
    assert_true(text_is(x->scope_text, "read write"));
    assert_int_equal(decide_made(fixture_exchange(state), "urn:t:short"), FAULT_POLICY_DENIED);
    assert_int_equal(decide_made(fixture_exchange(state), "urn:t:narrow"), FAULT_POLICY_DENIED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(leaves_everything_to_the_documents_where_there_are_no_policies),
        TEST(refuses_what_no_policy_permits),
        TEST(permits_nothing_by_a_policy_on_trial_and_refuses_nothing),
        TEST(tells_the_caller_the_reason_and_the_step_up),
        TEST(gives_what_must_be_bound_to_who_is_given_it_bound),
        TEST(obeys_by_shortening_and_taking_scopes_and_never_the_other_way),
        TEST(keeps_the_facts_as_they_were_when_policies_were_asked),
        TEST(sees_client_agent_class_and_whoever_an_actor_token_names),
        TEST(keeps_an_agent_in_its_class_when_it_shows_its_own_token_as_actor_token),
        TEST(holds_what_binds_the_caller_whoever_its_actor_token_names),
        TEST(permits_nothing_by_what_is_permitted_to_the_caller_when_another_acts),
        TEST(takes_a_person_for_a_user_and_a_platforms_subject_for_a_workload),
        TEST(refuses_what_would_complete_a_combination),
        TEST(narrows_to_less_than_a_combination_and_orders_only_that),
        TEST(asks_combinations_of_what_policies_leave),
        TEST(leaves_no_combination_whole_whatever_the_order_of_several),
        TEST(is_decided_by_the_type_that_is_asked_for_or_else_made),
        TEST(keeps_records_short_where_nobody_asks_for_a_type_or_looks_at_it),
        TEST(asks_again_where_what_was_made_is_of_another_type),
        TEST(gives_nothing_that_is_wider_than_policies_leave_of_its_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
