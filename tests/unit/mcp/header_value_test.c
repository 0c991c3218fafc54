/* A value that a header cannot carry goes as base64, and comes back as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/mcp_headers.h"

static void assert_encoded(struct text value, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct text header = mcp_headers_encode(arena, value), back;
    assert_string_equal(arena_copy(arena, header).base, expected);
    assert_true(mcp_headers_decode(arena, header, &back));
    assert_true(text_equal(back, value));
}

static void goes_as_it_is_where_it_arrives_so(void **state)
{
    (void)state;
    assert_encoded(TEXT("add"), "add");
    assert_encoded(TEXT("a b,c"), "a b,c");
    assert_encoded(TEXT("=?utf-8?x?="), "=?utf-8?x?=");
}

static void goes_as_base64_where_it_would_not(void **state)
{
    (void)state;
    assert_encoded(TEXT("\xc3\xa4"), "=?base64?w6Q=?=");
    assert_encoded(TEXT(" a"), "=?base64?IGE=?=");
    assert_encoded(TEXT("a "), "=?base64?YSA=?=");
    assert_encoded(TEXT("a\r\nb"), "=?base64?YQ0KYg==?=");
    assert_encoded(TEXT("=?base64?YWRk?="), "=?base64?PT9iYXNlNjQ/WVdSaz89?=");
    assert_encoded(TEXT(""), "=?base64?"
                             "?=");
}

static void is_nothing_in_a_spelling_that_is_not_whole(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text value;
    static const char *const headers[] = {
        "=?base64?YQ?=", "=?base64?YR==?=", "=?base64?-_==?=", "=?base64?/w==?=", "a\tb", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_false(mcp_headers_decode(arena, text_of(headers[i]), &value));
    assert_false(mcp_headers_decode(arena, TEXT_NONE, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_as_it_is_where_it_arrives_so),
        cmocka_unit_test(goes_as_base64_where_it_would_not),
        cmocka_unit_test(is_nothing_in_a_spelling_that_is_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
