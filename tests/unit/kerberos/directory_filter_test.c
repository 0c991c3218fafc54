/* Names that are names, and names that would be more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "directory_filter.h"

static void assert_filter(struct text value, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(directory_filter(arena, TEXT("userPrincipalName"), value).base, expected);
}

static void leaves_an_ordinary_name_as_it_is(void **state)
{
    (void)state;
    assert_filter(TEXT("Alice.Smith-1_x@mit.example"), "(userPrincipalName=Alice.Smith-1_x@mit.example)");
}

static void escapes_whatever_means_something_in_a_filter(void **state)
{
    (void)state;
    assert_filter(TEXT("*"), "(userPrincipalName=\\2a)");
    assert_filter(TEXT("a)(uid=*"), "(userPrincipalName=a\\29\\28uid\\3d\\2a)");
    assert_filter(TEXT("\\2a"), "(userPrincipalName=\\5c2a)");
    assert_filter(TEXT("a&|!~<>:/ b"), "(userPrincipalName=a\\26\\7c\\21\\7e\\3c\\3e\\3a\\2f\\20b)");
}

static void escapes_bytes_that_are_no_text(void **state)
{
    (void)state;
    assert_filter(TEXT("a\0b"), "(userPrincipalName=a\\00b)");
    assert_filter(TEXT("m\xc3\xbcller"), "(userPrincipalName=m\\c3\\bcller)");
    assert_filter(TEXT("\xff\x7f\n"), "(userPrincipalName=\\ff\\7f\\0a)");
}

static void asks_for_an_empty_value_where_there_is_none(void **state)
{
    (void)state;
    assert_filter(TEXT(""), "(userPrincipalName=)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_an_ordinary_name_as_it_is),
        cmocka_unit_test(escapes_whatever_means_something_in_a_filter),
        cmocka_unit_test(escapes_bytes_that_are_no_text),
        cmocka_unit_test(asks_for_an_empty_value_where_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
