/* Headers of whole requests are tried with real ones in tests/e2e/egress.test.js; here what is decided by name,
 * and URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "egress/upstream_request.h"

static void pins_scheme_host_and_prefix_of_the_target(void **state)
{
    (void)state;
    static const struct {
        const char *upstream, *path, *query, *url;
    } cases[] = {
        {"https://api.vendor.example/v1", "/chat/completions", NULL,
         "https://api.vendor.example/v1/chat/completions"},
        {"https://api.vendor.example/v1/", "/models", "limit=2",
         "https://api.vendor.example/v1/models?limit=2"},
        {"https://api.vendor.example", "/", NULL, "https://api.vendor.example"},
        {"https://api.vendor.example", "/@evil.example/", NULL, "https://api.vendor.example/@evil.example/"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct text url, query = cases[i].query == NULL ? TEXT_NONE : text_of(cases[i].query);
        assert_int_equal(upstream_url(arena, text_of(cases[i].upstream), text_of(cases[i].path), query, &url),
                         FAULT_NONE);
        assert_true(text_is(url, cases[i].url));
    }
}

/* What was decided on is what is sent: nothing in a decoded path can end it or begin something else. */
static void writes_a_decoded_path_anew(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text url;
    assert_int_equal(
        upstream_url(arena, TEXT("https://v.example"), TEXT("/a b/\xc3\xa9?x#y%2f\r\n"), TEXT_NONE, &url),
        FAULT_NONE);
    assert_true(text_is(url, "https://v.example/a%20b/%C3%A9%3Fx%23y%252f%0D%0A"));
}

static void refuses_a_query_that_is_none(void **state)
{
    (void)state;
    static const char *const queries[] = {"a b", "a\r\nhost: evil", "a#b", "a\\b", "\xc3\xa9", "a\tb"};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct text url;
        assert_int_equal(upstream_url(arena, TEXT("https://v.example"), TEXT("/"), text_of(queries[i]), &url),
                         FAULT_REQUEST_PATH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pins_scheme_host_and_prefix_of_the_target),
        cmocka_unit_test(writes_a_decoded_path_anew),
        cmocka_unit_test(refuses_a_query_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
