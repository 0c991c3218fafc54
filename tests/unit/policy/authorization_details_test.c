/* RFC 9396 section 2: what is taken for authorization details, and what is no wider than what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "policy/authorization_details.h"

static enum fault read(struct arena *arena, const char *text, const struct json_value **details)
{
    return authorization_details_read(arena, text_of(text), details);
}

static const struct json_value *good(struct arena *arena, const char *text)
{
    const struct json_value *details;
    if (read(arena, text, &details) != FAULT_NONE)
        fail_msg("%s", text);
    return details;
}

static void reads_every_field_that_all_types_share(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *details =
        good(arena, "[{\"type\":\"pay\",\"locations\":[\"https://a.example\"],\"actions\":[\"start\"],"
                    "\"datatypes\":[],\"privileges\":[\"admin\"],\"identifier\":\"acc-1\","
                    "\"amount\":{\"value\":1.5,\"currency\":null}}, {\"type\":\"x\"}]");
    assert_int_equal(details->count, 2);
    assert_true(text_is(json_text_of(details->first, "type"), "pay"));
}

static void refuses_every_other_shape(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        " ",
                                        "{",
                                        "null",
                                        "true",
                                        "1",
                                        "\"pay\"",
                                        "[]",
                                        "{}",
                                        "{\"type\":\"pay\"}",
                                        "[[]]",
                                        "[null]",
                                        "[\"pay\"]",
                                        "[[{\"type\":\"pay\"}]]",
                                        "[{}]",
                                        "[{\"type\":\"\"}]",
                                        "[{\"type\":1}]",
                                        "[{\"type\":null}]",
                                        "[{\"type\":[\"pay\"]}]",
                                        "[{\"Type\":\"pay\"}]",
                                        "[{\"type\":\"a\\nb\"}]",
                                        "[{\"type\":\"pay\"},{}]",
                                        "[{\"type\":\"pay\"}],",
                                        "[{\"type\":\"pay\"}] []",
                                        "[{\"type\":\"pay\"},]",
                                        "[{type:\"pay\"}]",
                                        "[{'type':'pay'}]",
                                        "[{\"type\":\"pay\"}]//",
                                        "[{\"type\":\"pay\",\"type\":\"x\"}]",
                                        "[{\"type\":\"pay\",\"locations\":\"https://a.example\"}]",
                                        "[{\"type\":\"pay\",\"actions\":{}}]",
                                        "[{\"type\":\"pay\",\"actions\":null}]",
                                        "[{\"type\":\"pay\",\"datatypes\":[1]}]",
                                        "[{\"type\":\"pay\",\"privileges\":[\"a\",[\"b\"]]}]",
                                        "[{\"type\":\"pay\",\"identifier\":[\"a\"]}]",
                                        "[{\"type\":\"pay\",\"identifier\":7}]",
                                        "[{\"type\":\"pay\",\"identifier\":null}]",
                                        "[{\"type\":\"pay\",\"x\":\"\\u0000\"}]",
                                        "[{\"type\":\"pay\",\"x\":\"\\ud800\"}]",
                                        "[{\"type\":\"pay\",\"x\":[[[[[[[1]]]]]]]}]"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        const struct json_value *details;
        if (read(arena, cases[i], &details) != FAULT_AUTHORIZATION_DETAILS_INVALID)
            fail_msg("%s", cases[i]);
        assert_null(details);
    }
}

/* [{"type":"TYPE","x":"..."}] in so many bytes. */
static struct text of_size(struct arena *arena, const char *type, size_t size)
{
    struct buffer text = buffer_in(arena, size + 1);
    buffer_print(&text, "[{\"type\":\"%s\",\"x\":\"", type);
    while (text.length < size - 3)
        buffer_append_byte(&text, 'x');
    buffer_append(&text, TEXT("\"}]"));
    return buffer_text(&text);
}

static void bounds_size_count_and_type(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *details;
    for (size_t extra = 0; extra < 2; extra++) {
        enum fault expected = extra == 0 ? FAULT_NONE : FAULT_AUTHORIZATION_DETAILS_INVALID;
        struct text text = of_size(arena, "pay", AUTHORIZATION_DETAILS_BYTES_MAX + extra);
        assert_int_equal(authorization_details_read(arena, text, &details), expected);
        struct buffer many = buffer_in(arena, 1024), type = buffer_in(arena, 1024);
        for (size_t i = 0; i < AUTHORIZATION_DETAILS_MAX + extra; i++)
            buffer_append(&many, i == 0 ? TEXT("[{\"type\":\"a\"}") : TEXT(",{\"type\":\"a\"}"));
        buffer_append(&many, TEXT("]"));
        assert_int_equal(authorization_details_read(arena, buffer_text(&many), &details), expected);
        buffer_append(&type, TEXT("[{\"type\":\""));
        for (size_t i = 0; i < AUTHORIZATION_TYPE_BYTES_MAX + extra; i++)
            buffer_append_byte(&type, 't');
        buffer_append(&type, TEXT("\"}]"));
        assert_int_equal(authorization_details_read(arena, buffer_text(&type), &details), expected);
    }
}

