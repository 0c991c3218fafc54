/* From documents to what an exchange asks: the book, the rules, what has to be looked up. */
#include "exchange_fixture.h"

#include <string.h>

#include "standard_error.h"

#define POLICY(name, spec, text)                                                                               \
    "---\nkind: Policy\nmetadata: {name: " name "}\nspec:\n  " spec "\n  policies: |\n    " text "\n"
#define PERMIT "permit(principal, action == Action::\"exchange\", resource)"
#define COMBINATION(name, spec)                                                                                \
    "---\nkind: Combination\nmetadata: {name: " name "}\nspec: {" spec                                         \
    "rights: [{name: a, targets: [orders]}, "                                                                  \
    "{name: b, domains: [corp], scopes: [read]}]}\n"

static const struct world_policies *use(void **state, const char *more)
{
    struct fixture *fixture = *state;
    SCOPED_BUFFER mistakes = {0};
    if (!fixture_use(fixture, more, &mistakes))
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
    return &fixture->world->policies;
}

static void are_in_force_only_where_there_is_one_or_one_is_required(void **state)
{
    const struct world_policies *policies = use(state, "");
    assert_false(policy_set_is_in_force(&policies->set));
    assert_false(policies->set.rules.is_permit_required);
    policies = use(state, POLICY("p", "enabled: true", PERMIT ";"));
    assert_true(policy_set_is_in_force(&policies->set) && policies->set.rules.is_permit_required);
    policies = use(state, POLICY("p", "enforcement: report", PERMIT ";"));
    assert_true(policy_set_is_in_force(&policies->set) && !policies->set.rules.is_permit_required);
    policies = use(state, POLICY("p", "enabled: false", PERMIT ";"));
    assert_false(policy_set_is_in_force(&policies->set));
    assert_true(policies->set.rules.work > 0);
}

static void name_the_document_and_the_line_of_each_mistake(void **state)
{
    struct fixture *fixture = *state;
    SCOPED_BUFFER mistakes = {0};
    assert_false(fixture_use(fixture,
                             POLICY("one", "enabled: true", PERMIT ";\n    permit(principal, action, resource")
                                 POLICY("two", "enabled: true", PERMIT " when { context.nothing };"),
                             &mistakes));
    buffer_append_byte(&mistakes, '\0');
    assert_non_null(strstr(mistakes.base, "/test/gateway.yaml:59:5: found the end of the text"));
    assert_non_null(strstr(mistakes.base, "/test/gateway.yaml:65:")); /* the other's, by the model */
    assert_null(fixture->world);
}

static void tell_the_log_which_combinations_are_off(void **state)
{
    struct fixture *fixture = *state;
    (void)use(state, COMBINATION("on", "") COMBINATION("apart", "enabled: false, "));
    standard_error_catch();
    world_policies_warn(NULL, fixture->world);
    const char *log = standard_error_release();
    assert_non_null(strstr(log, "\"level\":\"warning\",\"event\":\"combination_off\",\"name\":\"apart\""));
    assert_null(strstr(log, "\"name\":\"on\""));
}

static void look_up_only_what_some_policy_or_combination_looks_at(void **state)
{
    const struct world_policies *policies = use(state, POLICY("p", "enabled: true", PERMIT ";"));
    for (int holder = 0; holder < POLICY_HOLDER_COUNT; holder++)
        assert_false(policies->reads_held[holder] || policies->reads_exchanges[holder]);
    policies = use(state, POLICY("p", "enabled: true", PERMIT " when { context.held_in_tree.count < 3 };")
                              POLICY("t", "enforcement: report",
                                     PERMIT " when { context.exchanges_by_agent.last_hour < 3 };"));
    assert_true(policies->reads_held[POLICY_HOLDER_TREE]);
    assert_false(policies->reads_held[POLICY_HOLDER_SUBJECT] || policies->reads_held[POLICY_HOLDER_AGENT]);
    assert_true(policies->reads_exchanges[POLICY_HOLDER_AGENT]);
    assert_false(policies->reads_exchanges[POLICY_HOLDER_TREE]);
}

static void compile_combinations_that_are_enabled(void **state)
{
    const struct world_policies *policies =
        use(state, COMBINATION("apart", "holder: agent, within: 1h, effect: narrow, ") COMBINATION(
                       "shorter", "holder: agent, within: 1m, ") COMBINATION("off", "enabled: false, "));
    assert_int_equal(policies->set.combination_count, 2);
    const struct combination *apart = &policies->set.combinations[0];
    assert_true(text_is(apart->name, "apart"));
    assert_int_equal(apart->holder, POLICY_HOLDER_AGENT);
    assert_true(apart->narrows);
    assert_int_equal(apart->right_count, 2);
    assert_true(text_is(apart->rights[0].targets.items[0], "orders"));
    assert_int_equal(apart->rights[0].scopes.count, 0);
    assert_true(text_is(apart->rights[1].domains.items[0], "corp"));
    assert_int_equal(policies->kept_s[POLICY_HOLDER_AGENT], 3600);
    assert_int_equal(policies->kept_s[POLICY_HOLDER_SUBJECT], 0);
    assert_false(policy_set_is_in_force(&policies->set));
}

static void map_each_holder_to_its_own(void **state)
{
    const struct world_policies *policies =
        use(state, COMBINATION("a", "") COMBINATION("b", "holder: tree, ") COMBINATION("c", "holder: agent, "));
    assert_int_equal(policies->set.combinations[0].holder, POLICY_HOLDER_SUBJECT);
    assert_int_equal(policies->set.combinations[1].holder, POLICY_HOLDER_TREE);
    assert_int_equal(policies->set.combinations[2].holder, POLICY_HOLDER_AGENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_in_force_only_where_there_is_one_or_one_is_required),
        TEST(name_the_document_and_the_line_of_each_mistake),
        TEST(tell_the_log_which_combinations_are_off),
        TEST(look_up_only_what_some_policy_or_combination_looks_at),
        TEST(compile_combinations_that_are_enabled),
        TEST(map_each_holder_to_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
