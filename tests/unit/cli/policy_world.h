/* A small world for the tests of the policy tools: documents, compiled, and one case or record decided in it.
 */
#ifndef TESTS_CLI_POLICY_WORLD_H
#define TESTS_CLI_POLICY_WORLD_H

#include "policies/policy_case.h"
#include "session.h"

#define POLICY_WORLD                                                                                           \
    "kind: Domain\nmetadata: {name: partner}\nspec: {leavesFor: []}\n---\n"                                    \
    "kind: Issuer\nmetadata: {name: corp}\n"                                                                   \
    "spec: {domain: home, issuer: 'https://login.example', risk: 5, claims: {attributes: {groups: g}}}\n---\n" \
    "kind: Issuer\nmetadata: {name: builds}\nspec: {issuer: 'https://builds.example', platform: true}\n---\n"  \
    "kind: AgentClass\nmetadata: {name: jobs, team: ops}\n"                                                    \
    "spec: {issuer: builds, match: {a: b}, risk: 20}\n---\n"                                                   \
    "kind: Client\nmetadata: {name: desk}\nspec: {authentication: {methods: [client_secret_basic], "           \
    "secretFile: /nowhere/s}}\n---\n"                                                                          \
    "kind: Target\nmetadata: {name: orders}\n"                                                                 \
    "spec: {domain: partner, audiences: ['https://o.example'], scopes: [read, write]}\n---\n"                  \
    "kind: Target\nmetadata: {name: files}\nspec: {audiences: ['https://f.example'], scopes: [get]}\n"

struct policy_world {
    struct arena *arena;
    struct documents documents;
    struct policy_set set;
};

static inline void policy_world_tell(void *context, const struct document *document,
                                     const struct cedar_mistake *mistake)
{
    (void)context;
    fail_msg("%.*s: %.*s", TEXT_ARGUMENTS(document->label), TEXT_ARGUMENTS(mistake->sentence));
}

/* policies: Cedar, or NULL for none; more: further documents, or "". */
static inline struct policy_world policy_world_of(const char *policies, const char *more)
{
    const struct policy_set_mistakes mistakes = {policy_world_tell, NULL};
    struct policy_world world = {.arena = arena_create()};
    SCOPED_BUFFER lines = {0};
    documents_init(&world.documents, world.arena);
    documents_read(&world.documents, TEXT("world.yaml"), arena_print(world.arena, "%s%s", POLICY_WORLD, more));
    if (policies != NULL)
        documents_read(&world.documents, TEXT("agents.cedar"), text_of(policies));
    documents_print_mistakes(&world.documents, &lines);
    if (lines.length != 0)
        fail_msg("%.*s", TEXT_ARGUMENTS(buffer_text(&lines)));
    assert_int_equal(policy_set_compile(world.arena, &world.documents, TEXT("https://gateway.example"),
                                        &mistakes, &world.set),
                     FAULT_NONE);
    return world;
}

/* The one case of a list; its mistake, or TEXT_NONE. */
static inline struct text policy_world_case(const struct policy_world *world, const char *yaml,
                                            struct policy_case *made)
{
    struct documents mistakes;
    struct policy_case *cases;
    struct text mistake = TEXT_NONE;
    size_t count;
    documents_init(&mistakes, world->arena);
    const struct json_value *list = document_value_from_yaml(&mistakes, TEXT("x.test.yaml"), text_of(yaml));
    assert_non_null(list);
    if (policy_cases_read(world->arena, list, &world->documents, &cases, &count, &mistake)) {
        assert_int_equal(count, 1);
        *made = cases[0];
    }
    return mistake;
}

/* What differs, decided. */
static inline struct text policy_world_try(const struct policy_world *world, const char *yaml)
{
    struct policy_case made;
    struct policy_trial trial;
    struct text mistake = policy_world_case(world, yaml, &made);
    if (mistake.length != 0)
        return mistake;
    policy_trial_decide_call(world->arena, &world->set, &made.facts, made.arguments, made.target_domain,
                             &trial);
    return policy_case_difference(world->arena, &made, &trial);
}

static inline void assert_text(struct text found, const char *expected)
{
    if (!text_is(found, expected))
        fail_msg("expected '%s', found '%.*s'", expected, TEXT_ARGUMENTS(found));
}

#endif
