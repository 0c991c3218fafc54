/* Where people may be sent and what may be asked: no plain text but to this machine, nobody's name before the
 * host.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/outside_url.h"

static void takes_https_and_http_of_this_machine_alone(void **state)
{
    static const struct {
        const char *url;
        bool is_usable;
    } cases[] = {
        {"https://vendor.example", true},
        {"https://vendor.example/authorize?a=b", true},
        {"https://vendor.example:8443/", true},
        {"http://127.0.0.1:8080/authorize", true},
        {"http://localhost/", true},
        {"http://[::1]:8080/", true},
        {"http://vendor.example/", false},
        {"http://127.0.0.1.vendor.example/", false},
        {"http://localhost.vendor.example/", false},
        {"http://[::1].vendor.example/", false},
        {"javascript:alert(1)", false},
        {"ftp://vendor.example/", false},
        {"https://", false},
        {"https:///authorize", false},
        {"https://:443/", false},
        {"https://vendor.example@other.example/", false},
        {"https://vendor.example/#part", false},
        {"https://vendor.example/a b", false},
        {"https://vendor.example/\n", false},
        {"/authorize", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (outside_url_is_usable(text_of(cases[i].url)) != cases[i].is_usable)
            fail_msg("%s", cases[i].url);
}

static void has_an_origin_that_ends_where_the_path_or_the_query_begins(void **state)
{
    static const char *const cases[][2] = {
        {"https://vendor.example/token", "https://vendor.example"},
        {"https://vendor.example:8443/a/b", "https://vendor.example:8443"},
        {"https://vendor.example?a=/b", "https://vendor.example"},
        {"https://vendor.example#/b", "https://vendor.example"},
        {"https://vendor.example", "https://vendor.example"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!text_is(outside_url_origin(text_of(cases[i][0])), cases[i][1]))
            fail_msg("%s", cases[i][0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_https_and_http_of_this_machine_alone),
        cmocka_unit_test(has_an_origin_that_ends_where_the_path_or_the_query_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
