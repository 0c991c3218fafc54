/* A value stays a value: in a URL, in a header, in JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "template.h"

static const struct text scopes[] = {TEXT("read"), TEXT("a b")};

static struct template_values values_with(struct text lease)
{
    return (struct template_values){.lease = lease,
                                    .root = TEXT("r"),
                                    .subject = TEXT("alice"),
                                    .client = TEXT("c"),
                                    .id = TEXT("7"),
                                    .secret = TEXT("s3"),
                                    .scopes = scopes,
                                    .scope_count = 2,
                                    .expires_at_s = 1790000300};
}

static void refuses_templates_that_are_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{",       "}",        "a{lease",  "{}",      "{leese}",
                                        "{LEASE}", "{{lease}", "{lease}}", "{ lease}"};
    unsigned used = 0;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_non_null(template_check(text_of(wrong[i]), ~0U, &used));
    assert_null(template_check(TEXT("{{{lease}}} {id}{{}}"), ~0U, &used));
    assert_int_equal(used, TEMPLATE_LEASE | TEMPLATE_ID);
    assert_non_null(template_check(TEXT("{secret}"), TEMPLATE_LEASE, &used)); /* not known at this point */
    assert_null(template_check(TEXT("plain"), 0, &used));
}

static void assert_text(const char *template, const char *expected)
{
    const struct template_values values = values_with(TEXT("L"));
    SCOPED_BUFFER out = {0};
    template_text(&out, text_of(template), &values);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base, expected);
}

static void puts_every_value_in(void **state)
{
    (void)state;
    assert_text("{{{lease}}}|{root}|{subject}|{client}|{id}|{secret}", "{L}|r|alice|c|7|s3");
    assert_text("{scopes}|{expires_at}|{expires_at_text}", "read a b|1790000300|2026-09-21T14:18:20Z");
}

static void assert_url(struct text lease, const char *template, const char *expected)
{
    const struct template_values values = values_with(lease);
    SCOPED_BUFFER out = {0};
    const char *wrong = template_url(&out, text_of(template), &values);
    assert_int_equal(wrong == NULL, expected != NULL);
    if (expected != NULL)
        assert_true(text_is(buffer_text(&out), expected));
}

static void escapes_all_that_a_url_could_read_otherwise(void **state)
{
    (void)state;
    assert_url(TEXT("a/b?c#d&e=f%2f g\\\r\n\"+@:"), "https://h/{lease}?n={lease}",
               "https://h/a%2Fb%3Fc%23d%26e%3Df%252f%20g%5C%0D%0A%22%2B%40%3A"
               "?n=a%2Fb%3Fc%23d%26e%3Df%252f%20g%5C%0D%0A%22%2B%40%3A");
    assert_url(TEXT("\xc3\xa9~-._"), "https://h/{lease}", "https://h/%C3%A9~-._");
    assert_url(((struct text){"a\0b", 3}), "https://h/{lease}", "https://h/a%00b");
}

static void refuses_values_that_make_another_path(void **state)
{
    (void)state;
    assert_url(TEXT(".."), "https://h/k/{lease}", NULL);
    assert_url(TEXT("."), "https://h/k/{lease}", NULL);
    assert_url(TEXT("."), "https://h/k/.{lease}/x", NULL);
    assert_url(TEXT("."), "https://h/k/%2e{lease}", NULL);
    assert_url(TEXT(""), "https://h/k/{lease}", NULL);
    assert_url(TEXT("..."), "https://h/k/{lease}", "https://h/k/...");
    assert_url(TEXT(".."), "https://h/k?n={lease}", "https://h/k?n=.."); /* no path */
}

static void lets_no_header_end_early(void **state)
{
    (void)state;
    static const struct text wrong[] = {TEXT("a\r\nx: y"), TEXT("a\n"),  {"a\0", 2},
                                        TEXT("\xc3\xa9"),  TEXT("\x7f"), TEXT("\t")};
    SCOPED_BUFFER out = {0};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        const struct template_values values = values_with(wrong[i]);
        assert_non_null(template_header(&out, TEXT("Bearer {lease}"), &values));
    }
    const struct template_values values = values_with(TEXT("a: b"));
    out.length = 0;
    assert_null(template_header(&out, TEXT("Bearer {lease}"), &values));
    assert_true(text_is(buffer_text(&out), "Bearer a: b"));
}

static void writes_json_whose_shape_no_value_changes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER out = {0};
    const struct json_value *body;
    const struct template_values values = values_with(TEXT("\",\"admin\":true,\"x\":\"\\ {secret} \n"));
    unsigned used = 0;
    assert_int_equal(json_parse(arena,
                                TEXT("{\"{lease}\":\"{lease}\",\"s\":\"{scopes}\",\"t\":\"{expires_at}\","
                                     "\"u\":[\" {scopes}\",\"at {expires_at}\",1.50,true,null,{\"v\":{}}]}"),
                                &json_limits_document, &body),
                     FAULT_NONE);
    assert_null(template_check_body(body, TEMPLATE_LEASE | TEMPLATE_SCOPES | TEMPLATE_EXPIRES_AT, &used));
    assert_non_null(template_check_body(body, TEMPLATE_LEASE | TEMPLATE_SCOPES, &used));
    struct json_writer writer = json_writer_on(&out);
    template_body(&writer, body, &values);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base, "{\"{lease}\":\"\\\",\\\"admin\\\":true,\\\"x\\\":\\\"\\\\ {secret} \\n\","
                                  "\"s\":[\"read\",\"a b\"],\"t\":1790000300,"
                                  "\"u\":[\" read a b\",\"at 1790000300\",1.50,true,null,{\"v\":{}}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_templates_that_are_none),
        cmocka_unit_test(puts_every_value_in),
        cmocka_unit_test(escapes_all_that_a_url_could_read_otherwise),
        cmocka_unit_test(refuses_values_that_make_another_path),
        cmocka_unit_test(lets_no_header_end_early),
        cmocka_unit_test(writes_json_whose_shape_no_value_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
