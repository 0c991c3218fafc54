/* Attributes and tags: what is there, what may be missing, what there is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void required_attributes_are_there(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal.owner.owner.age == 1", NULL, NULL},
        {"context.color == Color::\"red\"", NULL, NULL},
        {"resource[\"address\"].isIpv6()", NULL, NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void optional_attributes_need_a_test(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"context.held == 1",
         "the attribute \"held\" of the context of Action::\"view\" may be missing: test it with \"context has "
         "held\" first",
         "context.held"},
        {"resource[\"two words\"]",
         "the attribute \"two words\" of Target may be missing: test it with \"resource has \"two words\"\" "
         "first",
         "resource[\"two words\"]"},
        {"principal has seen && principal.seen.at == context.at",
         "the attribute \"at\" of this record may be missing: test it with \"principal.seen has at\" first",
         "principal.seen.at"},
        {"principal has seen.at && principal.seen.at == context.at", NULL, NULL},
        {"principal.owner has risk && principal.owner.risk == 1", NULL, NULL},
        {"principal.owner has risk && principal.risk == 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void says_what_there_is_not_and_what_was_meant(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"resource.ownr == principal", "there is no attribute \"ownr\" in Target; did you mean \"owner\"?",
         "resource.ownr"},
        {"context.hold == 1",
         "there is no attribute \"hold\" in the context of Action::\"view\"; did you mean \"held\"?",
         "context.hold"},
        {"principal.foo", "there is no attribute \"foo\" in Agent", "principal.foo"},
        {"{a: principal}.b", "there is no attribute \"b\" in this record", "{a: principal}.b"},
        {"action.name == 1", "there is no attribute \"name\" in Action", "action.name"},
        {"principal.age.foo", "an entity or a record was expected here, but this is of type Long",
         "principal.age"},
        {"principal.name has foo", "an entity or a record was expected here, but this is of type String",
         "principal.name"},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void knows_what_a_test_comes_to(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal has foo && principal.foo", NULL, NULL},
        {"{a: principal} has b && principal.foo", NULL, NULL},
        {"context has at || principal.foo", NULL, NULL},
        {"principal has risk && (principal has risk || principal.foo)", NULL, NULL},
        {"principal has age || principal.foo", "there is no attribute \"foo\" in Agent", NULL},
        {"context has held || principal.foo", "there is no attribute \"foo\" in Agent", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void tags_need_a_test(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"resource.hasTag(\"a\") && resource.getTag(\"a\") == \"b\"", NULL, NULL},
        {"resource.hasTag(principal.name) && resource.getTag(principal.name) == \"b\"", NULL, NULL},
        {"resource.getTag(\"a\") == \"b\"",
         "this tag of Target may be missing: test it with \"resource.hasTag(\"a\")\" first",
         "resource.getTag(\"a\")"},
        {"resource.hasTag(\"a\") && resource.getTag(\"b\") == \"b\"",
         "this tag of Target may be missing: test it with \"resource.hasTag(\"b\")\" first", NULL},
        {"principal.getTag(\"a\") == \"b\"", "entities of type Agent have no tags", "principal.getTag(\"a\")"},
        {"principal.hasTag(\"a\") && principal.foo", NULL, NULL},
        {"resource.hasTag(\"a\") && (resource.hasTag(\"a\") || principal.foo)", NULL, NULL},
        {"resource.hasTag(1)", "a String was expected here, but this is of type Long", "1"},
        {"context.hasTag(\"a\")",
         "an entity was expected here, but this is of type {at: datetime, color: Color, held?: Long}",
         "context"},
        {"resource.hasTag(\"a\") && resource.getTag(\"a\") == 1",
         "these can never be equal: one is of type String, the other of type Long", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(required_attributes_are_there),
        cmocka_unit_test(optional_attributes_need_a_test),
        cmocka_unit_test(says_what_there_is_not_and_what_was_meant),
        cmocka_unit_test(knows_what_a_test_comes_to),
        cmocka_unit_test(tags_need_a_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
