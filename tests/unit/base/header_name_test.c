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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_frames_a_message_in_whatever_letters),
        cmocka_unit_test(lets_a_credential_stand_where_it_is_taken_for_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
