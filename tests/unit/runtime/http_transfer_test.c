/* Which URLs and headers an outbound request may have, and what Cache-Control says. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_transfer.h"

static enum fault prepare(struct text url, struct text header)
{
    struct http_request request = {.url = url, .headers = &header, .header_count = header.length != 0 ? 1 : 0};
    struct http_transfer transfer;
    enum fault fault = http_transfer_prepare(&transfer, &request, NULL, NULL);
    if (fault != FAULT_NONE)
        assert_int_not_equal(transfer.handle.error[0], '\0');
    http_transfer_dispose(&transfer);
    return fault;
}

static void takes_plain_http_and_https_urls_only(void **state)
{
    (void)state;
    static const struct {
        struct text url;
        bool is_taken;
    } rows[] = {
        {TEXT("https://idp.example/keys"), true},
        {TEXT("https://idp.example:8443/keys?a=b"), true},
        {TEXT("http://127.0.0.1:8080/"), true},
        {TEXT("HTTPS://idp.example/"), true},
        {TEXT("https://[2001:db8::1]/"), true},
        {TEXT(""), false},
        {TEXT("idp.example/keys"), false},
        {TEXT("/keys"), false},
        {TEXT("//idp.example/keys"), false},
        {TEXT("file:///etc/passwd"), false},
        {TEXT("ftp://idp.example/"), false},
        {TEXT("gopher://idp.example/"), false},
        {TEXT("dict://127.0.0.1:11211/stats"), false},
        {TEXT("ldap://127.0.0.1/"), false},
        {TEXT("data:text/plain,hello"), false},
        {TEXT("https://user@idp.example/"), false},
        {TEXT("https://user:secret@idp.example/"), false},
        {TEXT("https://idp.example@127.0.0.1/"), false},
        {TEXT("https://idp.example:99999/"), false},
        {TEXT("https://idp.example/\0x"), false},
        {TEXT("https://idp.example/\r\nX: y"), false},
        {TEXT("https://idp .example/"), false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        enum fault expected = rows[i].is_taken ? FAULT_NONE : FAULT_OUTBOUND_REFUSED;
        if (prepare(rows[i].url, TEXT_NONE) != expected)
            fail_msg("%s should%s be taken", rows[i].url.base, rows[i].is_taken ? "" : " not");
    }
}

static void lets_no_header_start_another_header(void **state)
{
    (void)state;
    struct text url = TEXT("https://idp.example/");
    assert_int_equal(prepare(url, TEXT("authorization: Bearer abc")), FAULT_NONE);
    assert_int_equal(prepare(url, TEXT("x: a\tb")), FAULT_NONE);
    assert_int_equal(prepare(url, TEXT("x: a\r\ny: b")), FAULT_OUTBOUND_REFUSED);
    assert_int_equal(prepare(url, TEXT("x: a\nb")), FAULT_OUTBOUND_REFUSED);
    assert_int_equal(prepare(url, TEXT("x: a\0b")), FAULT_OUTBOUND_REFUSED);
    assert_int_equal(prepare(url, TEXT("x: a\x7f")), FAULT_OUTBOUND_REFUSED);
}

static void reads_how_long_an_answer_may_be_kept(void **state)
{
    (void)state;
    static const struct {
        struct text value;
        int64_t max_age_s;
    } rows[] = {
        {TEXT("max-age=300"), 300},
        {TEXT(" public, Max-Age=60 , must-revalidate\r\n"), 60},
        {TEXT("max-age=0"), 0},
        {TEXT("no-store"), 0},
        {TEXT("max-age=300, no-cache"), 0},
        {TEXT("public"), -1},
        {TEXT(""), -1},
        {TEXT("max-age="), -1},
        {TEXT("max-age=-5"), -1},
        {TEXT("max-age=1e9"), -1},
        {TEXT("max-age=99999999999999999999"), -1},
        {TEXT("s-max-age=5"), -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(http_transfer_max_age(rows[i].value), rows[i].max_age_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_plain_http_and_https_urls_only),
        cmocka_unit_test(lets_no_header_start_another_header),
        cmocka_unit_test(reads_how_long_an_answer_may_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
