/* Orders: what was decided, and nothing that was not. */
#include "exchange_fixture.h"

static void says_how_the_subject_authenticated_and_not_the_agent(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->subject.token.acr = TEXT("mfa");
    x->subject.token.amr = TEXT("pwd otp");
    x->subject.token.auth_time_s = FIXTURE_NOW - 60;
    x->actor.token.acr = x->call.authentication.verification.token.acr = TEXT("agent");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.acr, "mfa"));
    assert_true(text_is(x->order.amr, "pwd otp"));
    assert_int_equal(x->order.auth_time_s, FIXTURE_NOW - 60);
}

static void names_one_audience_however_many_a_target_has(void **state)
{
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.audience_count, 1);
    assert_true(text_is(x->order.audiences[0], "https://api.partner.example"));
    assert_true(text_is(x->order.subject.issuer, "https://idp.corp.example"));
    assert_true(text_is(x->order.client_id, "agent"));
    assert_true(text_is(x->order.root, "root-of-alice"));
}

static void fills_claims_from_what_the_subject_has(void **state)
{
    static const struct token_attribute email[] = {{TEXT("email"), TEXT("a@corp.example"), false}};
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.claim_count, 0);
    x = fixture_exchange(state);
    x->subject.token.attributes = email;
    x->subject.token.attribute_count = 1;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.claim_count, 1);
    assert_true(text_is(x->order.claims[0].name, "mail"));
    assert_true(text_is(x->order.claims[0].value, "a@corp.example"));
}

static void stands_on_the_tree_that_a_task_leaves(void **state)
{
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    size_t without = x->order.ancestry_count;
    x = fixture_exchange(state);
    x->request.task = TEXT("task-1");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_int_equal(x->order.ancestry_count, without + 1);
    assert_true(text_ends_with(x->order.ancestry[0], TEXT("root-of-alice")));
}

static void is_the_same_when_it_is_written_again(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->request.task = TEXT("task-1");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    size_t count = x->order.ancestry_count;
    assert_int_equal(exchange_write_order(x), FAULT_NONE); /* what is held has changed: decided again */
    assert_int_equal(x->order.ancestry_count, count);
}

static void has_the_documents_and_no_attribute_that_the_target_does_not_hand_over(void **state)
{
    static const struct token_attribute alices[] = {{TEXT("email"), TEXT("a@corp.example"), false},
                                                    {TEXT("groups"), TEXT("staff"), true}};
    struct text names[] = {TEXT("groups")};
    struct exchange *x = fixture_exchange(state);
    x->subject.token.attributes = alices;
    x->subject.token.attribute_count = 2;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_null(x->order.handed_attributes);
    assert_int_equal(x->order.target.handed_attribute_count, 0);
    assert_true(text_equal(x->order.documents, x->call.world->documents_name));
    ((struct document *)x->target->document)->target.hand_over.attributes = (struct text_list){names, 1};
    assert_int_equal(exchange_write_order(x), FAULT_NONE);
    assert_int_equal(x->order.handed_attributes->count, 1);
    assert_true(text_is(x->order.handed_attributes->first->name, "groups"));
    assert_int_equal(x->order.target.handed_attribute_count, 1);
    assert_true(text_is(x->order.target.handed_attributes[0], "groups"));
}

static bool yes(const struct adapter *adapter)
{
    (void)adapter;
    return true;
}

static void is_bound_where_that_is_asked_for_or_refused(void **state)
{
    struct exchange *x = fixture_exchange(state);
    x->request.channel_binding = TEXT("channel of 20 bytes!");
    assert_int_equal(fixture_decide(x), FAULT_TARGET_BINDING);
    x = fixture_exchange(state);
    struct adapter binding = *world_target_named(x->call.world, TEXT("orders"))->adapter;
    binding.binds = yes;
    ((struct target *)world_target_named(x->call.world, TEXT("orders")))->adapter = &binding;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_false(x->order.is_binding_asked);
    x = fixture_exchange(state);
    x->request.channel_binding = TEXT("channel of 20 bytes!");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(text_is(x->order.channel_binding, "channel of 20 bytes!"));
    assert_true(x->order.is_binding_asked);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(says_how_the_subject_authenticated_and_not_the_agent),
        TEST(names_one_audience_however_many_a_target_has),
        TEST(fills_claims_from_what_the_subject_has),
        TEST(stands_on_the_tree_that_a_task_leaves),
        TEST(is_the_same_when_it_is_written_again),
        TEST(has_the_documents_and_no_attribute_that_the_target_does_not_hand_over),
        TEST(is_bound_where_that_is_asked_for_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
