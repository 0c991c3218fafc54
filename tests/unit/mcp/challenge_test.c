/* What can be read of a challenge is read, whatever else is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "message/challenge.h"

static void assert_challenge(struct text header, bool is_bearer, const char *error, const char *scope,
                             const char *metadata)
{
    SCOPED_ARENA arena = arena_create();
    struct challenge challenge = challenge_read(arena, header);
    assert_int_equal(challenge.is_bearer, is_bearer);
    assert_true(error == NULL ? challenge.error.base == NULL : text_is(challenge.error, error));
    assert_true(scope == NULL ? challenge.scope.base == NULL : text_is(challenge.scope, scope));
    assert_true(metadata == NULL ? challenge.resource_metadata.base == NULL
                                 : text_is(challenge.resource_metadata, metadata));
}
#define ASSERT_CHALLENGE(header, ...) assert_challenge(TEXT(header), __VA_ARGS__)

static void is_read_as_the_sdk_sends_it(void **state)
{
    (void)state;
    ASSERT_CHALLENGE("Bearer error=\"invalid_token\", error_description=\"unexpected \"aud\" claim value\", "
                     "scope=\"mcp:tools\", resource_metadata=\"https://s.example/.well-known/x\"",
                     true, "invalid_token", "mcp:tools", "https://s.example/.well-known/x");
    ASSERT_CHALLENGE("Bearer error=\"insufficient_scope\", scope=\"a b\"", true, "insufficient_scope", "a b",
                     NULL);
}

static void is_read_in_every_spelling(void **state)
{
    (void)state;
    ASSERT_CHALLENGE("bearer error=invalid_token,scope=a", true, "invalid_token", "a", NULL);
    ASSERT_CHALLENGE("BEARER  ERROR = \"x\" ,, Scope=\"a\"", true, "x", "a", NULL);
    ASSERT_CHALLENGE("DPoP algs=\"ES256\", error=\"use_dpop_nonce\"", true, "use_dpop_nonce", NULL, NULL);
    ASSERT_CHALLENGE("Bearer", true, NULL, NULL, NULL);
    ASSERT_CHALLENGE("Bearer realm=\"a\\\"b\", error=\"e\\x\"", true, "ex", NULL, NULL);
}

static void is_the_first_of_its_kind(void **state)
{
    (void)state;
    ASSERT_CHALLENGE("Basic realm=\"scope=x\", Bearer scope=\"a\", Digest scope=\"b\"", true, NULL, "a", NULL);
    ASSERT_CHALLENGE("Negotiate YII=, Bearer error=\"e\"", true, "e", NULL, NULL);
    ASSERT_CHALLENGE("Basic realm=\"a\", scope=\"x\"", false, NULL, NULL, NULL);
    ASSERT_CHALLENGE("scope=\"x\"", false, NULL, NULL, NULL);
}

static void believes_nothing_that_it_should_not(void **state)
{
    (void)state;
    ASSERT_CHALLENGE("Bearer error_description=\"x\", scope=\"admin\", y=\"\", scope=\"a\"", true, NULL, NULL,
                     NULL);
    ASSERT_CHALLENGE("Bearer scope=\"a\nb\"", true, NULL, NULL, NULL);
    ASSERT_CHALLENGE("Bearer scope=\"\xc3\xa4\"", true, NULL, NULL, NULL);
    ASSERT_CHALLENGE("Bearer scope=\"\", resource_metadata=\"/relative\"", true, NULL, NULL, NULL);
}

static void ends_wherever_it_is_cut(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text whole = TEXT("Bearer error=\"a \"b\", c\", scope=\"d\\\"");
    for (size_t length = 0; length <= whole.length; length++)
        (void)challenge_read(arena, arena_copy(arena, (struct text){whole.base, length}));
    assert_false(challenge_read(arena, TEXT_NONE).is_bearer);
    struct buffer longest = buffer_in(arena, CHALLENGE_BYTES_MAX + 100);
    buffer_append(&longest, TEXT("Bearer scope=\"a\""));
    while (longest.length < CHALLENGE_BYTES_MAX)
        buffer_append_byte(&longest, ',');
    buffer_append(&longest, TEXT("error=\"x\""));
    struct challenge challenge = challenge_read(arena, buffer_text(&longest));
    assert_true(text_is(challenge.scope, "a"));
    assert_null(challenge.error.base);
}

static void says_whether_more_scope_is_wanted(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct challenge challenge = challenge_read(arena, TEXT("Bearer error=\"insufficient_scope\""));
    assert_true(challenge_wants_scope(&challenge));
    challenge = challenge_read(arena, TEXT("Bearer error=\"invalid_token\""));
    assert_false(challenge_wants_scope(&challenge));
    challenge = challenge_read(arena, TEXT("Bearer"));
    assert_false(challenge_wants_scope(&challenge));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_as_the_sdk_sends_it), cmocka_unit_test(is_read_in_every_spelling),
        cmocka_unit_test(is_the_first_of_its_kind),    cmocka_unit_test(believes_nothing_that_it_should_not),
        cmocka_unit_test(ends_wherever_it_is_cut),     cmocka_unit_test(says_whether_more_scope_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
