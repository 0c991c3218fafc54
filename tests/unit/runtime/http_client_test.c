/* Outbound HTTP on a loop: every answer is reported once and later, the address guard sees what is connected
 * to, and every limit holds. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "canned_server.h"
#include "certificate.h"
#include "runtime/http_client.h"

#define ANSWER(extra_headers, body_text)                                                                       \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n" extra_headers "\r"            \
    "\n" body_text

static char directory[] = "/tmp/http-client-XXXXXX";
static char certificate[64], key[64];
static struct arena *arena;
static struct loop *loop;
static struct http_client *client;

/* What the last answer was. */
static unsigned answers, answers_wanted;
static struct http_answer last;
static char last_body[256], last_header[64];

static struct http_client *make_client(const char *exception)
{
    const struct address_guard *guard;
    struct text exceptions[] = {text_of(exception)};
    size_t bad;
    assert_int_equal(address_guard_create(arena, exceptions, exception != NULL ? 1 : 0, &guard, &bad),
                     FAULT_NONE);
    return http_client_create(loop, guard, certificate);
}

static int set_up(void **state)
{
    (void)state;
    memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(directory));
    certificate_write(directory);
    snprintf(certificate, sizeof(certificate), "%s/tls.crt", directory);
    snprintf(key, sizeof(key), "%s/tls.key", directory);
    arena = arena_create();
    loop = loop_create();
    client = make_client("127.0.0.0/8");
    answers = 0;
    answers_wanted = 1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_client_destroy(client);
    loop_destroy(loop);
    arena_destroy(arena);
    unlink(certificate);
    unlink(key);
    return rmdir(directory);
}

static void on_answer(const struct http_answer *answer, void *context)
{
    assert_ptr_equal(context, &last);
    last = *answer;
    snprintf(last_body, sizeof(last_body), "%.*s", TEXT_ARGUMENTS(answer->body));
    snprintf(last_header, sizeof(last_header), "%.*s", TEXT_ARGUMENTS(answer->header));
    if (++answers == answers_wanted)
        loop_stop(loop);
}

static void send_url(const char *url, size_t limit, int64_t timeout_ms)
{
    struct http_request request = {.url = text_of(url), .answer_limit = limit, .timeout_ms = timeout_ms};
    http_client_send(client, &request, on_answer, &last);
    assert_int_equal(answers, 0); /* never inside the call */
}

static enum fault get(const char *scheme, const char *host, uint16_t port)
{
    char url[128];
    snprintf(url, sizeof(url), "%s://%s:%u/keys", scheme, host, port);
    answers = 0;
    send_url(url, 1000, 5000);
    /* A loop that was stopped stays stopped: each request of a test has one of its own. */
    loop_run(loop);
    assert_int_equal(answers, 1);
    return last.fault;
}

static void reports_an_answer_over_tls(void **state)
{
    (void)state;
    static const char answer[] = ANSWER("Cache-Control: max-age=120\r\n", "{\"keys\":[]}");
    struct canned_server *server = canned_server_start(directory, NULL, answer, sizeof(answer) - 1);
    assert_int_equal(get("https", "127.0.0.1", canned_server_port(server)), FAULT_NONE);
    assert_int_equal(last.status, 200);
    assert_int_equal(last.max_age_s, 120);
    assert_string_equal(last_body, "{\"keys\":[]}");
    assert_non_null(strstr(canned_server_request(server), "GET /keys HTTP/1.1\r\n"));
    canned_server_stop(server);
}

static struct text wanted_of(const char *answer)
{
    static char kept[64];
    struct canned_server *server = canned_server_start(NULL, NULL, answer, strlen(answer));
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", canned_server_port(server));
    struct http_request request = {
        .url = text_of(url), .answer_limit = 100, .timeout_ms = 5000, .wanted_header = TEXT("X-Wanted")};
    http_client_send(client, &request, on_answer, &last);
    loop_run(loop);
    assert_int_equal(last.fault, FAULT_NONE);
    canned_server_stop(server);
    snprintf(kept, sizeof(kept), "%s", last_header);
    return last.header.base != NULL ? text_of(kept) : TEXT_NONE;
}

static void hands_on_the_header_that_is_wanted(void **state)
{
    (void)state;
    assert_true(text_is(wanted_of(ANSWER("x-wanted:  one two \r\nX-Wanted-Not: b\r\n", "")), "one two"));
}

static void joins_headers_of_the_wanted_name(void **state)
{
    (void)state;
    assert_true(text_is(wanted_of(ANSWER("X-Wanted: a\r\nX-Other: b\r\nX-Wanted: c\r\n", "")), "a,c"));
}

