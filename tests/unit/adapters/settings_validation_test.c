/* What built-in adapters say of settings: where a mistake stands, and how many are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../adapters/registry/settings_validation.h"

static void names_the_member_by_a_pointer(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct settings_validation validation = {.arena = arena};
    settings_validation_add(&validation, TEXT("a/b~c"), TEXT("wrong"));
    assert_int_equal(validation.mistake_count, 1);
    assert_true(text_is(validation.mistakes[0].path, "/a~1b~0c"));
    assert_true(text_is(validation.mistakes[0].sentence, "wrong"));
}

static void tells_no_more_mistakes_than_there_is_room_for(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct settings_validation validation = {.arena = arena};
    for (int i = 0; i < SETTINGS_MISTAKES_MAX + 5; i++)
        settings_validation_add(&validation, TEXT("x"), TEXT("wrong"));
    assert_int_equal(validation.mistake_count, SETTINGS_MISTAKES_MAX);
}

static void takes_headers_in_lower_case_that_can_carry_a_credential(void **state)
{
    (void)state;
    assert_true(settings_name_header(TEXT("x-api-key")));
    assert_false(settings_name_header(TEXT("X-Api-Key")));
    assert_false(settings_name_header(TEXT("content-length")));
    assert_false(settings_name_header(TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_member_by_a_pointer),
        cmocka_unit_test(tells_no_more_mistakes_than_there_is_room_for),
        cmocka_unit_test(takes_headers_in_lower_case_that_can_carry_a_credential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
