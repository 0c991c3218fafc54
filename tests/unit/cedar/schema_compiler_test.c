/* From a schema as it is written to one that can be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "schema/schema_model.h"
#include "schema_fixture.h"

static void refuses_actions_in_themselves(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"action a in a;", "this action would be in itself", "a"},
        {"action a in b; action b in c; action c in b;", "this action would be in itself", "b"},
        {"entity A in B; entity B in [A, B];", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void wants_a_record_for_a_context(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity A; action a appliesTo { principal: A, resource: A, context: Long };",
         "a context is a record, but this is Long", "Long"},
        {"type S = Set<Long>; entity A; action a appliesTo { principal: A, resource: A, context: S };",
         "a context is a record, but this is Set<Long>", "S"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void looks_at_types_nothing_refers_to(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"type T = { a: Foo };", "there is no type \"Foo\"", "Foo"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void hierarchies_are_closed_over(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_schema *schema =
        schema_of(arena, "entity A in B; entity B in C; entity C; action a in b; action b in c; action c;");
    assert_true(schema_may_be_in(schema, TEXT("A"), TEXT("C")));
    assert_false(schema_may_be_in(schema, TEXT("C"), TEXT("A")));
    assert_false(schema_find_entity(schema, TEXT("A"))->is_nested);
    const struct schema_action *action =
        schema_find_action(schema, &(struct cedar_uid){TEXT("Action"), TEXT("a")});
    assert_non_null(action);
    for (size_t i = 0; i < 3; i++)
        assert_true(schema_bit(action->ancestors, i));
}

static void bounds_what_policies_are_checked_for(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0}, names = {0};
    struct cedar_schema *schema;
    struct cedar_mistake mistake;
    for (int i = 0; i < 1001; i++)
        buffer_print(&names, "%sA%d", i != 0 ? "," : "", i);
    buffer_print(&text, "entity %.*s; action a appliesTo { principal: [%.*s], resource: A0 };",
                 TEXT_ARGUMENTS(names), TEXT_ARGUMENTS(names));
    assert_int_equal(cedar_schema_parse(arena, buffer_text(&text), &schema, &mistake), FAULT_NONE);
    buffer_print(&text, "action b appliesTo { principal: [%.*s], resource: [%.*s] };", TEXT_ARGUMENTS(names),
                 TEXT_ARGUMENTS(names));
    assert_int_equal(cedar_schema_parse(arena, buffer_text(&text), &schema, &mistake), FAULT_POLICY_INVALID);
    assert_true(text_is(mistake.sentence,
                        "with this action there are more than 1000000 ways to put a principal, an "
                        "action and a resource together"));
}

static void refuses_what_is_no_text_or_too_much(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_schema *schema;
    struct cedar_mistake mistake;
    assert_int_equal(cedar_schema_parse(arena, TEXT("// \xff"), &schema, &mistake), FAULT_POLICY_INVALID);
    assert_true(text_is(mistake.sentence, "the schema is not UTF-8"));
    char *spaces = arena_allocate(arena, CEDAR_POLICY_BYTES_MAX + 1);
    memset(spaces, ' ', CEDAR_POLICY_BYTES_MAX + 1);
    struct text much = {spaces, CEDAR_POLICY_BYTES_MAX + 1};
    assert_int_equal(cedar_schema_parse(arena, much, &schema, &mistake), FAULT_POLICY_INVALID);
    assert_true(text_is(mistake.sentence, "a schema has at most 1 MiB"));
    much.length--;
    assert_int_equal(cedar_schema_parse(arena, much, &schema, &mistake), FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_actions_in_themselves),
        cmocka_unit_test(wants_a_record_for_a_context),
        cmocka_unit_test(looks_at_types_nothing_refers_to),
        cmocka_unit_test(hierarchies_are_closed_over),
        cmocka_unit_test(bounds_what_policies_are_checked_for),
        cmocka_unit_test(refuses_what_is_no_text_or_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
