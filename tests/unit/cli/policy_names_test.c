/* Names in policies against the documents beside them. */
#include "policies/policy_names.h"

#include "policy_world.h"

struct found {
    struct arena *arena;
    struct buffer lines;
};

static void add(void *context, size_t position, const struct cedar_mistake *mistake)
{
    struct found *found = context;
    buffer_print(&found->lines, "%zu %.*s %.*s [%.*s]\n", position, TEXT_ARGUMENTS(mistake->sentence),
                 TEXT_ARGUMENTS(mistake->suggestion), (int)mistake->span.length,
                 mistake->source.base + mistake->span.offset);
}

static struct text names_of(const struct policy_world *world)
{
    struct found found = {world->arena, buffer_in(world->arena, 256)};
    const struct policy_names_found telling = {add, &found};
    policy_names_check(world->arena, &world->documents, world->set.book, &telling);
    return buffer_text(&found.lines);
}

static void finds_names_that_are_not_there_in_heads_and_in_conditions(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of("permit(principal in AgentClass::\"jobs\", action == "
                                                "Action::\"exchange\", resource == Target::\"order\");\n"
                                                "forbid(principal, action == Action::\"exchange\", resource)\n"
                                                "when { resource in Domain::\"partnr\" || [Target::\"files\", "
                                                "Target::\"zzzzzzz\"].contains(resource) };",
                                                "");
    assert_text(names_of(&world),
                "0 no document is Target \"order\" Did you mean \"orders\"? [resource == Target::\"order\"]\n"
                "1 no document is Domain \"partnr\" Did you mean \"partner\"? [Domain::\"partnr\"]\n"
                "1 no document is Target \"zzzzzzz\"  [[Target::\"files\", Target::\"zzzzzzz\"]]\n");
    arena_destroy(world.arena);
}

static void finds_tags_that_no_issuer_makes(void **state)
{
    (void)state;
    struct policy_world world =
        policy_world_of("forbid(principal, action == Action::\"exchange\", resource)\n"
                        "when { context has user && context.user.hasTag(\"grups\") && "
                        "context.user.getTag(\"grups\").contains(\"x\") }\n"
                        "unless { principal.hasTag(\"groups\") || principal.hasTag(\"something\") };",
                        "");
    assert_text(names_of(&world), "0 no Issuer maps an attribute \"grups\" (spec.claims.attributes) "
                                  "Did you mean \"groups\"? [\"grups\"]\n"
                                  "0 no Issuer maps an attribute \"something\" (spec.claims.attributes)  "
                                  "[\"something\"]\n");
    arena_destroy(world.arena);
}

static void knows_names_that_need_no_document_of_their_own(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(
        "permit(principal in Team::\"ops\", action == Action::\"exchange\", resource in Domain::\"local\")\n"
        "when { context has user && (context.user in Domain::\"home\" || context.user in Issuer::\"self\") };\n"
        "permit(principal == Agent::\"https://a.example b\", action == Action::\"exchange\", resource);",
        "");
    assert_text(names_of(&world), "");
    arena_destroy(world.arena);
}

static void knows_nothing_where_there_are_policies_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("a.cedar"), TEXT("permit(principal, action, resource);"));
    assert_int_equal(documents.count, 1);
    assert_false(policy_names_are_known(&documents));
    documents_read(&documents, TEXT("t.yaml"), TEXT("kind: Team\nmetadata: {name: t}\nspec: {}\n"));
    assert_true(policy_names_are_known(&documents));
    assert_true(policy_names_has(&documents, "Team", TEXT("t")));
    assert_false(policy_names_has(&documents, "Target", TEXT("t")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_names_that_are_not_there_in_heads_and_in_conditions),
        cmocka_unit_test(finds_tags_that_no_issuer_makes),
        cmocka_unit_test(knows_names_that_need_no_document_of_their_own),
        cmocka_unit_test(knows_nothing_where_there_are_policies_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
