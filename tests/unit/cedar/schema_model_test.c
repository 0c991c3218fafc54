/* What a compiled schema has, and guesses at what somebody meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/schema_model.h"
#include "schema_fixture.h"

static void finds_entities_and_actions_by_name(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_schema *schema = schema_of(arena, "namespace N { entity B, A; action b, a; } entity C;");
    assert_true(text_is(schema_find_entity(schema, TEXT("N::A"))->name, "N::A"));
    assert_non_null(schema_find_entity(schema, TEXT("C")));
    assert_null(schema_find_entity(schema, TEXT("A")));
    assert_non_null(schema_find_action(schema, &(struct cedar_uid){TEXT("N::Action"), TEXT("a")}));
    assert_null(schema_find_action(schema, &(struct cedar_uid){TEXT("Action"), TEXT("a")}));
    schema = schema_of(arena, "");
    assert_null(schema_find_entity(schema, TEXT("A")));
    assert_null(schema_find_action(schema, &(struct cedar_uid){TEXT("Action"), TEXT("a")}));
}

static void knows_who_may_be_in_whom(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_schema *schema =
        schema_of(arena, "entity A in B; entity B; action b; namespace N { action a in Action::\"b\"; }");
    assert_true(schema_may_be_in(schema, TEXT("A"), TEXT("A")));
    assert_true(schema_may_be_in(schema, TEXT("A"), TEXT("B")));
    assert_false(schema_may_be_in(schema, TEXT("B"), TEXT("A")));
    assert_true(schema_may_be_in(schema, TEXT("N::Action"), TEXT("Action")));
    assert_false(schema_may_be_in(schema, TEXT("Action"), TEXT("N::Action")));
    assert_false(schema_may_be_in(schema, TEXT("A"), TEXT("Action")));
    assert_false(schema_may_be_in(schema, TEXT("Q"), TEXT("A")));
    assert_true(schema_is_action_type(TEXT("N::Action")) && !schema_is_action_type(TEXT("MyAction")));
}

static void knows_the_ids_of_an_enum(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_schema *schema = schema_of(arena, "entity A enum [\"x\", \"y\"]; entity B;");
    assert_true(schema_has_id(schema_find_entity(schema, TEXT("A")), TEXT("y")));
    assert_false(schema_has_id(schema_find_entity(schema, TEXT("A")), TEXT("z")));
    assert_true(schema_has_id(schema_find_entity(schema, TEXT("B")), TEXT("z")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_entities_and_actions_by_name),
        cmocka_unit_test(knows_who_may_be_in_whom),
        cmocka_unit_test(knows_the_ids_of_an_enum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
