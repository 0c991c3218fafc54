/* What proxies say of a call, one by one and mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "calls/forward_auth_call.h"

struct row {
    const char *name, *value;
};

static struct text find(const void *context, const char *name, size_t nth)
{
    for (const struct row *row = context; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0 && nth-- == 0)
            return text_of(row->value);
    return TEXT_NONE;
}

static struct described_call describe(const char *rest, const char *method, const struct row *rows)
{
    const struct shown_headers headers = {find, rows};
    struct described_call described;
    forward_auth_describe(text_of(rest), text_of(method), &headers, &described);
    return described;
}
#define ROWS(...) ((const struct row[]){__VA_ARGS__, {NULL, NULL}})

static void assert_call(struct described_call call, const char *method, const char *target, const char *host)
{
    assert_int_equal(call.fault, FAULT_NONE);
    assert_true(text_is(call.target_name, "shop"));
    assert_true(text_is(call.method, method));
    assert_true(text_is(call.request_target, target));
    assert_true(host == NULL ? call.host.length == 0 : text_is(call.host, host));
}

static void is_taken_from_each_of_them(void **state)
{
    (void)state;
    assert_call(describe("shop", "GET", ROWS({"x-original-method", "PUT"}, {"x-original-uri", "/a?b"})), "PUT",
                "/a?b", NULL);
    assert_call(
        describe("shop", "GET", ROWS({"x-original-method", "PUT"}, {"x-original-url", "https://h:1/a?b"})),
        "PUT", "/a?b", "h:1");
    assert_call(
        describe("shop", "GET",
                 ROWS({"x-forwarded-method", "PUT"}, {"x-forwarded-uri", "/a"}, {"x-forwarded-host", "h"})),
        "PUT", "/a", "h");
    assert_call(describe("shop/a/b", "PUT", ROWS({"accept", "x"})), "PUT", "/a/b", NULL);
    assert_call(describe("shop/", "PUT", ROWS({"accept", "x"})), "PUT", "/", NULL);
}

static void is_not_known_where_it_is_said_in_two_ways_or_by_half(void **state)
{
    (void)state;
    static const struct row nothing[] = {{NULL, NULL}};
    const struct described_call calls[] = {
        describe("shop", "GET", nothing),
        describe("shop", "GET", ROWS({"x-original-uri", "/a"})),
        describe("shop", "GET", ROWS({"x-original-method", "GET"})),
        describe("shop", "GET",
                 ROWS({"x-original-method", "GET"}, {"x-original-uri", "/a"}, {"x-forwarded-uri", "/b"})),
        describe(
            "shop", "GET",
            ROWS({"x-original-method", "GET"}, {"x-original-uri", "/a"}, {"x-original-url", "http://h/b"})),
        describe("shop", "GET",
                 ROWS({"x-original-method", "GET"}, {"x-original-uri", "/a"}, {"x-original-uri", "/b"})),
        describe("shop", "GET",
                 ROWS({"x-original-method", "GET"}, {"x-original-method", "PUT"}, {"x-original-uri", "/b"})),
        describe("shop/b", "GET", ROWS({"x-original-method", "GET"}, {"x-original-uri", "/a"})),
        describe("shop/b", "GET", ROWS({"x-forwarded-method", "GET"})),
        describe("shop", "GET", ROWS({"x-original-method", "get"}, {"x-original-uri", "/a"})),
        describe("shop", "GET", ROWS({"x-original-method", "GET"}, {"x-original-url", "/a"})),
        describe("shop", "GET", ROWS({"x-original-method", "GET"}, {"x-original-url", "http://h?a"})),
        describe("shop", "GET",
                 ROWS({"x-original-method", "GET"}, {"x-original-url", "/admin?next=http://h/open"})),
        describe("shop", "GET", ROWS({"x-original-method", "GET"}, {"x-original-url", "/admin?://h/open"})),
        describe("shop", "GET", ROWS({"x-original-method", "GET"}, {"x-original-url", "://h/open"})),
        describe("shop", "GET",
                 ROWS({"x-forwarded-method", "GET"}, {"x-forwarded-uri", "/a"}, {"x-forwarded-host", "a, b"})),
        describe("shop", "GET",
                 ROWS({"x-forwarded-method", "GET"}, {"x-forwarded-uri", "/a"}, {"x-forwarded-host", "a"},
                      {"x-forwarded-host", "b"})),
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (calls[i].fault != FAULT_CALL_UNDESCRIBED)
            fail_msg("row %zu is taken for %.*s", i, TEXT_ARGUMENTS(calls[i].request_target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_taken_from_each_of_them),
        cmocka_unit_test(is_not_known_where_it_is_said_in_two_ways_or_by_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
