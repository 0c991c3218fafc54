/* One token, out of whatever a server's headers are like, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/base64url.h"
#include "negotiate_challenge.h"
#include "spnego.h"

struct challenge_case {
    const char *values[4]; /* up to the first NULL */
    const char *token;     /* NULL: there is none */
};

static void assert_case(const struct challenge_case *tried)
{
    SCOPED_ARENA arena = arena_create();
    struct text values[4], token = TEXT("before");
    size_t count = 0;
    for (; count < 4 && tried->values[count] != NULL; count++)
        values[count] = text_of(tried->values[count]);
    bool is_found = negotiate_challenge_find(arena, values, count, &token);
    if (is_found != (tried->token != NULL) || (is_found && !text_is(token, tried->token)))
        fail_msg("%s: \"%.*s\"", count == 0 ? "nothing" : tried->values[0], TEXT_ARGUMENTS(token));
    if (!is_found)
        assert_null(token.base);
}

static void finds_the_token_among_other_challenges(void **state)
{
    (void)state;
    static const struct challenge_case cases[] = {
        {{"Negotiate Zm9v"}, "foo"},
        {{"negotiate Zm9v"}, "foo"},
        {{"NEGOTIATE Zm9vYg=="}, "foob"},
        {{"  \tNegotiate \t Zm9vYmE= \t"}, "fooba"},
        {{"Negotiate +//+"}, "\xfb\xff\xfe"},
        {{", ,Negotiate Zm9v, ,"}, "foo"},
        {{"Basic realm=\"a\"", "Negotiate Zm9v", "NTLM"}, "foo"},
        {{"Basic realm=\"a\", Negotiate Zm9v, Digest realm=\"b\" , nonce=c"}, "foo"},
        {{"Digest realm=\"a, Negotiate YmFy\", qop = \"auth,auth-int\", Negotiate Zm9v"}, "foo"},
        {{"Digest realm=\"a\\\", Negotiate YmFy\",Negotiate Zm9v"}, "foo"},
        {{"NTLM TlRMTVNTUAAC=, Negotiate Zm9v"}, "foo"},
        {{"Basic realm=My App, Negotiate Zm9v"}, "foo"}, /* wrong, and not ours */
        {{"Negotiate", "Negotiate Zm9v"}, "foo"},
        {{"Digest realm=\"a\"", "nonce=b, Negotiate Zm9v"}, "foo"},
        {{"Negotiate, Basic realm=\"a\"", "Basic realm=\"b\",Negotiate Zm9v"}, "foo"},
        {{"Digest negotiate=\"x\", Negotiate=y, Negotiate Zm9v"}, "foo"}, /* names of parameters */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_case(&cases[i]);
}

static void finds_none_where_there_is_none(void **state)
{
    (void)state;
    static const struct challenge_case cases[] = {
        {{NULL}, NULL},
        {{""}, NULL},
        {{" , ,"}, NULL},
        {{"Negotiate"}, NULL},
        {{"Negotiate "}, NULL},
        {{"Negotiate,"}, NULL},
        {{"Basic realm=\"a\""}, NULL},
        {{"Basic realm=\"Negotiate Zm9v\""}, NULL},
        {{"Basic realm=\"\\\", Negotiate Zm9v\""}, NULL},
        {{"NegotiateX Zm9v"}, NULL},
        {{"XNegotiate Zm9v"}, NULL},
        {{"Nego2 Zm9v"}, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_case(&cases[i]);
}

static void finds_none_where_it_would_have_to_guess(void **state)
{
    (void)state;
    static const struct challenge_case cases[] = {
        {{"Negotiate Zm9v, Negotiate YmFy"}, NULL},
        {{"Negotiate Zm9v", "Negotiate Zm9v"}, NULL},
        {{"Negotiate Zm9v YmFy"}, NULL},
        {{"Negotiate Zm9v, realm=\"a\""}, NULL},
        {{"Negotiate, realm=\"a\", Negotiate Zm9v"}, NULL},
        {{"Negotiate realm=\"a\""}, NULL},
        {{"Negotiate \"Zm9v\""}, NULL},
        {{"Negotiate Zg"}, NULL},
        {{"Negotiate Zg="}, NULL},
        {{"Negotiate Zh=="}, NULL},
        {{"Negotiate -_-_"}, NULL},
        {{"Negotiate Zm9v=="}, NULL},
        {{"Negotiate Zm9v", "Basic realm=\"a"}, NULL},
        {{"Negotiate Zm9v, Basic realm=\"a\\"}, NULL},
        {{"Negotiate Zm9v, \"a\""}, NULL},
        {{"Negotiate Zm9v, =a"}, NULL},
        {{"Negotiate Zm9v", "realm=\"a\""}, NULL}, /* the values are one list (RFC 9110 section 5.3) */
        {{"realm=\"a\"", "Negotiate Zm9v"}, NULL},
        {{"Negotiate\nZm9v"}, NULL},
        {{"Negotiate Zm9v\r\n"}, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_case(&cases[i]);
}

static void knows_no_end_of_text_but_the_length(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text values[] = {TEXT("Negotiate Zm9v\0"), TEXT("Negotiate\0Zm9v"), {"Negotiate Zm9vYmFy", 14}},
                token;
    assert_false(negotiate_challenge_find(arena, &values[0], 1, &token));
    assert_false(negotiate_challenge_find(arena, &values[1], 1, &token));
    assert_true(negotiate_challenge_find(arena, &values[2], 1, &token));
    assert_true(text_is(token, "foo"));
}

static void takes_the_largest_token_and_none_that_is_larger(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *bytes = arena_allocate(arena, SPNEGO_TOKEN_BYTES_MAX + 4);
    for (size_t more = 0; more <= 4; more += 4) {
        struct buffer value = buffer_in(arena, 2 * SPNEGO_TOKEN_BYTES_MAX);
        buffer_append(&value, TEXT("Negotiate "));
        base64_append(&value, bytes, SPNEGO_TOKEN_BYTES_MAX + more);
        struct text challenge = buffer_text(&value), token;
        assert_int_equal(negotiate_challenge_find(arena, &challenge, 1, &token), more == 0);
        assert_int_equal(token.length, more == 0 ? SPNEGO_TOKEN_BYTES_MAX : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_token_among_other_challenges),
        cmocka_unit_test(finds_none_where_there_is_none),
        cmocka_unit_test(finds_none_where_it_would_have_to_guess),
        cmocka_unit_test(knows_no_end_of_text_but_the_length),
        cmocka_unit_test(takes_the_largest_token_and_none_that_is_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
