/* What names in a schema refer to, and what is said where they refer to nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void looks_in_its_own_namespace_first(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"namespace N { entity A; type T = {}; entity B in A; action a appliesTo { principal: A, resource: B, "
         "context: T }; }",
         NULL, NULL},
        {"entity A; namespace N { entity B in A { a: A }; }", NULL, NULL},
        {"namespace N { entity A; } entity B in N::A { a: N::A };", NULL, NULL},
        {"namespace N { action b; action a in b; } namespace M { action c in N::Action::\"b\"; }", NULL, NULL},
        {"action b; namespace N { action a in [b, Action::\"b\"]; }", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void knows_the_types_of_the_language(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"type T = { a: Bool, b: Long, c: String, d: ipaddr, e: decimal, f: datetime, g: duration, h: "
         "__cedar::Long };",
         NULL, NULL},
        {"type T = __cedar::Foo;", "there is no type \"__cedar::Foo\"", "__cedar::Foo"},
        {"type T = Strnig;", "there is no type \"Strnig\"; did you mean \"String\"?", "Strnig"},
        {"type T = N::Long;", "there is no type \"N::Long\"; did you mean \"Long\"?", "N::Long"},
        {"type T = Set;", "there is no type \"Set\"", "Set"},
        {"entity A { a: Action }; action a;", NULL, NULL},
        {"entity A { a: Action };", "there is no type \"Action\"", "Action"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void says_what_was_probably_meant(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity Group; entity A in Gruop;", "there is no entity type \"Gruop\"; did you mean \"Group\"?",
         "Gruop"},
        {"namespace N { entity User; } entity A in User;",
         "there is no entity type \"User\"; did you mean \"N::User\"?", "User"},
        {"action read; action a in raed;", "there is no action \"raed\" here; did you mean \"read\"?", "raed"},
        {"entity A; action a appliesTo { principal: A, resource: Q };", "there is no entity type \"Q\"", "Q"},
        {"type T = Long; entity A in T;", "there is no entity type \"T\"", "T"},
        {"entity A; action a appliesTo { principal: A, resource: A, context: A };", "there is no type \"A\"",
         "A"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void refuses_types_inside_themselves(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"type T = T;", "the type T would be inside itself", "T"},
        {"type T = Set<U>; type U = { a: T };", "the type T would be inside itself", "T"},
        {"type T = { a: A }; entity A { t: T };", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void refuses_attributes_that_stand_twice(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"type T = { a: Long, b: Long, \"a\"?: Bool };", "the attribute \"a\" stands twice in this record",
         NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void bounds_what_a_type_grows_to(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0};
    struct cedar_schema *schema;
    struct cedar_mistake mistake;
    buffer_append(&text, TEXT("type T0 = Long;"));
    for (int i = 1; i < 64; i++)
        buffer_print(&text, "type T%d = {a: T%d, b: T%d};", i, i - 1, i - 1);
    assert_int_equal(cedar_schema_parse(arena, buffer_text(&text), &schema, &mistake), FAULT_POLICY_INVALID);
    assert_true(text_is(mistake.sentence, "this type has too many parts, or too many inside each other"));
    text.length = 0;
    buffer_append(&text, TEXT("type T0 = Long;"));
    for (int i = 1; i < 300; i++)
        buffer_print(&text, "type T%d = {a: T%d};", i, i - 1);
    assert_int_equal(cedar_schema_parse(arena, buffer_text(&text), &schema, &mistake), FAULT_POLICY_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_in_its_own_namespace_first),
        cmocka_unit_test(knows_the_types_of_the_language),
        cmocka_unit_test(says_what_was_probably_meant),
        cmocka_unit_test(refuses_types_inside_themselves),
        cmocka_unit_test(refuses_attributes_that_stand_twice),
        cmocka_unit_test(bounds_what_a_type_grows_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
