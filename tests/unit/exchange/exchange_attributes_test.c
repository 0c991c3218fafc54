/* Which of the subject's attributes go with what is issued. */
#include "exchange_fixture.h"

static const struct token_attribute alices[] = {{TEXT("email"), TEXT("alice@corp.example"), false},
                                                {TEXT("groups"), TEXT("staff\nbuyers"), true},
                                                {TEXT("risk"), TEXT("7"), false}};

static void take_mistake(void *context, size_t source, const struct cedar_mistake *mistake)
{
    (void)context;
    (void)source;
    fail_msg("%.*s", TEXT_ARGUMENTS(mistake->sentence));
}

/* The fixture's target "orders" has no resource server; its documents are of this one test. */
static struct exchange *exchange(void **state, const char *policies, bool is_report, bool can_come_back)
{
    struct exchange *x = fixture_exchange(state);
    struct fixture *fixture = *state;
    struct policy_source *source = ARENA_NEW(x->call.arena, struct policy_source);
    const struct policy_mistakes mistakes = {take_mistake, NULL};
    *source = (struct policy_source){TEXT("p"), TEXT("Policy/p"), text_of(policies), is_report};
    assert_int_equal(
        policy_book_compile(x->call.arena, source, 1, &mistakes, &fixture->world->policies.set.book),
        FAULT_NONE);
    for (size_t i = 0; i < fixture->world->documents.count; i++) {
        struct document *document = (struct document *)fixture->world->documents.items[i];
        if (document->kind == DOCUMENT_TARGET)
            document->target.resource_server = can_come_back ? TEXT("agent") : TEXT_NONE;
    }
    x->subject.token.attributes = alices;
    x->subject.token.attribute_count = 3;
    return x;
}

#define ASKS(condition)                                                                                        \
    "permit(principal, action == Action::\"exchange\", resource) when { context has user && " condition " };"

static void carries_what_a_policy_asks_for_and_nothing_else(void **state)
{
    struct exchange *x = exchange(state, ASKS("context.user.hasTag(\"groups\")"), false, true);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.attribute_count, 1);
    assert_true(text_is(x->order.attributes[0].name, "groups"));
    assert_true(text_is(x->order.attributes[0].value, "staff\nbuyers"));
    assert_true(x->order.attributes[0].is_list);
}

static void carries_for_policies_that_only_report_too(void **state)
{
    struct exchange *x = exchange(state, ASKS("context.user.hasTag(\"email\")"), true, true);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.attribute_count, 1);
    assert_true(text_is(x->order.attributes[0].name, "email"));
    assert_false(x->order.attributes[0].is_list);
}

static void carries_risk_where_any_risk_is_read(void **state)
{
    static const char *const asking[] = {ASKS("context.risk < 50"), ASKS("context.user.risk < 50"),
                                         ASKS("context.user.hasTag(\"risk\")")};
    for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++) {
        struct exchange *x = exchange(state, asking[i], false, true);
        assert_int_equal(fixture_decide(x), FAULT_NONE);
        assert_int_equal(x->order.attribute_count, 1);
        assert_true(text_is(x->order.attributes[0].name, "risk"));
    }
}

static void carries_all_where_a_name_is_made(void **state)
{
    struct exchange *x = exchange(state, ASKS("context.user.hasTag(context.root)"), false, true);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.attribute_count, 3);
}

static void carries_nothing_that_nobody_asks_for_or_that_cannot_come_back(void **state)
{
    struct exchange *x = exchange(state, ASKS("context.user.hasTag(\"team\")"), false, true);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.attribute_count, 0);
    x = exchange(state, "", false, true);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.attribute_count, 0);
    x = exchange(state, ASKS("context.user.hasTag(\"groups\")"), false, false);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.attribute_count, 0);
}

static void carries_for_an_audience_that_is_ours(void **state)
{
    struct exchange *x = exchange(state, ASKS("context.user.hasTag(\"groups\")"), false, false);
    const struct target *target = world_target(x->call.world, TEXT("orders"));
    struct text *audience = &target->document->target.audiences.items[0], before = *audience;
    *audience = x->call.world->issuer;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    *audience = before;
    assert_int_equal(x->order.attribute_count, 1);
}

static void fills_no_profile_claim_from_what_was_carried(void **state)
{
    struct exchange *x = exchange(state, ASKS("context.user.hasTag(\"email\")"), false, true);
    x->subject.issuer = x->subject.token.issuer = &x->call.world->self;
    x->subject.token.claims.audiences[0] = TEXT("https://api.partner.example");
    x->subject.token.claims.audience_count = 1;
    x->subject.token.claims.id = TEXT("01J00000000000000000000000");
    assert_int_equal(json_parse(x->call.arena,
                                TEXT("{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}"),
                                &json_limits_token, &x->subject.token.claims.all),
                     FAULT_NONE);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.claim_count, 0);
    /* Onwards they go. */
    assert_int_equal(x->order.attribute_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(carries_what_a_policy_asks_for_and_nothing_else),
        TEST(carries_for_policies_that_only_report_too),
        TEST(carries_risk_where_any_risk_is_read),
        TEST(carries_all_where_a_name_is_made),
        TEST(carries_nothing_that_nobody_asks_for_or_that_cannot_come_back),
        TEST(carries_for_an_audience_that_is_ours),
        TEST(fills_no_profile_claim_from_what_was_carried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
