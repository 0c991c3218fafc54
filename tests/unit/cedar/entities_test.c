/* Entities: finding them through layers, their ancestors, and what cannot be a hierarchy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cedar/entities.h"
#include "made_by_hand.h"

static bool is_in(const struct cedar_entities *entities, const char *uid, const char *ancestor)
{
    const struct cedar_uid a = uid_of(uid), b = uid_of(ancestor);
    const struct cedar_entity *entity = cedar_entities_find(entities, &a);
    return entity != NULL && cedar_entity_has_ancestor(entity, &b);
}

static const struct cedar_entity *find(const struct cedar_entities *entities, const char *name)
{
    const struct cedar_uid uid = uid_of(name);
    return cedar_entities_find(entities, &uid);
}

static void seal(struct cedar_entities *entities)
{
    struct cedar_uid culprit;
    assert_int_equal(cedar_entities_seal(entities, &culprit), FAULT_NONE);
}

static struct text culprit_of(struct cedar_entities *entities)
{
    struct cedar_uid culprit;
    assert_int_equal(cedar_entities_seal(entities, &culprit), FAULT_POLICY_INVALID);
    return culprit.id;
}

static void an_entity_is_in_all_above_it_and_in_nothing_else(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    add_entity(arena, entities, "User::a", "Group::b Group::c");
    add_entity(arena, entities, "Group::b", "Group::d");
    add_entity(arena, entities, "Group::c", "Group::d");
    add_entity(arena, entities, "Group::d", "Group::e");
    seal(entities);
    assert_null(find(entities, "Group::e"));
    assert_true(is_in(entities, "User::a", "Group::c"));
    assert_true(is_in(entities, "User::a", "Group::d"));
    assert_true(is_in(entities, "User::a", "Group::e"));
    assert_false(is_in(entities, "User::a", "User::a"));
    assert_false(is_in(entities, "Group::b", "Group::c"));
    assert_false(is_in(entities, "Group::d", "User::a"));
    assert_int_equal(find(entities, "User::a")->ancestor_count, 4);
}

static void a_name_stands_once_in_a_layer(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    const struct cedar_entity entity = {.uid = uid_of("User::a")}, other = {.uid = uid_of("Users::a")};
    assert_true(cedar_entities_add(entities, &entity));
    assert_false(cedar_entities_add(entities, &entity));
    assert_true(cedar_entities_add(entities, &other));
}

static void a_layer_stands_on_the_one_below(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *below = cedar_entities_create(arena, NULL);
    add_entity(arena, below, "Group::b", "Group::c");
    add_entity(arena, below, "User::x", "Group::c");
    seal(below);
    struct cedar_entities *entities = cedar_entities_create(arena, below);
    add_entity(arena, entities, "User::a", "Group::b");
    add_entity(arena, entities, "User::x", "");
    seal(entities);
    assert_true(is_in(entities, "User::a", "Group::c"));
    assert_true(is_in(entities, "Group::b", "Group::c"));
    assert_false(is_in(entities, "User::x", "Group::c")); /* the layer's own hides the one below */
    assert_true(is_in(below, "User::x", "Group::c"));
    assert_null(find(below, "User::a"));
    size_t count;
    const struct cedar_entity *all = cedar_entities_all(entities, &count);
    assert_int_equal(count, 2);
    assert_true(text_is(all[0].uid.id, "a") && text_is(all[1].uid.id, "x"));
}

static void an_entity_that_is_its_own_ancestor_is_refused(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *alone = cedar_entities_create(arena, NULL);
    add_entity(arena, alone, "User::a", "User::a");
    assert_true(text_is(culprit_of(alone), "a"));
    struct cedar_entities *ring = cedar_entities_create(arena, NULL);
    add_entity(arena, ring, "User::outside", "User::a");
    add_entity(arena, ring, "User::a", "User::b");
    add_entity(arena, ring, "User::b", "User::c");
    add_entity(arena, ring, "User::c", "User::a");
    assert_false(text_is(culprit_of(ring), "outside"));
}

static void a_ring_through_the_layer_below_is_refused(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *below = cedar_entities_create(arena, NULL);
    add_entity(arena, below, "User::b", "User::a");
    seal(below);
    struct cedar_entities *entities = cedar_entities_create(arena, below);
    add_entity(arena, entities, "User::a", "User::b");
    assert_true(text_is(culprit_of(entities), "a"));
}

/* name 0 is in name 1, that in name 2 and so on. */
static struct cedar_entities *chain(struct arena *arena, unsigned length)
{
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    for (unsigned i = 0; i < length; i++)
        add_entity(arena, entities, arena_print(arena, "Link::%u", i).base,
                   arena_print(arena, "Link::%u", i + 1).base);
    return entities;
}

static void a_long_chain_needs_no_deep_stack(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = chain(arena, 1000);
    seal(entities);
    assert_true(is_in(entities, "Link::0", "Link::1000"));
    assert_int_equal(find(entities, "Link::1")->ancestor_count, 999);
}

static void more_ancestors_than_memory_is_given_for_are_refused(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = chain(arena, 3000);
    culprit_of(entities);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entity_is_in_all_above_it_and_in_nothing_else),
        cmocka_unit_test(a_name_stands_once_in_a_layer),
        cmocka_unit_test(a_layer_stands_on_the_one_below),
        cmocka_unit_test(an_entity_that_is_its_own_ancestor_is_refused),
        cmocka_unit_test(a_ring_through_the_layer_below_is_refused),
        cmocka_unit_test(a_long_chain_needs_no_deep_stack),
        cmocka_unit_test(more_ancestors_than_memory_is_given_for_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
