/* The lattice of types: what may stand for what, what two have in common, and how they are said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/schema_types.h"

/* {a: Long, NAME: KIND} */
static const struct schema_type *record_in(struct arena *arena, const char *name, enum schema_type_kind kind,
                                           bool is_required)
{
    struct schema_attribute *attributes = ARENA_ARRAY(arena, struct schema_attribute, 2);
    attributes[0] = (struct schema_attribute){text_of(name), schema_simple_type(kind), is_required};
    attributes[1] = (struct schema_attribute){TEXT("a"), schema_simple_type(TYPE_LONG), true};
    return schema_record_of(arena, attributes, 2);
}

static void a_bool_known_to_be_true_is_a_bool(void **state)
{
    (void)state;
    const struct schema_type *yes = schema_bool(true), *no = schema_bool(false),
                             *any = schema_simple_type(TYPE_BOOL);
    SCOPED_ARENA arena = arena_create();
    assert_true(schema_type_is_subtype(yes, any) && schema_type_is_subtype(no, any));
    assert_false(schema_type_is_subtype(any, yes) || schema_type_is_subtype(yes, no));
    assert_ptr_equal(schema_type_join(arena, yes, no), any);
    assert_ptr_equal(schema_type_join(arena, yes, yes), yes);
    assert_null(schema_type_join(arena, yes, schema_simple_type(TYPE_LONG)));
}

static void sets_go_by_their_elements(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct schema_type *yes = schema_set_of(arena, schema_bool(true));
    const struct schema_type *no = schema_set_of(arena, schema_bool(false));
    const struct schema_type *longs = schema_set_of(arena, schema_simple_type(TYPE_LONG));
    assert_int_equal(schema_type_join(arena, yes, no)->element->kind, TYPE_BOOL);
    assert_null(schema_type_join(arena, yes, longs));
    assert_true(schema_type_is_subtype(yes, schema_type_join(arena, yes, no)));
}

static void entities_of_two_types_have_nothing_in_common(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct schema_type *user = schema_entity_of(arena, TEXT("User"));
    const struct schema_type *same = schema_entity_of(arena, TEXT("User"));
    const struct schema_type *group = schema_entity_of(arena, TEXT("Group"));
    assert_non_null(schema_type_join(arena, user, same));
    assert_null(schema_type_join(arena, user, group));
}

static void records_have_the_same_attributes_or_nothing_in_common(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct schema_type *first = record_in(arena, "b", TYPE_TRUE, true), *joined;
    assert_true(text_is(first->attributes[0].name, "a") && text_is(first->attributes[1].name, "b"));
    joined = schema_type_join(arena, first, record_in(arena, "b", TYPE_FALSE, true));
    assert_int_equal(schema_type_attribute(joined, TEXT("b"))->type->kind, TYPE_BOOL);
    assert_true(schema_type_is_subtype(first, joined));
    assert_null(schema_type_join(arena, first, record_in(arena, "c", TYPE_TRUE, true)));
    assert_null(schema_type_join(arena, first, record_in(arena, "b", TYPE_TRUE, false)));
    assert_null(schema_type_join(arena, first, record_in(arena, "b", TYPE_LONG, true)));
    assert_null(schema_type_join(arena, first, &schema_record_empty));
    assert_null(schema_type_attribute(first, TEXT("c")));
}

static void types_are_said_as_they_are_written(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct schema_type *record = record_in(arena, "b", TYPE_TRUE, false);
    assert_true(text_is(schema_type_text(arena, record), "{a: Long, b?: Bool}"));
    assert_true(text_is(schema_type_text(arena, schema_set_of(arena, schema_entity_of(arena, TEXT("N::A")))),
                        "Set<N::A>"));
    record = record_in(arena,
                       "a name that is so long that nobody would want to read it in the middle of a "
                       "sentence",
                       TYPE_TRUE, false);
    assert_true(text_is(schema_type_text(arena, record), "a record"));
    assert_true(text_is(schema_type_text(arena, schema_set_of(arena, record)), "a set of records"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bool_known_to_be_true_is_a_bool),
        cmocka_unit_test(sets_go_by_their_elements),
        cmocka_unit_test(entities_of_two_types_have_nothing_in_common),
        cmocka_unit_test(records_have_the_same_attributes_or_nothing_in_common),
        cmocka_unit_test(types_are_said_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
