/* What documents allow an exchange: target, scopes, lifetime, tree; and the claims it is ordered with. Who acts
 * for whom is exchange_delegation_test.c's. */
#include "exchange_fixture.h"

static void grants_what_both_sides_agree_on(void **state)
{
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "read"));
    assert_true(text_is(x->order.audiences[0], "https://api.partner.example"));
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 300);
    assert_int_equal(x->order.chain_length, 1);
    assert_true(text_is(x->order.chain[0].subject, "agent"));
    assert_true(text_is(x->order.root, "root-of-alice"));
}

static void refuses_a_target_that_is_unknown_disabled_or_not_one(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->request.audiences[0] = TEXT("Orders");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_UNKNOWN);
    x = fixture_exchange(state);
    x->request.audiences[0] = TEXT("closed");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_DISABLED);
    x = fixture_exchange(state);
    x->request.audiences[x->request.audience_count++] = TEXT("other");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_SEVERAL);
    x = fixture_exchange(state);
    x->request.resources[x->request.resource_count++] = TEXT("https://api.partner.example/v1");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
}

static void refuses_a_token_type_the_target_does_not_issue(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->request.requested_type = TEXT("urn:ietf:params:oauth:token-type:saml2");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_TYPE);
}

static void refuses_a_domain_that_does_not_let_its_identities_leave(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = fixture_exchange(state);
    x->subject.token.issuer = world_issuer(fixture->world, TEXT("https://idp.island.example"));
    assert_int_equal(fixture_decide(x), FAULT_TARGET_DOMAIN);
}

static void refuses_an_issuer_or_client_the_target_does_not_accept(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = fixture_exchange(state);
    x->subject.token.issuer = world_issuer(fixture->world, TEXT("https://idp.off.example"));
    x->request.audiences[0] = TEXT("other");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_ISSUER);
    x = fixture_exchange(state);
    x->call.authentication.caller.name = TEXT("stranger");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_CLIENT);
    x = fixture_exchange(state);
    x->request.audiences[0] = TEXT("other");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_ACTOR);
}

static void refuses_scopes_not_offered_or_wider_than_the_subjects(void **state)
{
    struct exchange *x = fixture_exchange(state);
    fixture_ask_scope(x, "read admin");
    assert_int_equal(fixture_decide(x), FAULT_SCOPE_NOT_OFFERED);
    x = fixture_exchange(state);
    fixture_ask_scope(x, "read write");
    assert_int_equal(fixture_decide(x), FAULT_SCOPE_WIDER);
}

static void gives_no_scope_unasked_where_the_subject_says_nothing(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->subject.token.has_scope = false;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_null(x->order.scope.base);
    x = fixture_exchange(state);
    x->subject.token.has_scope = false;
    fixture_ask_scope(x, "write");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "write"));
}

static void gives_a_call_within_what_the_target_offers_or_what_its_token_has_of_that(void **state)
{
    struct inner_exchange inner = {0};
    struct exchange *x = fixture_exchange(state);
    x->inner = &inner;
    x->subject.token.has_scope = false;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "read write"));
    x = fixture_exchange(state);
    x->inner = &inner;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "read"));
}

static void never_outlives_an_input(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->subject.token.claims.expires_at_s = FIXTURE_NOW + 20;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 20);
    x = fixture_exchange(state);
    x->call.authentication.caller.proof_expires_at_s = FIXTURE_NOW + 10;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 10);
    x = fixture_exchange(state);
    x->request.actor_token = TEXT("a");
    x->actor.issuer = x->actor.token.issuer = x->subject.issuer;
    x->actor.token.identity = (struct identity){TEXT("https://idp.corp.example"), TEXT("robot")};
    x->actor.token.claims.expires_at_s = FIXTURE_NOW + 5;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 5);
    x = fixture_exchange(state);
    x->subject.token.claims.expires_at_s = FIXTURE_NOW;
    assert_int_equal(fixture_decide(x), FAULT_LIFETIME_NONE);
}

static void splits_a_tree_by_task_but_never_joins_anothers(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->request.task = TEXT("nightly");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    struct text first = arena_copy(((struct fixture *)*state)->world->arena, x->order.root);
    assert_false(text_is(first, "root-of-alice"));
    x = fixture_exchange(state);
    x->request.task = TEXT("nightly");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_equal(x->order.root, first));
    x = fixture_exchange(state);
    x->request.task = TEXT("nightly");
    x->call.authentication.caller.identity.subject = TEXT("other-agent");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_false(text_equal(x->order.root, first));
    x = fixture_exchange(state);
    x->request.task = TEXT("nightly");
    x->subject.token.identity.subject = TEXT("bob");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_false(text_equal(x->order.root, first));
}

static void fills_profile_claims_from_attributes(void **state)
{
    struct exchange *x = fixture_exchange(state);
    const struct token_attribute attributes[] = {{TEXT("email"), TEXT("alice@corp.example")},
                                                 {TEXT("phone"), TEXT("1")}};
    x->subject.token.attributes = attributes;
    x->subject.token.attribute_count = 2;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.claim_count, 1);
    assert_true(text_is(x->order.claims[0].name, "mail"));
    assert_true(text_is(x->order.claims[0].value, "alice@corp.example"));
}

static void writes_a_list_as_one_claim_unless_that_could_be_read_in_two_ways(void **state)
{
    struct exchange *x = fixture_exchange(state);
    struct token_attribute attribute = {TEXT("email"), TEXT("a@corp.example\nb@corp.example"), true};
    x->subject.token.attributes = &attribute;
    x->subject.token.attribute_count = 1;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.claims[0].value, "a@corp.example b@corp.example"));
    x = fixture_exchange(state);
    attribute.value = TEXT("a@corp.example b@corp.example\nc@corp.example");
    x->subject.token.attributes = &attribute;
    x->subject.token.attribute_count = 1;
    assert_int_equal(fixture_decide(x), FAULT_TOKEN_CLAIMS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(grants_what_both_sides_agree_on),
        TEST(refuses_a_target_that_is_unknown_disabled_or_not_one),
        TEST(refuses_a_token_type_the_target_does_not_issue),
        TEST(refuses_a_domain_that_does_not_let_its_identities_leave),
        TEST(refuses_an_issuer_or_client_the_target_does_not_accept),
        TEST(refuses_scopes_not_offered_or_wider_than_the_subjects),
        TEST(gives_no_scope_unasked_where_the_subject_says_nothing),
        TEST(gives_a_call_within_what_the_target_offers_or_what_its_token_has_of_that),
        TEST(never_outlives_an_input),
        TEST(splits_a_tree_by_task_but_never_joins_anothers),
        TEST(fills_profile_claims_from_attributes),
        TEST(writes_a_list_as_one_claim_unless_that_could_be_read_in_two_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
