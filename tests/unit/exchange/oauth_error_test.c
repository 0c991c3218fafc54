/* Bodies and challenges of OAuth errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/oauth_error.h"

static void assert_body(const struct oauth_error *error, const char *expected)
{
    SCOPED_BUFFER body = {0};
    oauth_error_write(&body, error);
    if (!text_is(buffer_text(&body), expected))
        fail_msg("%.*s", (int)body.length, body.base);
}

static void say_what_is_wrong_and_under_which_id(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct oauth_error error = {TEXT("invalid_target"), TEXT("No."), TEXT("01K"), TEXT_NONE, 0};
    assert_body(&error,
                "{\"error\":\"invalid_target\",\"error_description\":\"No.\",\"dragoman_exchange\":\"01K\"}");
    assert_null(oauth_error_challenge(arena, &error).base);
}

static void say_where_the_person_goes_and_for_how_long(void **state)
{
    (void)state;
    const struct oauth_error error = {.error = TEXT("interaction_required"),
                                      .description = TEXT("Connect."),
                                      .id = TEXT("01K"),
                                      .interaction_uri = TEXT("https://gateway.example/connect/abc"),
                                      .interaction_expires_s = 600};
    assert_body(&error, "{\"error\":\"interaction_required\",\"error_description\":\"Connect.\","
                        "\"dragoman_interaction_uri\":\"https://gateway.example/connect/abc\","
                        "\"dragoman_interaction_expires_in\":600,\"dragoman_exchange\":\"01K\"}");
}

static void say_which_authentication_is_wanted_in_both_places(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct oauth_error error = {TEXT("insufficient_user_authentication"), TEXT("More."), TEXT("01K"),
                                TEXT("mfa phr"), 300};
    assert_body(&error, "{\"error\":\"insufficient_user_authentication\",\"error_description\":\"More.\","
                        "\"acr_values\":\"mfa phr\",\"max_age\":300,\"dragoman_exchange\":\"01K\"}");
    assert_true(text_is(oauth_error_challenge(arena, &error),
                        "Bearer error=\"insufficient_user_authentication\", acr_values=\"mfa phr\", "
                        "max_age=\"300\""));
    error.acr_values = TEXT_NONE;
    assert_true(text_is(oauth_error_challenge(arena, &error),
                        "Bearer error=\"insufficient_user_authentication\", max_age=\"300\""));
    error.acr_values = TEXT("mfa");
    error.maximum_age_s = 0;
    assert_true(text_is(oauth_error_challenge(arena, &error),
                        "Bearer error=\"insufficient_user_authentication\", acr_values=\"mfa\""));
}

static void say_of_what_others_say_only_what_may_be_said(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *long_one = arena_allocate(arena, 301);
    for (size_t i = 0; i < 300; i++)
        long_one[i] = 'x';
    assert_true(text_is(oauth_error_quotable(arena, TEXT("No \"such\" \\ user\r\n\303\251.")),
                        "No ?such? ? user????."));
    assert_int_equal(oauth_error_quotable(arena, text_of(long_one)).length, 256);
    assert_int_equal(oauth_error_quotable(arena, TEXT_NONE).length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(say_what_is_wrong_and_under_which_id),
        cmocka_unit_test(say_where_the_person_goes_and_for_how_long),
        cmocka_unit_test(say_which_authentication_is_wanted_in_both_places),
        cmocka_unit_test(say_of_what_others_say_only_what_may_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