static void tells_an_empty_wanted_header_from_none(void **state)
{
    (void)state;
    struct text empty = wanted_of(ANSWER("X-Wanted:\r\n", ""));
    assert_true(empty.base != NULL && empty.length == 0);
}

static void knows_when_the_wanted_header_is_not_there(void **state)
{
    (void)state;
    assert_null(wanted_of(ANSWER("X-Wanted2: a\r\n", "")).base);
}

static void takes_no_wanted_header_from_an_interim_answer(void **state)
{
    (void)state;
    assert_null(wanted_of("HTTP/1.1 103 Early Hints\r\nX-Wanted: a\r\n\r\n" ANSWER("", "")).base);
}

static void resolves_names_and_carries_many_requests_at_once(void **state)
{
    (void)state;
    static const char answer[] = ANSWER("", "ok");
    struct canned_server *server = canned_server_start(directory, NULL, answer, sizeof(answer) - 1);
    char url[128];
    snprintf(url, sizeof(url), "https://localhost:%u/", canned_server_port(server));
    answers_wanted = 20;
    for (unsigned i = 0; i < answers_wanted; i++)
        send_url(url, 1000, 20000);
    loop_run(loop);
    assert_int_equal(answers, 20);
    assert_int_equal(last.fault, FAULT_NONE);
    canned_server_stop(server);
}

static void speaks_cleartext_with_an_excepted_loopback_address(void **state)
{
    (void)state;
    static const char answer[] = ANSWER("", "ok");
    struct canned_server *server = canned_server_start(NULL, NULL, answer, sizeof(answer) - 1);
    assert_int_equal(get("http", "127.0.0.1", canned_server_port(server)), FAULT_NONE);
    canned_server_stop(server);
}

/* --- refusals --- */

static void refuse_with(const char *exception, const char *scheme, const char *host)
{
    static const char answer[] = ANSWER("", "ok");
    bool has_tls = strcmp(scheme, "https") == 0;
    struct canned_server *server =
        canned_server_start(has_tls ? directory : NULL, NULL, answer, sizeof(answer) - 1);
    http_client_destroy(client);
    client = make_client(exception);
    if (get(scheme, host, canned_server_port(server)) != FAULT_OUTBOUND_REFUSED)
        fail_msg("%s://%s was not refused: %s", scheme, host, last.detail);
    assert_int_equal(canned_server_connections(server), 0);
    canned_server_stop(server);
}

static void refuses_loopback_without_an_exception(void **state)
{
    (void)state;
    refuse_with(NULL, "https", "127.0.0.1");
}

static void refuses_a_name_that_resolves_to_loopback(void **state)
{
    (void)state;
    refuse_with(NULL, "https", "localhost");
}

static void refuses_other_spellings_of_loopback(void **state)
{
    (void)state;
    refuse_with(NULL, "https", "0x7f.1");
}

static void refuses_loopback_as_a_mapped_address(void **state)
{
    (void)state;
    refuse_with(NULL, "https", "[::ffff:127.0.0.1]");
}

static void refuses_an_address_beside_the_exception(void **state)
{
    (void)state;
    refuse_with("127.0.0.2/32", "https", "127.0.0.1");
}

static void refuses_cleartext_to_anything_but_loopback(void **state)
{
    (void)state;
    refuse_with("0.0.0.0/0", "http", "192.0.2.1");
}

static void refuses_other_protocols(void **state)
{
    (void)state;
    refuse_with("127.0.0.0/8", "gopher", "127.0.0.1");
}

/* --- limits --- */

static void follows_no_redirect(void **state)
{
    (void)state;
    static const char redirect[] = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n"
                                   "Connection: close\r\n\r\n";
    struct canned_server *server = canned_server_start(directory, NULL, redirect, sizeof(redirect) - 1);
    assert_int_equal(get("https", "127.0.0.1", canned_server_port(server)), FAULT_NONE);
    assert_int_equal(last.status, 302);
    assert_int_equal(canned_server_connections(server), 1);
    canned_server_stop(server);
}

static void takes_no_proxy_from_the_environment(void **state)
{
    (void)state;
    static const char answer[] = ANSWER("", "ok");
    struct canned_server *proxy = canned_server_start(NULL, NULL, answer, sizeof(answer) - 1);
    struct canned_server *server = canned_server_start(NULL, NULL, answer, sizeof(answer) - 1);
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", canned_server_port(proxy));
    setenv("http_proxy", url, 1);
    setenv("all_proxy", url, 1);
    enum fault fault = get("http", "127.0.0.1", canned_server_port(server));
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    assert_int_equal(fault, FAULT_NONE);
    assert_int_equal(canned_server_connections(proxy), 0);
    canned_server_stop(server);
    canned_server_stop(proxy);
}

