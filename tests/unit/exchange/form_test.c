/* The form reader against RFC 6749 appendix B and the limits of form.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "exchange/form.h"

#include <cmocka.h>

static struct form form;

static enum fault parse(struct arena *arena, const char *body)
{
    return form_parse(arena, text_of(body), &form);
}

static void decodes_percent_and_plus(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(parse(arena, "a=x%20y+z&b=%C3%A4&c=1%2B1%3d2"), FAULT_NONE);
    assert_true(text_is(form_value(&form, "a"), "x y z"));
    assert_true(text_is(form_value(&form, "b"), "\xc3\xa4"));
    assert_true(text_is(form_value(&form, "c"), "1+1=2"));
}

static void treats_an_empty_value_as_omitted(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(parse(arena, "a=&b&c=1"), FAULT_NONE);
    assert_null(form_value(&form, "a").base);
    assert_null(form_value(&form, "b").base);
    assert_int_equal(form.count, 1);
}

static void refuses_a_doubled_parameter(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(parse(arena, "scope=a&scope=b"), FAULT_PARAMETER_DOUBLED);
    assert_int_equal(parse(arena, "unknown=a&unknown=a"), FAULT_PARAMETER_DOUBLED);
    assert_int_equal(parse(arena, "scope=a&%73cope=b"), FAULT_PARAMETER_DOUBLED);
}

static void accepts_audience_and_resource_repeated(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text values[FORM_VALUES_MAX];
    assert_int_equal(parse(arena, "audience=a&resource=r&audience=b"), FAULT_NONE);
    assert_int_equal(form_values(&form, "audience", values), 2);
    assert_true(text_is(values[0], "a") && text_is(values[1], "b"));
    assert_int_equal(form_values(&form, "resource", values), 1);
}

static void refuses_bad_encoding_controls_and_invalid_utf8(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const struct {
        const char *body;
        enum fault fault;
    } cases[] = {
        {"a=%", FAULT_REQUEST_MALFORMED},         {"a=%4", FAULT_REQUEST_MALFORMED},
        {"a=%zz", FAULT_REQUEST_MALFORMED},       {"a=%00", FAULT_REQUEST_MALFORMED},
        {"a=%4g", FAULT_REQUEST_MALFORMED},       {"%=1", FAULT_REQUEST_MALFORMED},
        {"a=%0A", FAULT_PARAMETER_INVALID},       {"a=%C3%28", FAULT_PARAMETER_INVALID},
        {"a=%ED%A0%80", FAULT_PARAMETER_INVALID}, {"a=%E2%80%AE", FAULT_PARAMETER_INVALID},
        {"=1", FAULT_PARAMETER_INVALID},          {"%0a=1", FAULT_PARAMETER_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(parse(arena, cases[i].body), cases[i].fault);
}

static void accepts_an_escape_at_the_very_end(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(parse(arena, "a=%41"), FAULT_NONE);
    assert_true(text_is(form_value(&form, "a"), "A"));
}

static void bounds_parameters_names_and_repetitions(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer {
        char bytes[64 * 1024];
        size_t length;
    } *body = arena_allocate(arena, sizeof(*body));
    for (int i = 0; i < 10000 && body->length < sizeof(body->bytes) - 8; i++)
        body->length += (size_t)snprintf(body->bytes + body->length, 8, "&a%d=", i % 1000);
    assert_int_equal(form_parse(arena, (struct text){body->bytes, body->length}, &form),
                     FAULT_PARAMETER_TOO_MANY);
    body->length = 0;
    for (int i = 0; i < FORM_VALUES_MAX + 1; i++)
        body->length += (size_t)snprintf(body->bytes + body->length, 16, "&audience=%d", i);
    assert_int_equal(form_parse(arena, (struct text){body->bytes, body->length}, &form),
                     FAULT_PARAMETER_TOO_MANY);
    memset(body->bytes, 'n', FORM_NAME_BYTES_MAX + 1);
    memcpy(body->bytes + FORM_NAME_BYTES_MAX + 1, "=1", 2);
    assert_int_equal(form_parse(arena, (struct text){body->bytes, FORM_NAME_BYTES_MAX + 3}, &form),
                     FAULT_PARAMETER_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_percent_and_plus),
        cmocka_unit_test(treats_an_empty_value_as_omitted),
        cmocka_unit_test(refuses_a_doubled_parameter),
        cmocka_unit_test(accepts_audience_and_resource_repeated),
        cmocka_unit_test(refuses_bad_encoding_controls_and_invalid_utf8),
        cmocka_unit_test(accepts_an_escape_at_the_very_end),
        cmocka_unit_test(bounds_parameters_names_and_repetitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
