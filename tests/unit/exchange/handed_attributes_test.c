/* What an adapter is handed of a subject's attributes: what its target names, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/handed_attributes.h"

static const struct token_attribute alices[] = {{TEXT("mail"), TEXT("alice@corp.example"), false},
                                                {TEXT("groups"), TEXT("staff\nbuy \"ers\""), true},
                                                {TEXT("phone"), TEXT("1 2"), false}};
static const struct verified_token alice = {.attributes = alices, .attribute_count = 3};

static void are_those_that_the_target_names_in_its_order(void **state)
{
    struct text items[] = {TEXT("groups"), TEXT("salary"), TEXT("mail")};
    const struct text_list names = {items, 3};
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *handed = handed_attributes_of(arena, &names, &alice);
    assert_true(text_is(handed_attributes_json(arena, handed),
                        "{\"groups\":[\"staff\",\"buy \\\"ers\\\"\"],\"mail\":\"alice@corp.example\"}"));
}

static void are_an_empty_object_where_the_subject_has_none_and_nothing_where_none_is_named(void **state)
{
    struct text items[] = {TEXT("salary")};
    const struct text_list names = {items, 1}, no_names = {items, 0};
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *handed = handed_attributes_of(arena, &names, &alice);
    assert_int_equal(handed->kind, JSON_OBJECT);
    assert_int_equal(handed->count, 0);
    assert_null(handed_attributes_json(arena, handed).base);
    assert_null(handed_attributes_of(arena, &no_names, &alice));
    assert_null(handed_attributes_again(arena, &no_names, handed));
    assert_null(handed_attributes_json(arena, NULL).base);
}

/* The record has what was handed over then; what the target has named since is not in it. */
static void are_the_same_at_a_later_call_as_far_as_the_target_still_names_them(void **state)
{
    struct text items[] = {TEXT("mail"), TEXT("groups")}, later[] = {TEXT("phone"), TEXT("groups")};
    const struct text_list names = {items, 2}, names_now = {later, 2};
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *first = handed_attributes_of(arena, &names, &alice), *record;
    assert_int_equal(json_parse(arena, handed_attributes_json(arena, first), &json_limits_document, &record),
                     FAULT_NONE);
    assert_true(json_equal(handed_attributes_again(arena, &names, record), first));
    assert_true(text_is(handed_attributes_json(arena, handed_attributes_again(arena, &names_now, record)),
                        "{\"groups\":[\"staff\",\"buy \\\"ers\\\"\"]}"));
    assert_int_equal(handed_attributes_again(arena, &names, NULL)->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_those_that_the_target_names_in_its_order),
        cmocka_unit_test(are_an_empty_object_where_the_subject_has_none_and_nothing_where_none_is_named),
        cmocka_unit_test(are_the_same_at_a_later_call_as_far_as_the_target_still_names_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
