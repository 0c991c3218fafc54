/* A person is sent to an address that the client registered, byte for byte but for the port of a loopback one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "code/redirect_uri.h"

static void takes_https_and_this_very_machine_alone(void **state)
{
    (void)state;
    static const char *const good[] = {"https://app.example/back", "https://app.example:8443/back?x=1",
                                       "http://127.0.0.1/back",    "http://127.0.0.1:1/",
                                       "http://[::1]:65535/back",  "http://localhost:80",
                                       "https://app.example"};
    static const char *const bad[] = {"",
                                      "http://app.example/back",
                                      "http://127.0.0.2/back",
                                      "http://127.0.0.1.evil.example/",
                                      "http://127.0.0.1:1@evil.example/",
                                      "https://user@app.example/",
                                      "https://app.example/#x",
                                      "http://127.0.0.1:0/",
                                      "http://127.0.0.1:65536/",
                                      "http://127.0.0.1:/",
                                      "http://127.0.0.1:1x/",
                                      "http://[::1/",
                                      "http://[::1]x/",
                                      "https:///back",
                                      "//app.example/back",
                                      "javascript:alert(1)",
                                      "app:/back",
                                      "https://app.example\\@evil.example/",
                                      "https://app.example%2eevil.example/",
                                      "https://app.example;evil.example/",
                                      "https://app.example'.evil.example/",
                                      "https://[::1%25eth0]/",
                                      "https://app]:1/"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!redirect_uri_is_acceptable(text_of(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (redirect_uri_is_acceptable(text_of(bad[i])))
            fail_msg("%s", bad[i]);
}

static void compares_bytes_but_for_the_port_of_a_loopback_address(void **state)
{
    (void)state;
    static const struct {
        const char *registered, *asked;
        bool is_it;
    } pairs[] = {
        {"https://app.example/back", "https://app.example/back", true},
        {"https://app.example/back", "https://app.example:443/back", false},
        {"https://app.example/back", "https://app.example/back/", false},
        {"https://app.example/back", "https://app.example/back?x=1", false},
        {"https://app.example:1/back", "https://app.example:2/back", false},
        {"http://127.0.0.1/back", "http://127.0.0.1:4711/back", true},
        {"http://127.0.0.1:1/back", "http://127.0.0.1/back", true},
        {"http://[::1]:1/back", "http://[::1]:2/back", true},
        {"http://localhost/back", "http://localhost:2/back", true},
        {"http://localhost/back", "http://127.0.0.1:2/back", false},
        {"http://127.0.0.1/back", "http://[::1]:2/back", false},
        {"http://127.0.0.1/back", "http://127.0.0.1:2/other", false},
        {"http://127.0.0.1/back?x=1", "http://127.0.0.1:2/back?x=1", true},
        {"http://127.0.0.1/back", "http://127.0.0.1:2/back#x", false},
        {"http://127.0.0.1/back", "https://127.0.0.1:2/back", false},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (redirect_uri_matches(text_of(pairs[i].registered), text_of(pairs[i].asked)) != pairs[i].is_it)
            fail_msg("%s and %s", pairs[i].registered, pairs[i].asked);
}

static void knows_who_listens_on_this_very_machine(void **state)
{
    (void)state;
    assert_true(redirect_uri_is_loopback(TEXT("http://[::1]:1/back")));
    assert_false(redirect_uri_is_loopback(TEXT("https://127.0.0.1/back")));
    assert_false(redirect_uri_is_loopback(TEXT("https://app.example/back")));
    assert_true(text_is(redirect_uri_host(TEXT("https://app.example:8443/back")), "app.example:8443"));
    assert_true(text_is(redirect_uri_host(TEXT("http://[::1]:1/back")), "[::1]:1"));
}

static void answers_behind_a_query_that_is_there(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct redirect_answer code = {
        .code = TEXT("c"), .state = TEXT("a&b=c"), .issuer = TEXT("https://gw.example")};
    const struct redirect_answer error = {
        .error = TEXT("access_denied"), .description = TEXT("No."), .issuer = TEXT("https://gw.example")};
    assert_true(text_is(redirect_uri_with(arena, TEXT("https://app.example/back"), &code),
                        "https://app.example/back?code=c&state=a%26b%3Dc&iss=https%3A%2F%2Fgw.example"));
    assert_true(text_is(redirect_uri_with(arena, TEXT("https://app.example/?x=1"), &error),
                        "https://app.example/?x=1&error=access_denied&error_description=No.&iss=https%3A%2F%2F"
                        "gw.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_https_and_this_very_machine_alone),
        cmocka_unit_test(compares_bytes_but_for_the_port_of_a_loopback_address),
        cmocka_unit_test(knows_who_listens_on_this_very_machine),
        cmocka_unit_test(answers_behind_a_query_that_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
