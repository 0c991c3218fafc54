/* Which headers are not for settings to set, and which can carry a credential. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/header_name.h"

static void knows_what_frames_a_message_in_whatever_letters(void **state)
{
    (void)state;
    static const char *const framing[] = {"Host",
                                          "content-length",
                                          "Transfer-Encoding",
                                          "connection",
                                          "te",
                                          "TRAILER",
                                          "upgrade",
                                          "expect",
                                          "keep-alive",
                                          "proxy-authorization",
                                          "proxy-connection",
                                          "http2-settings"};
    for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++) {
        assert_true(header_name_is_framing(text_of(framing[i])));
        assert_false(header_name_takes_credential(text_of(framing[i])));
    }
    assert_false(header_name_is_framing(TEXT("content-type")));
    assert_false(header_name_is_framing(TEXT("hosts")));
}

static void lets_a_credential_stand_where_it_is_taken_for_nothing_else(void **state)
{
    (void)state;
    char longest[HEADER_NAME_BYTES_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    assert_true(header_name_takes_credential(TEXT("authorization")));
    assert_true(header_name_takes_credential(TEXT("X-Api-Key")));
    assert_true(header_name_takes_credential((struct text){longest, HEADER_NAME_BYTES_MAX}));
    assert_false(header_name_takes_credential((struct text){longest, HEADER_NAME_BYTES_MAX + 1}));
    assert_false(header_name_takes_credential(TEXT("Cookie")));
    assert_false(header_name_takes_credential(TEXT("content-type")));
    assert_false(header_name_takes_credential(TEXT("x key")));
    assert_false(header_name_takes_credential(TEXT("x\r\ny")));
    assert_false(header_name_takes_credential(TEXT("")));
}

static void keeps_back_credentials_and_what_is_of_this_connection(void **state)
{
    (void)state;
    static const char *const names[] = {"authorization",
                                        "x-api-key",
                                        "api-key",
                                        "cookie",
                                        "host",
                                        "connection",
                                        "proxy-connection",
                                        "te",
                                        "upgrade",
                                        "content-length",
                                        "x-forwarded-for",
                                        "forwarded",
                                        "x-real-ip",
                                        "dragoman-subject",
                                        "transfer-encoding",
                                        ":authority",
                                        "",
                                        "x-original-url",
                                        "proxy-authorization",
                                        "expect",
                                        "x-http-method-override",
                                        "x-method-override",
                                        "x_http_method",
                                        "x_api_key",
                                        "x_forwarded_for",
                                        "dragoman_subject",
                                        "Authorization",
                                        "X-Forwarded-Host",
                                        "X_API_Key"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_true(header_name_is_kept_back(text_of(names[i])));
    static const char *const others[] = {
        "content-type",      "accept",          "user-agent", "openai-organization",
        "anthropic-version", "idempotency-key", "traceparent"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(header_name_is_kept_back(text_of(others[i])));
}

static void takes_letters_and_underscores_for_the_same(void **state)
{
    (void)state;
    assert_true(header_name_is_like(TEXT("X_Vendor_Key"), TEXT("x-vendor-key")));
    assert_false(header_name_is_like(TEXT("x-vendor-key2"), TEXT("x-vendor-key")));
    assert_false(header_name_is_like(TEXT("x-vendor"), TEXT("x-vendor-key")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_frames_a_message_in_whatever_letters),
        cmocka_unit_test(lets_a_credential_stand_where_it_is_taken_for_nothing_else),
        cmocka_unit_test(keeps_back_credentials_and_what_is_of_this_connection),
        cmocka_unit_test(takes_letters_and_underscores_for_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
