/* Whom a credential counts against, and whether anybody wants to know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "holder.h"

static const struct holders alice = {{TEXT("https://idp.example"), TEXT("alice")},
                                     {TEXT("https://gateway.example"), TEXT("agent")},
                                     TEXT("root-1")};

static struct text key(struct arena *arena, enum policy_holder kind, struct holders holders)
{
    struct text key = holder_key(arena, kind, &holders);
    assert_true(key.length != 0 && key.length <= STORE_HOLDER_MAX);
    return key;
}

static void is_another_for_each_kind_and_name(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct holders same = {{TEXT("a"), TEXT("b")}, {TEXT("a"), TEXT("b")}, TEXT("b")};
    struct holders shifted = {{TEXT("ab"), TEXT("")}, {TEXT("a"), TEXT("b")}, TEXT("b")};
    assert_false(text_equal(key(arena, POLICY_HOLDER_SUBJECT, same), key(arena, POLICY_HOLDER_AGENT, same)));
    assert_false(text_equal(key(arena, POLICY_HOLDER_SUBJECT, same), key(arena, POLICY_HOLDER_TREE, same)));
    assert_false(
        text_equal(key(arena, POLICY_HOLDER_SUBJECT, same), key(arena, POLICY_HOLDER_SUBJECT, shifted)));
}

static void of_a_subject_does_not_depend_on_agent_or_tree(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct holders other = {alice.subject, {TEXT("https://other.example"), TEXT("other")}, TEXT("root-2")};
    assert_true(text_equal(key(arena, POLICY_HOLDER_SUBJECT, alice), key(arena, POLICY_HOLDER_SUBJECT, other)));
    assert_false(text_equal(key(arena, POLICY_HOLDER_AGENT, alice), key(arena, POLICY_HOLDER_AGENT, other)));
    assert_false(text_equal(key(arena, POLICY_HOLDER_TREE, alice), key(arena, POLICY_HOLDER_TREE, other)));
}

static void is_asked_for_by_policies_that_read_it_and_combinations_it_concerns(void **state)
{
    (void)state;
    const struct text names[] = {TEXT("pay"), TEXT("approve")};
    const struct combined_right rights[] = {{TEXT("one"), .targets = {&names[0], 1}},
                                            {TEXT("two"), .targets = {&names[1], 1}}};
    const struct combination combination = {.holder = POLICY_HOLDER_TREE, .rights = rights, .right_count = 2};
    const struct scope_set none = {.count = 0};
    struct world_policies policies = {.set = {.combinations = &combination, .combination_count = 1}};
    assert_true(holder_is_asked_for(&policies, POLICY_HOLDER_TREE, TEXT("pay"), TEXT("corp"), &none));
    assert_false(holder_is_asked_for(&policies, POLICY_HOLDER_TREE, TEXT("read"), TEXT("corp"), &none));
    assert_false(holder_is_asked_for(&policies, POLICY_HOLDER_SUBJECT, TEXT("pay"), TEXT("corp"), &none));
    policies.reads_held[POLICY_HOLDER_SUBJECT] = true;
    assert_true(holder_is_asked_for(&policies, POLICY_HOLDER_SUBJECT, TEXT("read"), TEXT("corp"), &none));
    assert_false(holder_is_asked_for(&policies, POLICY_HOLDER_AGENT, TEXT("read"), TEXT("corp"), &none));
}

static void keeps_a_credential_for_as_long_as_a_combination_asks_for_its_right_after_its_end(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct text names[] = {TEXT("pay"), TEXT("approve")};
    const struct combined_right rights[] = {{TEXT("one"), .targets = {&names[0], 1}},
                                            {TEXT("two"), .targets = {&names[1], 1}}};
    const struct combination combination = {
        .holder = POLICY_HOLDER_TREE, .within_s = 600, .rights = rights, .right_count = 2};
    const struct world_policies policies = {.set = {.combinations = &combination, .combination_count = 1},
                                            .kept_s = {[POLICY_HOLDER_TREE] = 600}};
    const struct held_credential credential = {TEXT("id"), TEXT("corp"), TEXT("pay"), TEXT("read"), 5, 1000};
    const struct held_credential other = {TEXT("id"), TEXT("corp"), TEXT("else"), TEXT("read"), 5, 1000};
    assert_int_equal(holder_holding(arena, &policies, POLICY_HOLDER_TREE, &alice, &other).kept_until_s, 1000);
    struct store_holding row = holder_holding(arena, &policies, POLICY_HOLDER_TREE, &alice, &credential);
    assert_int_equal(row.kept_until_s, 1600);
    assert_int_equal(row.expires_at_s, 1000);
    assert_true(text_is(row.agent, "https://gateway.example agent"));
    assert_true(text_is(row.root, "root-1"));
    row = holder_holding(arena, &policies, POLICY_HOLDER_SUBJECT, &alice, &credential);
    assert_int_equal(row.kept_until_s, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_another_for_each_kind_and_name),
        cmocka_unit_test(of_a_subject_does_not_depend_on_agent_or_tree),
        cmocka_unit_test(is_asked_for_by_policies_that_read_it_and_combinations_it_concerns),
        cmocka_unit_test(keeps_a_credential_for_as_long_as_a_combination_asks_for_its_right_after_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
