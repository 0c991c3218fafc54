/* What a schema may declare: doubles, reserved names, and names that hide others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/schema_names.h"
#include "schema_fixture.h"

static void refuses_what_is_declared_twice(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity A; entity B, A;", "this entity type is declared twice", "A"},
        {"type T = Long; type T = Bool;", "this type is declared twice", "T"},
        {"action a; action \"a\";", "this action is declared twice", NULL},
        {"type A = Long; entity A;", NULL, NULL},
        {"namespace N { entity A; } namespace M { entity A; }", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void keeps_the_names_of_the_language(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity Action;", "\"Action\" is the type of actions; they are declared as such", "Action"},
        {"namespace N { entity Action; }", "\"Action\" is the type of actions; they are declared as such",
         "Action"},
        {"type Long = Bool;", "this is the name of one of Cedar's own types", "Long"},
        {"type Entity = Bool;", "this is the name of one of Cedar's own types", "Entity"},
        {"entity __cedar;", "names with \"__cedar\" are Cedar's own", "__cedar"},
        {"namespace A::__cedar {}", "names with \"__cedar\" are Cedar's own", "A::__cedar"},
        {"entity Long, String, Set; type ipaddr = Long;", NULL, NULL},
        {"namespace a__cedar::b {}", NULL, NULL},
        {"namespace a::__cedar::b {}", "names with \"__cedar\" are Cedar's own", "a::__cedar::b"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void refuses_names_that_hide_those_without_namespace(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity A; namespace N { entity A; }",
         "this hides the A that has no namespace; one needs another name", "A"},
        {"type A = Long; namespace N { entity A; }",
         "this hides the A that has no namespace; one needs another name", "A"},
        {"entity A; namespace N { type A = Long; }",
         "this hides the A that has no namespace; one needs another name", "A"},
        {"action a; namespace N { action a; }",
         "this hides the action of this name that has no namespace; one needs another name", "a"},
        {"namespace N { entity String; }", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void bounds_how_many_names_there_are(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0};
    struct cedar_schema *schema;
    struct cedar_mistake mistake;
    for (int i = 0; i <= SCHEMA_NAMES_MAX; i++)
        buffer_print(&text, "entity A%d;", i);
    assert_int_equal(cedar_schema_parse(arena, buffer_text(&text), &schema, &mistake), FAULT_POLICY_INVALID);
    assert_true(text_is(mistake.sentence, "a schema has at most 4096 entity types and as many actions"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_declared_twice),
        cmocka_unit_test(keeps_the_names_of_the_language),
        cmocka_unit_test(refuses_names_that_hide_those_without_namespace),
        cmocka_unit_test(bounds_how_many_names_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
