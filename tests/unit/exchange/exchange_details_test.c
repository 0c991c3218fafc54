/* Authorization details, downwards only: asked, offered, and what the subject token carries. */
#include "exchange_fixture.h"

#include "policy/authorization_details.h"

#define PAY       "{\"type\":\"pay\",\"actions\":[\"start\"]}"
#define READ      "{\"type\":\"read\"}"
#define OTHER     "{\"type\":\"other\"}"
#define FROM_CORP "\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\""

static const struct json_value *parse(struct exchange *x, const char *text)
{
    const struct json_value *value;
    assert_int_equal(json_parse(x->call.arena, text_of(text), &json_limits_token, &value), FAULT_NONE);
    return value;
}

/* The fixture's target offers pay and read. The rest of a token's claims are as the fixture has them. */
static struct exchange *exchange(void **state, const char *claims, const char *asked)
{
    struct exchange *x = fixture_exchange(state);
    x->subject.token.claims.all = parse(x, claims);
    if (asked != NULL)
        assert_int_equal(
            authorization_details_read(x->call.arena, text_of(asked), &x->request.authorization_details),
            FAULT_NONE);
    return x;
}

static void make_ours(struct exchange *x)
{
    x->subject.issuer = x->subject.token.issuer = &x->call.world->self;
    x->subject.token.claims.audiences[0] = TEXT("https://api.partner.example");
    x->subject.token.claims.audience_count = 1;
    x->subject.token.claims.id = TEXT("01J00000000000000000000000");
}

static void assert_given(struct exchange *x, const char *expected)
{
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_ptr_equal(x->order.authorization_details, x->details);
    if (expected == NULL)
        assert_null(x->details);
    else
        assert_true(json_equal(x->details, parse(x, expected)));
}

static void leaves_a_foreign_token_that_carries_none_to_the_targets_offer(void **state)
{
    assert_given(exchange(state, "{}", "[" PAY "]"), "[" PAY "]");
    assert_given(exchange(state, "{}", NULL), NULL);
    assert_int_equal(fixture_decide(exchange(state, "{}", "[" PAY "," OTHER "]")),
                     FAULT_AUTHORIZATION_DETAILS_NOT_OFFERED);
}

static void is_limited_by_what_any_token_carries(void **state)
{
    static const char claims[] = "{\"authorization_details\":[" OTHER "," PAY "]}";
    assert_given(exchange(state, claims, "[" PAY "]"), "[" PAY "]");
    assert_int_equal(fixture_decide(exchange(state, claims, "[" READ "]")), FAULT_AUTHORIZATION_DETAILS_WIDER);
    assert_int_equal(fixture_decide(exchange(state, claims, "[{\"type\":\"pay\"}]")),
                     FAULT_AUTHORIZATION_DETAILS_WIDER);
    assert_int_equal(fixture_decide(exchange(state, "{\"authorization_details\":[]}", "[" READ "]")),
                     FAULT_AUTHORIZATION_DETAILS_WIDER);
    /* Carried, and yet not the target's. */
    assert_int_equal(fixture_decide(exchange(state, claims, "[" OTHER "]")),
                     FAULT_AUTHORIZATION_DETAILS_NOT_OFFERED);
}

static void gives_unasked_what_is_carried_and_offered(void **state)
{
    assert_given(exchange(state, "{\"authorization_details\":[" OTHER "," READ "," PAY "]}", NULL),
                 "[" READ "," PAY "]");
    assert_given(exchange(state, "{\"authorization_details\":[" OTHER "]}", NULL), NULL);
    assert_given(exchange(state, "{\"authorization_details\":[]}", NULL), NULL);
}

static void takes_ours_without_any_for_none(void **state)
{
    static const char from_corp[] = "{" FROM_CORP "}";
    struct exchange *x = exchange(state, from_corp, "[" PAY "]");
    make_ours(x);
    assert_int_equal(fixture_decide(x), FAULT_AUTHORIZATION_DETAILS_WIDER);
    x = exchange(state, from_corp, NULL);
    make_ours(x);
    assert_given(x, NULL);
    x = exchange(state, "{" FROM_CORP ",\"authorization_details\":[" PAY "]}", "[" PAY "]");
    make_ours(x);
    assert_given(x, "[" PAY "]");
}

/* A code, of which the person saw no details, or an ID-JAG, in which an identity provider said what may be had.
 */
static void takes_what_is_redeemed_without_any_for_none(void **state)
{
    struct exchange *x = exchange(state, "{}", "[" PAY "]");
    x->proof.kind = TEXT("id-jag");
    assert_int_equal(fixture_decide(x), FAULT_AUTHORIZATION_DETAILS_WIDER);
    x = exchange(state, "{\"authorization_details\":[" PAY "]}", "[" PAY "]");
    x->proof.kind = TEXT("id-jag");
    assert_given(x, "[" PAY "]");
    x = exchange(state, "{}", NULL);
    x->proof.kind = TEXT("authorization-code");
    assert_given(x, NULL);
}

static void refuses_a_token_whose_claim_is_malformed(void **state)
{
    static const char *const claims[] = {"{\"authorization_details\":null}", "{\"authorization_details\":{}}",
                                         "{\"authorization_details\":\"[]\"}",
                                         "{\"authorization_details\":[{\"actions\":[\"start\"]}]}",
                                         "{\"authorization_details\":[{\"type\":\"pay\",\"actions\":\"x\"}]}"};
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        assert_int_equal(fixture_decide(exchange(state, claims[i], NULL)), FAULT_TOKEN_CLAIMS);
        assert_int_equal(fixture_decide(exchange(state, claims[i], "[" PAY "]")), FAULT_TOKEN_CLAIMS);
    }
}

static void collects_the_types_of_all_targets_once(void **state)
{
    const struct text_list *types = &((struct fixture *)*state)->world->details_types;
    assert_int_equal(types->count, 3);
    assert_true(text_is(types->items[0], "pay"));
    assert_true(text_is(types->items[1], "read"));
    assert_true(text_is(types->items[2], "write"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(leaves_a_foreign_token_that_carries_none_to_the_targets_offer),
        TEST(is_limited_by_what_any_token_carries),
        TEST(gives_unasked_what_is_carried_and_offered),
        TEST(takes_ours_without_any_for_none),
        TEST(takes_what_is_redeemed_without_any_for_none),
        TEST(refuses_a_token_whose_claim_is_malformed),
        TEST(collects_the_types_of_all_targets_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
