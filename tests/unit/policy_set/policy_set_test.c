/* Documents as what one exchange asks: which policies are in force, which entities there are, which rules. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy_set/policy_set.h"

#define TARGETS                                                                                                \
    "kind: Issuer\nmetadata: {name: corp}\nspec: {domain: home, issuer: 'https://login.example', risk: "       \
    "7}\n---\n"                                                                                                \
    "kind: AgentClass\nmetadata: {name: jobs, team: ops}\nspec: {issuer: corp, match: {a: b}, risk: "          \
    "20}\n---\n"                                                                                               \
    "kind: Target\nmetadata: {name: orders, team: shop}\n"                                                     \
    "spec: {domain: partner, audiences: ['https://o.example'], scopes: [read, write]}\n"
#define POLICY(name, text, spec)                                                                               \
    "---\nkind: Policy\nmetadata: {name: " name "}\nspec:\n  policies: |\n    " text "\n" spec

struct told {
    unsigned count;
    struct text name, sentence;
};

static void tell(void *context, const struct document *document, const struct cedar_mistake *mistake)
{
    struct told *told = context;
    told->count++;
    told->name = document->name;
    told->sentence = mistake->sentence;
}

static enum fault compile(struct arena *arena, const char *yaml, struct told *told, struct policy_set *set)
{
    struct documents *documents = ARENA_NEW(arena, struct documents);
    const struct policy_set_mistakes mistakes = {tell, told};
    documents_init(documents, arena);
    documents_read(documents, TEXT("p.yaml"), text_of(yaml));
    assert_int_equal(documents->mistake_count, 0);
    return policy_set_compile(arena, documents, TEXT("https://gateway.example"), &mistakes, set);
}

static enum fault decide(struct arena *arena, const struct policy_set *set)
{
    struct policy_decision decision;
    struct scope_set scopes;
    assert_int_equal(scope_set_parse(TEXT("read"), &scopes), FAULT_NONE);
    const struct policy_facts facts = {
        .action = "exchange",
        .actor = {.issuer = TEXT("https://p.example"), .subject = TEXT("job"), .issuer_document = TEXT("self")},
        .agent_class = TEXT("jobs"),
        .subject = {.kind = POLICY_USER,
                    .issuer = TEXT("https://login.example"),
                    .subject = TEXT("alice"),
                    .issuer_document = TEXT("corp")},
        .root = TEXT("r"),
        .target = TEXT("orders"),
        .scopes = &scopes};
    policy_set_ask(arena, set, &facts, &decision);
    return decision.fault;
}

/* Something that is done for nobody. */
static enum fault decide_introspection(struct arena *arena, const struct policy_set *set)
{
    static const struct scope_set no_scopes;
    struct policy_decision decision;
    const struct policy_facts facts = {
        .action = "introspect",
        .actor = {.issuer = TEXT("https://p.example"), .subject = TEXT("job"), .issuer_document = TEXT("self")},
        .agent_class = TEXT("jobs"),
        .target = TEXT("orders"),
        .scopes = &no_scopes};
    policy_set_ask(arena, set, &facts, &decision);
    return decision.fault;
}

static void makes_the_entities_that_policies_name(void **state)
{
    static const char *const conditions[] = {
        "resource in Domain::\"partner\" && resource in Team::\"shop\" && resource.adapter == \"jwt\"",
        "resource.audience == \"https://o.example\" && resource.scopes == [\"write\", \"read\"]",
        "principal in AgentClass::\"jobs\" && principal in Team::\"ops\" && AgentClass::\"jobs\".risk == 20",
        "principal in Issuer::\"self\" && Issuer::\"self\".identifier == \"https://gateway.example\"",
        "context has user && context.user in Issuer::\"corp\" && context.user in Domain::\"home\"",
        "Issuer::\"corp\".risk == 7 && !Issuer::\"corp\".platform",
    };
    (void)state;
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        struct told told = {0};
        struct policy_set set;
        struct text yaml = arena_print(
            arena,
            "%s---\nkind: Policy\nmetadata: {name: a}\nspec:\n  policies: |\n"
            "    permit(principal is Agent, action == Action::\"exchange\", resource) when { %s };\n",
            TARGETS, conditions[i]);
        assert_int_equal(compile(arena, yaml.base, &told, &set), FAULT_NONE);
        if (decide(arena, &set) != FAULT_NONE)
            fail_msg("%s", conditions[i]);
    }
}

