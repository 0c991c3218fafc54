/* The claim dragoman_attributes, read as strictly as it was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "carried_attributes.h"
#include "token_fixture.h"

static enum fault read(struct arena *arena, const char *claims, struct verified_token *token)
{
    *token = (struct verified_token){.claims.all = test_json(arena, claims)};
    return carried_attributes_read(arena, token);
}

static void takes_texts_and_lists_of_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(
        read(arena, "{\"dragoman_attributes\":{\"department\":\"sales and more\",\"groups\":[\"a\",\"b c\"]}}",
             &token),
        FAULT_NONE);
    assert_int_equal(token.attribute_count, 2);
    assert_true(text_is(token.attributes[0].name, "department"));
    assert_true(text_is(token.attributes[0].value, "sales and more"));
    assert_false(token.attributes[0].is_list);
    assert_true(text_is(token.attributes[1].value, "a\nb c"));
    assert_true(token.attributes[1].is_list);
}

static void has_none_without_the_claim(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(read(arena, "{\"groups\":[\"a\"]}", &token), FAULT_NONE);
    assert_int_equal(token.attribute_count, 0);
}

static void refuses_what_we_cannot_have_written(void **state)
{
    (void)state;
    static const char *const values[] = {"null",
                                         "[]",
                                         "\"groups\"",
                                         "{\"\":\"a\"}",
                                         "{\"groups\":null}",
                                         "{\"groups\":1}",
                                         "{\"groups\":true}",
                                         "{\"groups\":{}}",
                                         "{\"groups\":\"\"}",
                                         "{\"groups\":[]}",
                                         "{\"groups\":[\"\"]}",
                                         "{\"groups\":[1]}",
                                         "{\"groups\":[\"a\\nb\"]}",
                                         "{\"groups\":[[\"a\"]]}",
                                         "{\"gro\\nups\":\"a\"}",
                                         "{\"groups\":\"a\\nb\"}"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct verified_token token;
        struct text claims = arena_print(arena, "{\"dragoman_attributes\":%s}", values[i]);
        if (read(arena, claims.base, &token) != FAULT_TOKEN_CLAIMS)
            fail_msg("%s", values[i]);
        assert_int_equal(token.attribute_count, 0);
    }
}

static void bounds_names_values_and_their_number(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        SCOPED_ARENA arena = arena_create();
        struct verified_token token;
        enum fault expected = extra == 0 ? FAULT_NONE : FAULT_TOKEN_CLAIMS;
        struct text name = arena_print(arena, "{\"dragoman_attributes\":{\"%0*d\":\"a\"}}", 64 + extra, 7);
        struct text value = arena_print(arena, "{\"dragoman_attributes\":{\"a\":\"%0*d\"}}", 512 + extra, 7);
        struct buffer many = buffer_in(arena, 2048);
        buffer_append(&many, TEXT("{\"dragoman_attributes\":{\"0\":\"x\""));
        for (int i = 1; i < CARRIED_ATTRIBUTES_MAX + extra; i++)
            buffer_print(&many, ",\"%d\":\"x\"", i);
        buffer_append(&many, TEXT("}}"));
        buffer_append_byte(&many, '\0');
        assert_int_equal(read(arena, name.base, &token), expected);
        assert_int_equal(read(arena, value.base, &token), expected);
        assert_int_equal(read(arena, buffer_text(&many).base, &token), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_texts_and_lists_of_them),
        cmocka_unit_test(has_none_without_the_claim),
        cmocka_unit_test(refuses_what_we_cannot_have_written),
        cmocka_unit_test(bounds_names_values_and_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