static void bounds_what_a_claim_carries_alike(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *claim;
    for (size_t extra = 0; extra < 2; extra++) {
        struct text text = of_size(arena, "pay", AUTHORIZATION_DETAILS_BYTES_MAX + extra);
        assert_int_equal(json_parse(arena, text, &json_limits_token, &claim), FAULT_NONE);
        assert_int_equal(authorization_details_are_well_formed(claim), extra == 0);
    }
    assert_int_equal(json_parse(arena, TEXT("[]"), &json_limits_token, &claim), FAULT_NONE);
    assert_true(authorization_details_are_well_formed(claim));
}

static void finds_the_type_that_is_not_offered(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct text types[] = {TEXT("pay"), TEXT("read")};
    const struct json_value *details = good(arena, "[{\"type\":\"read\"},{\"type\":\"pay\"}]");
    assert_null(authorization_details_not_offered(details, types, 2).base);
    assert_true(text_is(authorization_details_not_offered(details, types, 1), "read"));
    assert_true(text_is(authorization_details_not_offered(details, NULL, 0), "read"));
    details = good(arena, "[{\"type\":\"Pay\"}]");
    assert_true(text_is(authorization_details_not_offered(details, types, 2), "Pay"));
}

static void takes_nothing_but_an_equal_element_for_no_wider(void **state)
{
    (void)state;
    static const struct {
        const char *asked;
        bool is_held;
    } cases[] = {
        {"[{\"type\":\"pay\",\"actions\":[\"start\",\"stop\"],\"limit\":10}]", true},
        {"[{\"limit\":10,\"type\":\"pay\",\"actions\":[\"start\",\"stop\"]}]", true},
        {"[{\"type\":\"read\"},{\"type\":\"read\"}]", true},
        {"[{\"type\":\"pay\",\"actions\":[\"start\"],\"limit\":10}]", false},
        {"[{\"type\":\"pay\",\"actions\":[\"start\",\"stop\"]}]", false},
        {"[{\"type\":\"pay\",\"actions\":[\"start\",\"stop\"],\"limit\":11}]", false},
        {"[{\"type\":\"pay\",\"actions\":[\"start\",\"stop\"],\"limit\":\"10\"}]", false},
        {"[{\"type\":\"read\"},{\"type\":\"pay\"}]", false},
        {"[{\"type\":\"read\",\"locations\":[]}]", false},
    };
    SCOPED_ARENA arena = arena_create();
    const struct json_value *held =
        good(arena, "[{\"type\":\"pay\",\"actions\":[\"start\",\"stop\"],\"limit\":10},{\"type\":\"read\"}]");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct json_value *asked = good(arena, cases[i].asked);
        assert_int_equal(authorization_details_not_held(asked, held).length == 0, cases[i].is_held);
        assert_int_not_equal(authorization_details_not_held(asked, NULL).length, 0);
    }
}

static void keeps_those_of_some_types_and_leaves_what_it_read_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct text types[] = {TEXT("a"), TEXT("c")};
    const struct json_value *details =
        good(arena, "[{\"type\":\"a\",\"n\":1},{\"type\":\"b\"},{\"type\":\"c\"},{\"type\":\"a\",\"n\":2}]");
    const struct json_value *kept = authorization_details_of_types(arena, details, types, 2);
    assert_true(
        json_equal(kept, good(arena, "[{\"type\":\"a\",\"n\":1},{\"type\":\"c\"},{\"type\":\"a\",\"n\":2}]")));
    assert_null(authorization_details_of_types(arena, details, types, 0));
    assert_int_equal(details->count, 4);
    assert_true(text_is(json_text_of(details->first->next, "type"), "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field_that_all_types_share),
        cmocka_unit_test(refuses_every_other_shape),
        cmocka_unit_test(bounds_size_count_and_type),
        cmocka_unit_test(bounds_what_a_claim_carries_alike),
        cmocka_unit_test(finds_the_type_that_is_not_offered),
        cmocka_unit_test(takes_nothing_but_an_equal_element_for_no_wider),
        cmocka_unit_test(keeps_those_of_some_types_and_leaves_what_it_read_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
