/* What an assertion that was verified makes of the request: its resource, and what is used up. How it is
 * verified is trust's business; that it is used up once, the end-to-end tests'. */
#include "exchange_fixture.h"

static int begin(void **state)
{
    return fixture_begin(state);
}

/* alice's identity provider lets "agent" come here; the claims say for what. */
static enum fault take(struct exchange *x, const char *claims)
{
    const struct json_value *all;
    assert_int_equal(json_parse(x->call.arena, text_of(claims), &json_limits_token, &all), FAULT_NONE);
    x->subject.token.claims.all = all;
    return jwt_bearer_take_assertion(x);
}

static struct exchange *redeemed(void **state, const char *asked)
{
    struct exchange *x = fixture_exchange(state);
    x->request.grant = &jwt_bearer_grant;
    x->request.audience_count = 0;
    if (asked != NULL)
        x->request.resources[x->request.resource_count++] = text_of(asked);
    x->subject.token.claims.issuer = TEXT("https://idp.corp.example");
    x->subject.token.claims.id = TEXT("jag-1");
    return x;
}

static void the_assertion_names_the_target(void **state)
{
    struct exchange *x = redeemed(state, NULL);
    assert_int_equal(take(x, "{\"resource\":\"https://api.partner.example/v1\"}"), FAULT_NONE);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.audiences[0], "https://api.partner.example"));
    x = redeemed(state, NULL);
    assert_int_equal(take(x, "{\"resource\":[\"https://api.partner.example\"]}"), FAULT_NONE);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    x = redeemed(state, NULL);
    assert_int_equal(take(x, "{\"resource\":\"https://nowhere.example\"}"), FAULT_NONE);
    assert_int_equal(fixture_decide(x), FAULT_TARGET_UNKNOWN);
}

static void a_request_names_no_other_target(void **state)
{
    const char *claims = "{\"resource\":\"https://api.partner.example\"}";
    struct exchange *x = redeemed(state, "https://api.partner.example/v1"); /* the same, by another name */
    assert_int_equal(take(x, claims), FAULT_NONE);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(take(redeemed(state, "https://nowhere.example"), claims), FAULT_GRANT_RESOURCE);
    assert_int_equal(take(redeemed(state, "other"), claims), FAULT_GRANT_RESOURCE);
    assert_int_equal(take(redeemed(state, "https://api.partner.example"), "{\"resource\":\"other\"}"),
                     FAULT_GRANT_RESOURCE);
}

static void an_assertion_for_nothing_in_particular_is_none(void **state)
{
    static const char *const claims[] = {"{}",
                                         "{\"resource\":\"\"}",
                                         "{\"resource\":7}",
                                         "{\"resource\":[]}",
                                         "{\"resource\":[7]}",
                                         "{\"resource\":{}}",
                                         "{\"resource\":[\"https://api.partner.example\",\"other\"]}"};
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        assert_int_equal(take(redeemed(state, NULL), claims[i]), FAULT_TOKEN_CLAIMS);
        assert_int_equal(take(redeemed(state, "https://api.partner.example"), claims[i]), FAULT_TOKEN_CLAIMS);
    }
}

static void what_is_issued_uses_the_assertion_up(void **state)
{
    struct exchange *x = redeemed(state, NULL);
    struct ledger_entry entry = {0};
    x->subject.token.claims.expires_at_s = FIXTURE_NOW + 300;
    assert_int_equal(take(x, "{\"resource\":\"https://api.partner.example\"}"), FAULT_NONE);
    ledger_entry_begin(&entry, x->call.arena, NULL);
    grant_proof_use_up(x, &entry);
    assert_int_equal(entry.transaction.single_use_count, 1);
    assert_true(entry.single_uses[0].expires_at_s >= FIXTURE_NOW + 300 + LEDGER_SINGLE_USE_KEPT_S);
    assert_int_equal(grant_proof_fault(x, FAULT_ASSERTION_REPLAYED), FAULT_GRANT_REPLAYED);
    assert_int_equal(grant_proof_fault(x, FAULT_STORE_UNAVAILABLE), FAULT_STORE_UNAVAILABLE);
}

static void other_grants_use_nothing_up(void **state)
{
    struct exchange *x = fixture_exchange(state);
    struct ledger_entry entry = {0};
    ledger_entry_begin(&entry, x->call.arena, NULL);
    grant_proof_use_up(x, &entry);
    assert_int_equal(entry.transaction.single_use_count, 0);
    assert_int_equal(grant_proof_fault(x, FAULT_ASSERTION_REPLAYED), FAULT_ASSERTION_REPLAYED);
}

static void what_is_issued_stands_on_the_leases_of_its_proof(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->proof.leases[x->proof.lease_count++] = TEXT("01K00000000000000000000009");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.ancestry_count, 1);
    assert_true(text_is(x->order.ancestry[0], "lease 01K00000000000000000000009"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_assertion_names_the_target),
        cmocka_unit_test(a_request_names_no_other_target),
        cmocka_unit_test(an_assertion_for_nothing_in_particular_is_none),
        cmocka_unit_test(what_is_issued_uses_the_assertion_up),
        cmocka_unit_test(other_grants_use_nothing_up),
        cmocka_unit_test(what_is_issued_stands_on_the_leases_of_its_proof),
    };
    return cmocka_run_group_tests(tests, begin, fixture_end);
}
