/* Names, paths, annotations and types as schemas write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void reads_types_inside_each_other(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"type T = Set<Set<{a: Long, \"b c\"?: {d: Bool,},}>>;", NULL, NULL},
        {"entity Set; type T = Set<Set>;", NULL, NULL},
        {"type T = {};", NULL, NULL},
        {"entity entity { type: Long, in_: Long, Set: Long, enum: Long };", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void says_what_a_type_lacks(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"type T = Set<>;", "\">\" stands here, but a type was expected", ">"},
        {"type T = Set<Long;", "\";\" stands here, but \">\" was expected", ";"},
        {"type T = { a Long };", "\"Long\" stands here, but \":\" and the attribute's type was expected",
         "Long"},
        {"type T = { a: Long b: Long };", "\"b\" stands here, but \",\" or \"}\" was expected", "b"},
        {"type T = { , };", "\",\" stands here, but the name of an attribute was expected", ","},
        {"type T = A::\"x\";", "a string stands here, but a type was expected", "\"x\""},
        {"type T =", "the schema ends here, but a type was expected", ""},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void keeps_reserved_words_out_of_names(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity A { in: Long };", "\"in\" is a reserved word and cannot be the name of an attribute", "in"},
        {"entity A { \"in\": Long };", NULL, NULL},
        {"entity true;", "\"true\" is a reserved word and cannot be the name of an entity type", "true"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void reads_annotations_and_refuses_doubles(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"@a @b(\"\") @in(\"x\") entity A { @a b: Long };", NULL, NULL},
        {"@a namespace N { @a type T = Long; }", NULL, NULL},
        {"@a @b @a(\"x\") entity A;", "this annotation stands twice", "a"},
        {"@a() entity A;", "\")\" stands here, but the annotation's value, a string, was expected", ")"},
        {"@\"a\" entity A;", "a string stands here, but the name of an annotation was expected", "\"a\""},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void bounds_how_deep_types_are_written(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0};
    struct cedar_schema *schema;
    struct cedar_mistake mistake;
    buffer_append(&text, TEXT("type T = "));
    for (int i = 0; i < 1000; i++)
        buffer_append(&text, TEXT("Set<"));
    assert_int_equal(cedar_schema_parse(arena, buffer_text(&text), &schema, &mistake), FAULT_POLICY_INVALID);
    assert_true(
        text_is(mistake.sentence, "types are written too deep inside each other here; name the inner ones"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_types_inside_each_other),
        cmocka_unit_test(says_what_a_type_lacks),
        cmocka_unit_test(keeps_reserved_words_out_of_names),
        cmocka_unit_test(reads_annotations_and_refuses_doubles),
        cmocka_unit_test(bounds_how_deep_types_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
