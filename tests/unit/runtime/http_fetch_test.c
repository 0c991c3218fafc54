/* One blocking request: over TLS, over a Unix socket, and when nobody answers. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "canned_server.h"
#include "certificate.h"
#include "runtime/http_client.h"

static const char answer_bytes[] =
    "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    "Cache-Control: max-age=30\r\nConnection: close\r\n\r\n{}";

static char directory[] = "/tmp/http-fetch-XXXXXX";
static char certificate[64], key[64], unix_path[64];

static int set_up(void **state)
{
    (void)state;
    memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(directory));
    certificate_write(directory);
    snprintf(certificate, sizeof(certificate), "%s/tls.crt", directory);
    snprintf(key, sizeof(key), "%s/tls.key", directory);
    snprintf(unix_path, sizeof(unix_path), "%s/socket", directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(certificate);
    unlink(key);
    unlink(unix_path);
    return rmdir(directory);
}

static void fetches_over_tls_and_hands_any_status_on(void **state)
{
    (void)state;
    struct canned_server *server = canned_server_start(directory, NULL, answer_bytes, sizeof(answer_bytes) - 1);
    char url[64];
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/keys", canned_server_port(server));
    const struct text headers[] = {TEXT("x-test: a")};
    struct http_request request = {
        .url = text_of(url), .headers = headers, .header_count = 1, .answer_limit = 100, .timeout_ms = 5000};
    struct http_answer answer;
    SCOPED_BUFFER body = {0};
    assert_int_equal(http_fetch(&request, NULL, certificate, &answer, &body), FAULT_NONE);
    assert_int_equal(answer.status, 404);
    assert_int_equal(answer.max_age_s, 30);
    assert_true(text_is(buffer_text(&body), "{}"));
    assert_non_null(strstr(canned_server_request(server), "GET /keys HTTP/1.1\r\n"));
    assert_non_null(strstr(canned_server_request(server), "\r\nx-test: a\r\n"));
    /* and not with a certificate it does not know */
    assert_int_equal(http_fetch(&request, NULL, NULL, &answer, &body), FAULT_OUTBOUND_FAILED);
    assert_int_not_equal(answer.detail[0], '\0');
    canned_server_stop(server);
}

static void sends_every_method_with_its_body_over_a_unix_socket(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "PUT", "DELETE"};
    struct canned_server *server = canned_server_start(NULL, unix_path, answer_bytes, sizeof(answer_bytes) - 1);
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        struct http_request request = {.url = TEXT("http://localhost/v1/documents"),
                                       .method = text_of(methods[i]),
                                       .body = i < 2 ? TEXT("kind: Domain\n") : TEXT_NONE,
                                       .answer_limit = 100,
                                       .timeout_ms = 5000};
        struct http_answer answer;
        SCOPED_BUFFER body = {0};
        char line[64];
        assert_int_equal(http_fetch(&request, unix_path, NULL, &answer, &body), FAULT_NONE);
        snprintf(line, sizeof(line), "%s /v1/documents HTTP/1.1\r\n", methods[i]);
        assert_non_null(strstr(canned_server_request(server), line));
        assert_int_equal(strstr(canned_server_request(server), "\r\n\r\nkind: Domain\n") != NULL, i < 2);
    }
    canned_server_stop(server);
}

static void says_why_there_is_no_answer(void **state)
{
    (void)state;
    struct http_request request = {.url = TEXT("http://localhost/"), .answer_limit = 100, .timeout_ms = 5000};
    struct http_answer answer;
    SCOPED_BUFFER body = {0};
    assert_int_equal(http_fetch(&request, "/nonexistent", NULL, &answer, &body), FAULT_OUTBOUND_FAILED);
    assert_int_not_equal(answer.detail[0], '\0');
    request.url = TEXT("file:///etc/passwd");
    assert_int_equal(http_fetch(&request, NULL, NULL, &answer, &body), FAULT_OUTBOUND_REFUSED);
    assert_string_equal(answer.detail, "the URL is not a plain http or https one");
    assert_int_equal(body.length, 0);
}

static bool is_over_at_once(void *context)
{
    (*(unsigned *)context)++;
    return true;
}

static void stays_behind_the_guard_and_ends_when_nobody_waits(void **state)
{
    (void)state;
    static const struct text loopback = TEXT("127.0.0.0/8");
    struct canned_server *server = canned_server_start(directory, NULL, answer_bytes, sizeof(answer_bytes) - 1);
    SCOPED_ARENA arena = arena_create();
    const struct address_guard *closed, *open;
    size_t bad;
    char url[64], pem[8192];
    unsigned asked = 0;
    FILE *file = fopen(certificate, "r");
    assert_non_null(file);
    struct text ca = {pem, fread(pem, 1, sizeof(pem), file)};
    fclose(file);
    assert_int_equal(address_guard_create(arena, NULL, 0, &closed, &bad), FAULT_NONE);
    assert_int_equal(address_guard_create(arena, &loopback, 1, &open, &bad), FAULT_NONE);
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/x", canned_server_port(server));
    const struct http_request request = {
        .url = text_of(url), .answer_limit = 100, .timeout_ms = 5000, .wanted_header = TEXT("cache-control")};
    struct http_answer answer;
    const struct http_watch guarded = {.guard = closed, .ca = ca}, untrusting = {.guard = open};
    assert_int_equal(http_fetch_watched(&request, &guarded, arena, &answer), FAULT_OUTBOUND_REFUSED);
    assert_int_equal(canned_server_connections(server), 0);
    assert_int_equal(http_fetch_watched(&request, &untrusting, arena, &answer), FAULT_OUTBOUND_FAILED);
    const struct http_watch over = {.guard = open, .ca = ca, .is_over = is_over_at_once, .context = &asked};
    assert_int_equal(http_fetch_watched(&request, &over, arena, &answer), FAULT_OUTBOUND_FAILED);
    assert_int_not_equal(asked, 0);
    const struct http_watch watch = {.guard = open, .ca = ca};
    assert_int_equal(http_fetch_watched(&request, &watch, arena, &answer), FAULT_NONE);
    assert_int_equal(answer.status, 404);
    assert_true(text_is(answer.body, "{}"));
    assert_true(text_is(answer.header, "max-age=30"));
    assert_true(text_is(answer.content_type, "application/json"));
    canned_server_stop(server);
}

#define FETCH_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FETCH_TEST(fetches_over_tls_and_hands_any_status_on),
        FETCH_TEST(sends_every_method_with_its_body_over_a_unix_socket),
        FETCH_TEST(says_why_there_is_no_answer),
        FETCH_TEST(stays_behind_the_guard_and_ends_when_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
