/* Values and names of entities from JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document/document_value.h"
#include "document_bench.h"

static void reads_booleans_whole_numbers_and_strings(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_value value = value_of(arena, "true");
    assert_true(value.kind == CEDAR_BOOLEAN && value.boolean);
    value = value_of(arena, "9223372036854775807");
    assert_true(value.kind == CEDAR_LONG && value.integer == INT64_MAX);
    value = value_of(arena, "-9223372036854775808");
    assert_true(value.kind == CEDAR_LONG && value.integer == INT64_MIN);
    value = value_of(arena, "\"a\\u0000b\"");
    assert_true(value.kind == CEDAR_STRING && text_equal(value.string, TEXT("a\0b")));
}

static void refuses_null_fractions_and_numbers_too_large(void **state)
{
    (void)state;
    assert_value_refused("null", "value: Cedar has no null; leave the attribute out.");
    assert_value_refused("1.5", "value: 1.5 is not a whole number of 64 bits.");
    assert_value_refused("1.0", "value: 1.0 is not a whole number of 64 bits.");
    assert_value_refused("1e3", "value: 1e3 is not a whole number of 64 bits.");
    assert_value_refused("9223372036854775808", "value: 9223372036854775808 is not a whole number of 64 bits.");
}

static void reads_arrays_as_sets_whatever_their_order(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_value one = value_of(arena, "[3, \"a\", [true], 3, []]");
    struct cedar_value other = value_of(arena, "[[], [true, true], \"a\", 3]");
    assert_int_equal(one.kind, CEDAR_SET);
    assert_int_equal(one.set->count, 4);
    assert_true(cedar_value_equal(&one, &other));
}

static void reads_objects_as_records(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_value value =
        value_of(arena, "{\"b\": {\"c\": 1}, \"a\": true, \"type\": \"x\", \"id\": \"y\"}");
    assert_int_equal(value.kind, CEDAR_RECORD);
    assert_int_equal(value.record->count, 4);
    const struct cedar_value *inner = cedar_record_find(value.record, TEXT("b"));
    assert_non_null(inner);
    assert_int_equal(inner->kind, CEDAR_RECORD);
}

static void reads_the_escape_for_entities(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_value value = value_of(arena, "{\"__entity\": {\"id\": \"a b\", \"type\": \"Corp::User\"}}");
    assert_int_equal(value.kind, CEDAR_ENTITY);
    assert_true(text_is(value.entity->type, "Corp::User"));
    assert_true(text_is(value.entity->id, "a b"));
}

static void refuses_half_an_escape(void **state)
{
    (void)state;
    assert_value_refused("{\"__entity\": 1}",
                         "value.__entity: an entity is an object with type and id, there is a number.");
    assert_value_refused("{\"__entity\": {\"type\": \"User\"}}",
                         "value.__entity.id: a string is expected, there is nothing.");
    assert_value_refused("{\"__entity\": {\"type\": \"User\", \"id\": 7}}",
                         "value.__entity.id: a string is expected, there is a number.");
    assert_value_refused("{\"__entity\": {\"type\": \"A B\", \"id\": \"\"}}",
                         "value.__entity.type: an entity type is a name such as User or Corp::User.");
    assert_value_refused("{\"__entity\": {\"type\": \"User\", \"id\": \"\", \"x\": 1}}",
                         "value.__entity.x: no such member is known here.");
    assert_value_refused("{\"__entity\": {\"type\": \"User\", \"id\": \"\"}, \"x\": 1}",
                         "value: nothing else may stand beside __entity.");
    assert_value_refused("{\"__extn\": {\"fn\": \"ip\", \"arg\": \"::1\"}, \"x\": 1}",
                         "value: nothing else may stand beside __extn.");
    assert_value_refused("{\"__expr\": \"1 + 1\"}",
                         "value: __expr is no longer part of Cedar; write the value itself.");
}

static void names_the_place_deep_inside(void **state)
{
    (void)state;
    assert_value_refused("{\"a\": [1, {\"b c\": null}]}",
                         "value.a[1][\"b c\"]: Cedar has no null; leave the attribute out.");
}

static enum fault read_uid(struct arena *arena, const char *text, struct cedar_uid *uid, struct text *mistake)
{
    const struct document_reading reading = {.arena = arena, .mistake = mistake};
    const struct document_place place = {.name = TEXT("uid")};
    return document_uid(&reading, &place, json_of(arena, text), uid);
}

static void reads_names_of_entities_with_and_without_the_escape(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_uid plain, escaped;
    struct text mistake;
    assert_int_equal(read_uid(arena, "{\"type\": \"User\", \"id\": \"a\"}", &plain, &mistake), FAULT_NONE);
    assert_int_equal(read_uid(arena, "{\"__entity\": {\"type\": \"User\", \"id\": \"a\"}}", &escaped, &mistake),
                     FAULT_NONE);
    assert_true(cedar_uid_equal(&plain, &escaped));
    assert_int_equal(read_uid(arena, "\"User::\\\"a\\\"\"", &plain, &mistake), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, mistake).base,
                        "uid: an entity is an object with type and id, there is a string.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_booleans_whole_numbers_and_strings),
        cmocka_unit_test(refuses_null_fractions_and_numbers_too_large),
        cmocka_unit_test(reads_arrays_as_sets_whatever_their_order),
        cmocka_unit_test(reads_objects_as_records),
        cmocka_unit_test(reads_the_escape_for_entities),
        cmocka_unit_test(refuses_half_an_escape),
        cmocka_unit_test(names_the_place_deep_inside),
        cmocka_unit_test(reads_names_of_entities_with_and_without_the_escape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
