/* What a page may become, whatever it is given, and what its headers forbid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "page.h"
#include "policy/scope.h"

/* Zero-terminated, for looking into it. */
static char *html_of(struct arena *arena, struct page *page)
{
    return (char *)arena_copy(arena, page_response(page, 200, NULL, 0).body).base;
}

static const char *header_of(struct arena *arena, const struct response *response, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < response->header_count; i++)
        if (strcmp(response->headers[i].name, name) == 0) {
            assert_null(value);
            value = arena_copy(arena, response->headers[i].value).base;
        }
    return value != NULL ? value : "(missing)";
}

#define HOSTILE "</h1></title></style><script>alert(1)</script><img src=x onerror=y>\"'>&amp;"
#define ESCAPED                                                                                                \
    "&lt;/h1&gt;&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x "               \
    "onerror=y&gt;&quot;&#39;&gt;&amp;amp;"

static unsigned count_of(const char *html, const char *part)
{
    unsigned count = 0;
    for (const char *at = html; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

static void shows_whatever_it_is_given_as_text_wherever_it_stands(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct page *page = page_begin(arena, HOSTILE);
    page_heading(page, HOSTILE);
    page_text(page, TEXT(HOSTILE));
    page_quote(page, TEXT(HOSTILE));
    page_fact(page, HOSTILE, TEXT(HOSTILE));
    page_hidden(page, HOSTILE, TEXT(HOSTILE));
    page_form(page, TEXT(HOSTILE), HOSTILE, TEXT(HOSTILE));
    page_main_form(page, TEXT(HOSTILE), HOSTILE, TEXT_NONE);
    page_link(page, TEXT(HOSTILE), HOSTILE);
    const char *html = html_of(arena, page);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<img"));
    assert_int_equal(count_of(html, ESCAPED), 16);
    assert_int_equal(count_of(html, "</style>"), 1);
    assert_int_equal(count_of(html, "</title>"), 1);
}

static void shows_no_character_that_changes_how_others_are_read(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct page *page = page_begin(arena, "t");
    /* A right-to-left override, a NUL, a line feed, an overlong slash, a cut character. */
    page_text(page, TEXT("a\xE2\x80\xAE"
                         "b\0c\nd\xC0\xAF"
                         "e\xE2\x82"));
    page_text(page, TEXT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91"));
    const char *html = html_of(arena, page);
    assert_non_null(strstr(html, "<p>a\xEF\xBF\xBD"));
    assert_null(strstr(html, "\xE2\x80\xAE"));
    assert_null(strstr(html, "\xC0\xAF"));
    assert_non_null(strstr(html, "b\xEF\xBF\xBD"
                                 "c\xEF\xBF\xBD"
                                 "d\xEF\xBF\xBD\xEF\xBF\xBD"
                                 "e"));
    assert_non_null(strstr(html, "<p>\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91</p>"));
    assert_true(text_is_utf8(text_of(html)));
}

static void shows_not_more_of_a_text_than_anybody_reads(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *flood = arena_allocate(arena, 1 << 20);
    memset(flood, 'z', 1 << 20);
    struct page *page = page_begin(arena, "t");
    page_text(page, (struct text){flood, 1 << 20});
    assert_true(page_response(page, 200, NULL, 0).body.length < 10240);
}

static void shows_scopes_to_their_last_byte(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *scope = arena_allocate(arena, SCOPE_BYTES_MAX);
    memset(scope, 'z', SCOPE_BYTES_MAX);
    memcpy(scope + SCOPE_BYTES_MAX - 7, " delete", 7);
    struct page *page = page_begin(arena, "t");
    page_fact(page, "With the rights", (struct text){scope, SCOPE_BYTES_MAX});
    assert_non_null(strstr(html_of(arena, page), " delete</bdi>"));
}

static void is_one_whole_document_with_one_heading_and_no_request_to_anybody(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct page *page = page_begin(arena, "Title");
    page_fact(page, "A", TEXT("1"));
    page_fact(page, "B", TEXT("2"));
    const char *html = html_of(arena, page);
    assert_ptr_equal(html, strstr(html, "<!doctype html>\n<html lang=\"en\">"));
    assert_int_equal(count_of(html, "<main>"), 1);
    assert_int_equal(count_of(html, "<h1>Title</h1>"), 1);
    assert_int_equal(count_of(html, "<dl>"), 1);
    assert_int_equal(count_of(html, "</dl>"), 1);
    assert_non_null(strstr(html, "<dt>A</dt><dd><bdi>1</bdi></dd>"));
    assert_non_null(strstr(html, "</main>\n</body>\n</html>\n"));
    static const char *const outside[] = {"src=", "<link", "@import", "url(", "<script", " on", "http:"};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        assert_null(strstr(html, outside[i]));
}

static void has_the_token_of_a_form_in_that_form_and_fields_in_the_next_one_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct page *page = page_begin(arena, "t");
    page_hidden(page, "decision", TEXT("allow"));
    page_form(page, TEXT("/consent"), "Agree", TEXT("token"));
    page_form(page, TEXT("/logout"), "Log out", TEXT_NONE);
    const char *html = html_of(arena, page);
    const char *first = strstr(html, "<form method=\"post\" action=\"/consent\">");
    const char *second = strstr(html, "<form method=\"post\" action=\"/logout\">");
    assert_true(first != NULL && second != NULL && first < second);
    assert_int_equal(count_of(html, "name=\"csrf\" value=\"token\""), 1);
    assert_int_equal(count_of(html, "name=\"decision\" value=\"allow\""), 1);
    assert_int_equal(count_of(second, "type=\"hidden\""), 0);
    assert_non_null(strstr(second, "<button type=\"submit\">Log out</button>"));
}

static void a_main_button_stands_out_in_both_schemes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct page *page = page_begin(arena, "t");
    page_main_form(page, TEXT("/consent"), "Agree", TEXT_NONE);
    page_form(page, TEXT("/consent"), "Do not agree", TEXT_NONE);
    const char *html = html_of(arena, page);
    assert_int_equal(count_of(html, "<button type=\"submit\" class=\"main\">Agree</button>"), 1);
    assert_int_equal(count_of(html, "<button type=\"submit\">Do not agree</button>"), 1);
    /* Dark on light beside light on dark, and the other way round. */
    assert_non_null(strstr(html, "button.main{background:#1b1b1b;color:#fff"));
    assert_non_null(
        strstr(strstr(html, "prefers-color-scheme:dark"), "button.main{background:#f2f2f2;color:#161616}"));
}

static void forbids_everything_but_its_own_style_and_forms(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct response response = page_response(page_begin(arena, "t"), 403, NULL, 0);
    const char *html = arena_copy(arena, response.body).base;
    const char *begin = strstr(html, "<style>") + strlen("<style>"), *end = strstr(begin, "</style>");
    unsigned char digest[DIGEST_SIZE];
    char hash[BASE64URL_ENCODED_LENGTH(DIGEST_SIZE) + 1] = {0}, policy[256];
    digest_sha256((struct text){begin, (size_t)(end - begin)}, digest);
    base64url_encode(digest, DIGEST_SIZE, hash);
    for (char *c = hash; *c != '\0'; c++)
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    snprintf(policy, sizeof(policy),
             "default-src 'none'; style-src 'sha256-%s='; form-action 'self'; frame-ancestors 'none'; "
             "base-uri 'none'",
             hash);
    assert_string_equal(header_of(arena, &response, "content-security-policy"), policy);
    assert_string_equal(header_of(arena, &response, "cache-control"), "no-store");
    assert_string_equal(header_of(arena, &response, "x-content-type-options"), "nosniff");
    assert_string_equal(header_of(arena, &response, "x-frame-options"), "DENY");
    assert_string_equal(header_of(arena, &response, "referrer-policy"), "no-referrer");
    assert_string_equal(header_of(arena, &response, "cross-origin-opener-policy"), "same-origin");
    assert_int_equal(response.status, 403);
    assert_true(text_is(response.content_type, "text/html; charset=utf-8"));
}

static void adds_headers_to_those_of_every_page_and_takes_none_away(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct response_header more[] = {{"set-cookie", TEXT("a=b")}, {"set-cookie", TEXT("c=d")}};
    struct response plain = page_response(page_begin(arena, "t"), 200, NULL, 0);
    struct response with = page_response(page_begin(arena, "t"), 200, more, 2);
    assert_int_equal(with.header_count, plain.header_count + 2);
    assert_true(text_is(with.headers[plain.header_count + 1].value, "c=d"));
    assert_string_equal(header_of(arena, &with, "cache-control"), "no-store");
}

static void sends_a_browser_to_no_address_that_is_not_encrypted_or_could_be_read_in_two_ways(void **state)
{
    (void)state;
    static const char *const good[] = {
        "https://vendor.example/authorize?a=b&c=d", "https://vendor.example", "https://[2001:db8::1]:8443/x",
        "http://127.0.0.1:8080/authorize",          "http://localhost/x",     "http://[::1]:1/x"};
    static const char *const bad[] = {"",
                                      "http://vendor.example/",
                                      "javascript:alert(1)",
                                      "data:text/html,x",
                                      "//vendor.example/",
                                      "/consent",
                                      "https:///x",
                                      "https://",
                                      "https://user@vendor.example/",
                                      "https://vendor.example@evil.example/",
                                      "http://127.0.0.1@evil.example/",
                                      "http://127.0.0.1.evil.example/",
                                      "http://localhost.evil.example/",
                                      "https://vendor.example/\nx",
                                      "https://vendor.example/\" x",
                                      "https://vendor.example\\@evil.example/",
                                      "https://:443/",
                                      "https://vendor.example/#part",
                                      "HTTPS;//x"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!page_may_go_to(text_of(good[i])))
            fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (page_may_go_to(text_of(bad[i])))
            fail_msg("%s was taken", bad[i]);
    enum { LONGEST = 8 * 1024 }; /* go_to, adapters/PROTOCOL.md */
    char longest[LONGEST + 2];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "https://h/", 10);
    assert_true(page_may_go_to((struct text){longest, LONGEST}));
    assert_false(page_may_go_to((struct text){longest, LONGEST + 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_whatever_it_is_given_as_text_wherever_it_stands),
        cmocka_unit_test(shows_no_character_that_changes_how_others_are_read),
        cmocka_unit_test(shows_not_more_of_a_text_than_anybody_reads),
        cmocka_unit_test(shows_scopes_to_their_last_byte),
        cmocka_unit_test(is_one_whole_document_with_one_heading_and_no_request_to_anybody),
        cmocka_unit_test(has_the_token_of_a_form_in_that_form_and_fields_in_the_next_one_alone),
        cmocka_unit_test(a_main_button_stands_out_in_both_schemes),
        cmocka_unit_test(forbids_everything_but_its_own_style_and_forms),
        cmocka_unit_test(adds_headers_to_those_of_every_page_and_takes_none_away),
        cmocka_unit_test(sends_a_browser_to_no_address_that_is_not_encrypted_or_could_be_read_in_two_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
