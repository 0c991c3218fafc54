/* What is escaped, and what escapes of a form stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/percent.h"

static struct text encode(struct arena *arena, struct text value)
{
    struct buffer out = buffer_in(arena, 64);
    percent_encode(&out, value);
    return buffer_text(&out);
}

static void escapes_all_but_the_unreserved_characters(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(encode(arena, TEXT("azAZ09-._~")), "azAZ09-._~"));
    assert_true(text_is(encode(arena, TEXT("/ ?#%+&=\xc3\xa4")), "%2F%20%3F%23%25%2B%26%3D%C3%A4"));
    assert_true(text_is(encode(arena, (struct text){"a\0b", 3}), "a%00b"));
}

static void reads_what_it_has_written(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char all[255];
    struct text decoded;
    for (int i = 0; i < 255; i++)
        all[i] = (char)(i + 1);
    assert_true(percent_decode_form(arena, encode(arena, (struct text){all, sizeof(all)}), &decoded));
    assert_true(text_equal(decoded, (struct text){all, sizeof(all)}));
    assert_true(percent_decode_form(arena, TEXT("a+b%2b"), &decoded));
    assert_true(text_is(decoded, "a b+"));
    assert_true(percent_decode(arena, TEXT("a+b%2B%0a"), &decoded));
    assert_true(text_is(decoded, "a+b+\n"));
    assert_true(percent_decode(arena, TEXT(""), &decoded));
    assert_int_equal(decoded.length, 0);
}

static void gives_back_what_has_nothing_to_decode(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text plain = TEXT("eyJ.abc-_"), decoded;
    assert_true(percent_decode_form(arena, plain, &decoded));
    assert_ptr_equal(decoded.base, plain.base);
    assert_int_equal(decoded.length, plain.length);
}

static void refuses_escapes_that_are_none_and_zero_bytes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text decoded;
    assert_false(percent_decode_form(arena, TEXT("%"), &decoded));
    assert_false(percent_decode_form(arena, TEXT("%2"), &decoded));
    assert_false(percent_decode_form(arena, TEXT("%zz"), &decoded));
    assert_false(percent_decode(arena, TEXT("%2"), &decoded));
    assert_false(percent_decode(arena, TEXT("%gg"), &decoded));
    assert_false(percent_decode(arena, TEXT("%00"), &decoded));
    assert_false(percent_decode_form(arena, TEXT("%00"), &decoded));
    assert_false(percent_decode_form(arena, (struct text){"a\0b", 3}, &decoded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_all_but_the_unreserved_characters),
        cmocka_unit_test(reads_what_it_has_written),
        cmocka_unit_test(gives_back_what_has_nothing_to_decode),
        cmocka_unit_test(refuses_escapes_that_are_none_and_zero_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