static void requires_a_permit_from_the_first_policy_in_force_on(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct told told = {0};
    struct policy_set set;
    static const char forbid[] = "forbid(principal, action == Action::\"redeem\", resource);";
    assert_int_equal(compile(arena, TARGETS, &told, &set), FAULT_NONE);
    assert_false(set.rules.is_permit_required);
    assert_int_equal(decide(arena, &set), FAULT_NONE);
    assert_int_equal(compile(arena,
                             TARGETS POLICY("a", "forbid(principal, action, resource);", "  enabled: false\n"),
                             &told, &set),
                     FAULT_NONE);
    assert_int_equal(policy_book_count(set.book), 0);
    assert_int_equal(
        compile(arena, TARGETS POLICY("a", "forbid(principal, action, resource);", "  enforcement: report\n"),
                &told, &set),
        FAULT_NONE);
    assert_false(set.rules.is_permit_required);
    struct text yaml = arena_print(
        arena, "%s---\nkind: Policy\nmetadata: {name: a}\nspec:\n  policies: |\n    %s\n", TARGETS, forbid);
    assert_int_equal(compile(arena, yaml.base, &told, &set), FAULT_NONE);
    assert_true(set.rules.is_permit_required);
    assert_int_equal(decide(arena, &set), FAULT_POLICY_NO_PERMIT);
}

static void needs_no_permit_for_what_is_done_for_nobody_and_obeys_a_forbid(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct told told = {0};
    struct policy_set set;
    assert_int_equal(
        compile(arena, TARGETS POLICY("a", "permit(principal, action == Action::\"redeem\", resource);", ""),
                &told, &set),
        FAULT_NONE);
    assert_int_equal(decide(arena, &set), FAULT_POLICY_NO_PERMIT);
    assert_int_equal(decide_introspection(arena, &set), FAULT_NONE);
    assert_int_equal(
        compile(arena,
                TARGETS POLICY("a", "forbid(principal, action == Action::\"introspect\", resource);", ""),
                &told, &set),
        FAULT_NONE);
    assert_int_equal(decide_introspection(arena, &set), FAULT_POLICY_DENIED);
}

static void tells_mistakes_by_their_document(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct told told = {0};
    struct policy_set set;
    assert_int_equal(compile(arena,
                             TARGETS POLICY("a", "permit(principal, action, resource);", "")
                                 POLICY("b", "permit(principal, action, resource)", ""),
                             &told, &set),
                     FAULT_POLICY_INVALID);
    assert_int_equal(told.count, 1);
    assert_true(text_is(told.name, "b"));
    assert_true(told.sentence.length != 0);
}

static void compiles_combinations_that_are_enabled(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct told told = {0};
    struct policy_set set;
    assert_int_equal(
        compile(arena,
                TARGETS
                "---\nkind: Combination\nmetadata: {name: c}\nspec:\n  holder: tree\n  within: 1h\n"
                "  effect: narrow\n  rights: [{name: a, targets: [orders]}, {name: b, scopes: [x, y]}]\n"
                "---\nkind: Combination\nmetadata: {name: off}\n"
                "spec: {enabled: false, rights: [{name: a, scopes: [x]}, {name: b, scopes: [y]}]}\n",
                &told, &set),
        FAULT_NONE);
    assert_int_equal(set.combination_count, 1);
    assert_int_equal(set.combinations[0].holder, POLICY_HOLDER_TREE);
    assert_int_equal(set.combinations[0].within_s, 3600);
    assert_true(set.combinations[0].narrows);
    assert_int_equal(set.combinations[0].right_count, 2);
    assert_true(text_is(set.combinations[0].rights[1].scopes.items[1], "y"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_the_entities_that_policies_name),
        cmocka_unit_test(requires_a_permit_from_the_first_policy_in_force_on),
        cmocka_unit_test(needs_no_permit_for_what_is_done_for_nobody_and_obeys_a_forbid),
        cmocka_unit_test(tells_mistakes_by_their_document),
        cmocka_unit_test(compiles_combinations_that_are_enabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
