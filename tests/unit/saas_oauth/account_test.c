/* A name for people, of an ID token, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account.h"
#include "base/base64url.h"

static struct text token_of(struct arena *arena, const char *claims)
{
    struct text payload = base64url_encode_text(arena, claims, text_of(claims).length);
    return arena_print(arena, "e30.%.*s.c2ln", TEXT_ARGUMENTS(payload));
}

static void takes_the_first_claim_that_people_know(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const struct {
        const char *claims, *account;
    } cases[] = {
        {"{\"sub\":\"7\",\"email\":\"alice@vendor.example\"}", "alice@vendor.example"},
        {"{\"sub\":\"7\",\"preferred_username\":\"alice\"}", "alice"},
        {"{\"sub\":\"7\"}", "7"},
        {"{\"email\":7,\"sub\":\"7\"}", "7"},
        {"{\"email\":\"a\\u202eb\",\"sub\":\"7\"}", "7"}, /* would be read backwards */
        {"{}", NULL},
        {"[]", NULL},
        {"no json", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct text account = account_of(arena, token_of(arena, cases[i].claims));
        assert_true(cases[i].account == NULL ? account.base == NULL : text_is(account, cases[i].account));
    }
    assert_null(account_of(arena, TEXT_NONE).base);
    assert_null(account_of(arena, TEXT("opaque")).base);
    assert_null(account_of(arena, TEXT("a.=.b")).base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_the_first_claim_that_people_know)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
