/* A request to /authorize is read in two parts, and every parameter that decides is needed in one form alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "code/authorization_request.h"

#define WHO  "client_id=desk&redirect_uri=http%3A%2F%2F127.0.0.1%2Fback"
#define WHAT "&response_type=code&resource=https%3A%2F%2Ft.example"
#define HOW  "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static enum fault read(struct arena *arena, const char *query, struct authorization_request *request)
{
    TRY(authorization_request_read(arena, text_of(query), request));
    return authorization_request_check(arena, request);
}

static void reads_what_there_is(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct authorization_request request;
    assert_int_equal(
        read(arena, WHO WHAT HOW "&state=s%26t&scope=a+offline_access+b&dragoman_login=corp&x=y", &request),
        FAULT_NONE);
    assert_true(text_is(request.client_id, "desk") && text_is(request.redirect_uri, "http://127.0.0.1/back"));
    assert_true(text_is(request.state, "s&t") && text_is(request.login, "corp"));
    assert_true(text_is(request.scope_text, "a b") && text_is(request.resource, "https://t.example"));
    assert_int_equal(read(arena, WHO WHAT HOW "&scope=offline_access", &request), FAULT_NONE);
    assert_null(request.scope_text.base);
    assert_null(request.state.base);
}

static void refuses_what_is_missing_doubled_or_of_another_form(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        enum fault fault;
    } bad[] = {
        {"redirect_uri=http%3A%2F%2F127.0.0.1%2F" WHAT HOW, FAULT_AUTHORIZE_CLIENT},
        {"client_id=desk" WHAT HOW, FAULT_AUTHORIZE_REDIRECT},
        {"client_id=desk&redirect_uri=app%3A%2Fback" WHAT HOW, FAULT_AUTHORIZE_REDIRECT},
        {WHO "&client_id=desk" WHAT HOW, FAULT_PARAMETER_DOUBLED},
        {WHO WHAT HOW "&state=%00", FAULT_REQUEST_MALFORMED},
        {WHO "&resource=https%3A%2F%2Ft.example" HOW, FAULT_AUTHORIZE_RESPONSE_TYPE},
        {WHO "&response_type=code+token" HOW, FAULT_AUTHORIZE_RESPONSE_TYPE},
        {WHO WHAT HOW "&response_mode=form_post", FAULT_PARAMETER_INVALID},
        {WHO WHAT, FAULT_AUTHORIZE_CHALLENGE},
        {WHO WHAT "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", FAULT_AUTHORIZE_CHALLENGE},
        {WHO WHAT "&code_challenge_method=plain&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
         FAULT_AUTHORIZE_CHALLENGE},
        {WHO WHAT "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN",
         FAULT_AUTHORIZE_CHALLENGE}, /* bits are left over: a second spelling */
        {WHO WHAT HOW "&scope=a++b", FAULT_SCOPE_MALFORMED},
        {WHO WHAT HOW "&resource=https%3A%2F%2Fu.example", FAULT_AUTHORIZE_RESOURCE},
        {WHO "&response_type=code" HOW, FAULT_AUTHORIZE_RESOURCE},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct authorization_request request;
        enum fault fault = read(arena, bad[i].query, &request);
        if (fault != bad[i].fault)
            fail_msg("%s: %s", bad[i].query, fault_row(fault)->reason);
    }
}

static void bounds_what_is_echoed(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        SCOPED_ARENA arena = arena_create();
        struct authorization_request request;
        const struct text parts[] = {TEXT(WHO WHAT HOW "&state="),
                                     arena_print(arena, "%0*d", AUTHORIZE_STATE_BYTES_MAX + extra, 7)};
        struct text query = arena_join(arena, parts, 2);
        assert_int_equal(read(arena, query.base, &request), extra == 0 ? FAULT_NONE : FAULT_PARAMETER_INVALID);
        query = arena_print(arena, "redirect_uri=http%%3A%%2F%%2F127.0.0.1%%2F&client_id=%0*d",
                            AUTHORIZE_CLIENT_BYTES_MAX + extra, 7);
        assert_int_equal(authorization_request_read(arena, query, &request),
                         extra == 0 ? FAULT_NONE : FAULT_AUTHORIZE_CLIENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_there_is),
        cmocka_unit_test(refuses_what_is_missing_doubled_or_of_another_form),
        cmocka_unit_test(bounds_what_is_echoed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
