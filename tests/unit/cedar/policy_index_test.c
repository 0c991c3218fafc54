/* The index: it finds what a look at every policy finds, in the same order, and looks at few. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "made_by_hand.h"
#include "policy_index.h"

enum { POLICIES = 120, ENTITIES = 24 };

struct world {
    struct arena *arena;
    uint32_t random;
    struct cedar_entities *entities;
    const struct cedar_policy *policies[POLICIES];
    struct cedar_policy_index *index;
};

static unsigned below(struct world *world, unsigned limit)
{
    world->random = world->random * 1664525 + 1013904223;
    return (world->random >> 8) % limit;
}

/* Type and id are of few, so that heads and requests meet. */
static const char *name(struct world *world)
{
    return arena_print(world->arena, "T%u::%u", below(world, 3), below(world, 8)).base;
}

/* What is above has a greater number, so there are no rings. Some of it does not exist. */
static void add_entities(struct world *world)
{
    struct cedar_entities *lower = cedar_entities_create(world->arena, NULL);
    world->entities = NULL;
    for (unsigned i = ENTITIES; i-- > 0;) {
        if (i == ENTITIES / 2) {
            struct cedar_uid culprit;
            assert_int_equal(cedar_entities_seal(lower, &culprit), FAULT_NONE);
            world->entities = cedar_entities_create(world->arena, lower);
        }
        if (below(world, 4) == 0)
            continue;
        unsigned a = i + 1 + below(world, 4), b = i + 1 + below(world, 8);
        const char *parents = arena_print(world->arena, "T%u::%u T%u::%u", a % 3, a / 3, b % 3, b / 3).base;
        add_entity(world->arena, world->entities != NULL ? world->entities : lower,
                   arena_print(world->arena, "T%u::%u", i % 3, i / 3).base,
                   below(world, 4) == 0 ? "" : parents);
    }
    struct cedar_uid culprit;
    assert_int_equal(cedar_entities_seal(world->entities, &culprit), FAULT_NONE);
}

static struct cedar_scope random_scope(struct world *world, bool is_action)
{
    struct arena *arena = world->arena;
    switch (below(world, is_action ? 4 : 6)) {
    case 0:
    case 1:
        return scope_of(arena, CEDAR_SCOPE_ANY, "", "");
    case 2:
        return scope_of(arena, CEDAR_SCOPE_EQUAL, "", name(world));
    case 3:
        if (!is_action)
            return scope_of(arena, CEDAR_SCOPE_IN, "", name(world));
        if (below(world, 5) == 0)
            return scope_of(arena, CEDAR_SCOPE_IN, "", "");
        return scope_of(arena, CEDAR_SCOPE_IN, "",
                        arena_print(arena, "%s %s %s", name(world), name(world), name(world)).base);
    case 4:
        return scope_of(arena, CEDAR_SCOPE_IS, below(world, 2) == 0 ? "T0" : "T1", "");
    default:
        return scope_of(arena, CEDAR_SCOPE_IS_IN, below(world, 2) == 0 ? "T0" : "T1", name(world));
    }
}

static void make_world(struct world *world)
{
    add_entities(world);
    for (size_t i = 0; i < POLICIES; i++) {
        struct cedar_policy *policy = policy_in(world->arena, arena_print(world->arena, "p%zu", i).base);
        policy->is_forbid = below(world, 8) == 0;
        policy->principal = random_scope(world, false);
        policy->action = random_scope(world, true);
        policy->resource = random_scope(world, false);
        world->policies[i] = policy;
    }
    world->index = cedar_policy_index_create(world->arena, world->policies, POLICIES);
}

/* Returns how many there are. */
static size_t assert_same_as_a_scan(struct world *world, const struct cedar_request *request)
{
    struct evaluation evaluation;
    size_t count, at = 0;
    evaluation_begin(&evaluation, world->arena, world->entities, request, CEDAR_WORK_DEFAULT);
    const uint32_t *found = policy_index_find(world->index, &evaluation, &count);
    for (size_t i = 0; i < POLICIES; i++) {
        if (!cedar_policy_is_for(world->policies[i], world->entities, request))
            continue;
        assert_true(at < count);
        assert_int_equal(found[at], i);
        assert_ptr_equal(policy_index_policy(world->index, found[at]), world->policies[i]);
        at++;
    }
    assert_int_equal(at, count);
    return count;
}

static void it_finds_what_a_scan_finds_in_the_same_order(void **state)
{
    (void)state;
    size_t found = 0;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        SCOPED_ARENA arena = arena_create();
        struct world world = {.arena = arena, .random = seed};
        make_world(&world);
        for (int round = 0; round < 50; round++) {
            const struct cedar_request request = {uid_of(name(&world)), uid_of(name(&world)),
                                                  uid_of(name(&world)), &cedar_record_empty};
            found += assert_same_as_a_scan(&world, &request);
        }
    }
    assert_in_range(found, 5000, 40 * 50 * POLICIES / 2);
}

static void it_is_fine_without_policies(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct world world = {.arena = arena, .random = 1};
    add_entities(&world);
    struct cedar_policy_index *index = cedar_policy_index_create(arena, NULL, 0);
    const struct cedar_request request = {uid_of("T0::0"), uid_of("T0::1"), uid_of("T0::2"),
                                          &cedar_record_empty};
    struct evaluation evaluation;
    size_t count;
    evaluation_begin(&evaluation, arena, world.entities, &request, CEDAR_WORK_DEFAULT);
    policy_index_find(index, &evaluation, &count);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_a_scan_finds_in_the_same_order),
        cmocka_unit_test(it_is_fine_without_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