static void gives_up_on_an_answer_over_the_limit(void **state)
{
    (void)state;
    static char answer[4000];
    memset(answer, 'a', sizeof(answer));
    memcpy(answer, ANSWER("", ""), sizeof(ANSWER("", "")) - 1);
    struct canned_server *server = canned_server_start(directory, NULL, answer, sizeof(answer));
    assert_int_equal(get("https", "127.0.0.1", canned_server_port(server)), FAULT_OUTBOUND_FAILED);
    assert_string_equal(last.detail, "the answer is larger than the limit");
    canned_server_stop(server);
}

static void gives_up_on_endless_headers(void **state)
{
    (void)state;
    static char answer[90 * 1000];
    size_t length = (size_t)snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\n");
    while (length + 1100 < sizeof(answer))
        length += (size_t)snprintf(answer + length, sizeof(answer) - length, "x: %01000d\r\n", 1);
    length += (size_t)snprintf(answer + length, sizeof(answer) - length, "\r\n");
    struct canned_server *server = canned_server_start(directory, NULL, answer, length);
    assert_int_equal(get("https", "127.0.0.1", canned_server_port(server)), FAULT_OUTBOUND_FAILED);
    canned_server_stop(server);
}

static void gives_up_when_the_time_is_over(void **state)
{
    (void)state;
    struct canned_server *server = canned_server_start(directory, NULL, "", 0);
    char url[64];
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", canned_server_port(server));
    int64_t start_us = clock_monotonic_us();
    send_url(url, 1000, 200);
    loop_run(loop);
    assert_int_equal(last.fault, FAULT_OUTBOUND_FAILED);
    assert_true(clock_monotonic_us() - start_us < 3 * 1000 * 1000);
    canned_server_stop(server);
}

static void believes_no_certificate_it_does_not_know(void **state)
{
    (void)state;
    static const char answer[] = ANSWER("", "ok");
    struct canned_server *server = canned_server_start(directory, NULL, answer, sizeof(answer) - 1);
    certificate_write(directory); /* another one; the server keeps the first */
    assert_int_equal(get("https", "127.0.0.1", canned_server_port(server)), FAULT_OUTBOUND_FAILED);
    canned_server_stop(server);
}

/* --- the end --- */

static void send_again(const struct http_answer *answer, void *context)
{
    assert_int_equal(answer->fault, FAULT_OUTBOUND_FAILED);
    assert_string_equal(answer->detail, "cancelled");
    answers++;
    if (answers <= 2) {
        struct http_request request = {.url = TEXT("https://127.0.0.1:1/"), .answer_limit = 1};
        http_client_send(client, &request, send_again, context);
    }
}

static void cancels_what_is_under_way_when_it_is_destroyed(void **state)
{
    (void)state;
    struct http_request request = {.url = TEXT("https://127.0.0.1:1/"), .answer_limit = 1};
    http_client_send(client, &request, send_again, NULL);
    http_client_send(client, &request, send_again, NULL);
    http_client_destroy(client);
    client = NULL;
    assert_true(answers >= 3);
}

#define CLIENT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(reports_an_answer_over_tls),
        CLIENT_TEST(hands_on_the_header_that_is_wanted),
        CLIENT_TEST(joins_headers_of_the_wanted_name),
        CLIENT_TEST(tells_an_empty_wanted_header_from_none),
        CLIENT_TEST(knows_when_the_wanted_header_is_not_there),
        CLIENT_TEST(takes_no_wanted_header_from_an_interim_answer),
        CLIENT_TEST(resolves_names_and_carries_many_requests_at_once),
        CLIENT_TEST(speaks_cleartext_with_an_excepted_loopback_address),
        CLIENT_TEST(refuses_loopback_without_an_exception),
        CLIENT_TEST(refuses_a_name_that_resolves_to_loopback),
        CLIENT_TEST(refuses_other_spellings_of_loopback),
        CLIENT_TEST(refuses_loopback_as_a_mapped_address),
        CLIENT_TEST(refuses_an_address_beside_the_exception),
        CLIENT_TEST(refuses_cleartext_to_anything_but_loopback),
        CLIENT_TEST(refuses_other_protocols),
        CLIENT_TEST(follows_no_redirect),
        CLIENT_TEST(takes_no_proxy_from_the_environment),
        CLIENT_TEST(gives_up_on_an_answer_over_the_limit),
        CLIENT_TEST(gives_up_on_endless_headers),
        CLIENT_TEST(gives_up_when_the_time_is_over),
        CLIENT_TEST(believes_no_certificate_it_does_not_know),
        CLIENT_TEST(cancels_what_is_under_way_when_it_is_destroyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
