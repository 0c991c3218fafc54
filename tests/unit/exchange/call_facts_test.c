/* Who calls, as policies see them, and what policies say of a call that issues nothing. */
#include "exchange_fixture.h"

#include "exchange/call_facts.h"

#define POLICY(text) "---\nkind: Policy\nmetadata: {name: p}\nspec:\n  policies: |\n    " text "\n"

static void use(void **state, const char *more)
{
    struct fixture *fixture = *state;
    SCOPED_BUFFER mistakes = {0};
    struct text all = arena_print(fixture->guard_arena, "%s%s", fixture_class_documents, more);
    if (!fixture_use(fixture, all.base, &mistakes))
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
}

static enum fault ask(void **state, const char *target)
{
    struct exchange *x = fixture_exchange(state);
    return call_facts_ask(&x->call, "introspect", world_target(x->call.world, text_of(target)));
}

static void lets_be_asked_what_no_policy_speaks_of(void **state)
{
    use(state, "");
    assert_int_equal(ask(state, "orders"), FAULT_NONE);
    use(state, POLICY("permit(principal, action == Action::\"exchange\", resource);"));
    assert_int_equal(ask(state, "orders"), FAULT_NONE);
}

static void forbids_what_a_policy_forbids_to_that_client_at_that_target(void **state)
{
    use(state, POLICY("forbid(principal in Client::\"agent\", action == Action::\"introspect\", resource == "
                      "Target::\"orders\");"));
    assert_int_equal(ask(state, "orders"), FAULT_POLICY_DENIED);
    assert_int_equal(ask(state, "other"), FAULT_NONE);
    use(state,
        POLICY("forbid(principal in Client::\"stranger\", action == Action::\"introspect\", resource);"));
    assert_int_equal(ask(state, "orders"), FAULT_NONE);
}

static void describes_an_agent_by_its_class_and_a_client_by_its_name(void **state)
{
    struct policy_facts facts = {0};
    use(state, "");
    struct exchange *x = fixture_exchange(state);
    call_facts_describe_caller(&x->call, &facts);
    assert_int_equal(facts.actor.kind, POLICY_AGENT);
    assert_true(text_is(facts.client, "agent"));
    assert_int_equal(facts.agent_class.length, 0);
    assert_int_equal(facts.actor.issuer_document.length, 0);
    facts = (struct policy_facts){0};
    x = fixture_exchange_by_agent(state);
    call_facts_describe_caller(&x->call, &facts);
    assert_true(text_is(facts.agent_class, "deployer"));
    assert_int_equal(facts.client.length, 0);
    assert_true(facts.actor.issuer_document.length != 0);
}

static void are_known_by_the_names_of_their_documents(void **state)
{
    use(state, "");
    const struct world *world = fixture_exchange(state)->call.world;
    const struct target *target = world_target_named(world, TEXT("orders"));
    assert_ptr_equal(target, world_target(world, TEXT("https://api.partner.example")));
    assert_true(text_is(world_agent_class(world, TEXT("deployer"))->document->name, "deployer"));
    assert_null(world_target_named(world, TEXT("https://api.partner.example")));
    assert_null(world_agent_class(world, TEXT("orders")));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(lets_be_asked_what_no_policy_speaks_of),
        TEST(forbids_what_a_policy_forbids_to_that_client_at_that_target),
        TEST(describes_an_agent_by_its_class_and_a_client_by_its_name),
        TEST(are_known_by_the_names_of_their_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
