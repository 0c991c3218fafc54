/* Streamed outbound HTTP against servers that answer well, badly, too much, too late and half. How it goes with
 * HTTP/2 and with answers that go on is tried in tests/unit/transport/relay_test.c. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "canned_server.h"
#include "certificate.h"
#include "runtime/http_stream.h"

static char directory[] = "/tmp/http-stream-XXXXXX";
static char certificate[64], key[64];
static struct arena *arena;
static struct loop *loop;
static struct http_streams *streams;

/* What came, and what is to be done about it. */
static struct {
    unsigned heads, pieces, ends;
    int status;
    struct buffer headers, body;
    enum fault fault;
    char detail[160];
    struct http_stream *stream;
    bool pauses, cancels_in_head, cancels_in_data;
    struct loop_timer timer; /* goes on after a pause, or ends the test */
    bool timer_resumes;
} seen;

static void on_timer(struct loop_timer *timer)
{
    (void)timer;
    if (seen.timer_resumes)
        http_stream_resume(seen.stream);
    else
        loop_stop(loop);
}

static void end_soon(void)
{
    seen.timer_resumes = false;
    loop_timer_start(loop, &seen.timer, 100);
}

static void on_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    assert_ptr_equal(context, &seen);
    seen.heads++;
    seen.status = status;
    for (size_t i = 0; i < count; i++)
        buffer_print(&seen.headers, "%.*s=%.*s\n", TEXT_ARGUMENTS(headers[i].name),
                     TEXT_ARGUMENTS(headers[i].value));
    if (seen.cancels_in_head) {
        http_stream_cancel(seen.stream);
        end_soon();
    }
}

static bool on_data(void *context, struct text piece)
{
    (void)context;
    seen.pieces++;
    buffer_append(&seen.body, piece);
    if (seen.cancels_in_data && seen.pieces == 2) {
        http_stream_cancel(seen.stream);
        end_soon();
    }
    if (seen.pauses && !(seen.cancels_in_data && seen.pieces == 2)) {
        seen.timer_resumes = true;
        loop_timer_start(loop, &seen.timer, seen.pieces % 16 == 0 ? 1 : 0);
    }
    return !seen.pauses;
}

static void on_end(void *context, enum fault fault)
{
    (void)context;
    seen.ends++;
    seen.fault = fault;
    snprintf(seen.detail, sizeof(seen.detail), "%s", http_stream_detail(seen.stream));
    loop_timer_stop(loop, &seen.timer);
    loop_stop(loop);
}

static const struct http_stream_events events = {on_head, on_data, on_end};

static void open_streams(const char *exception)
{
    const struct address_guard *guard;
    struct text exceptions[] = {text_of(exception)};
    size_t bad;
    assert_int_equal(address_guard_create(arena, exceptions, exception != NULL ? 1 : 0, &guard, &bad),
                     FAULT_NONE);
    streams = http_streams_create(loop, guard, certificate);
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
    memset(&seen, 0, sizeof(seen));
    seen.timer.run = on_timer;
    open_streams("127.0.0.0/8");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_streams_destroy(streams);
    loop_destroy(loop);
    arena_destroy(arena);
    buffer_dispose(&seen.headers);
    buffer_dispose(&seen.body);
    unlink(certificate);
    unlink(key);
    return rmdir(directory);
}

static struct http_stream_request request_for(const char *url)
{
    return (struct http_stream_request){
        .url = text_of(url), .connect_ms = 5000, .first_byte_ms = 5000, .idle_ms = 5000};
}

static void start(const struct http_stream_request *request)
{
    seen.stream = http_stream_start(streams, request, &events, &seen);
    assert_int_equal(seen.heads + seen.ends, 0); /* never inside the call */
}

static void run(const struct http_stream_request *request)
{
    start(request);
    loop_run(loop);
    buffer_append_byte(&seen.headers, '\0');
}

/* One answer over TLS; what the server was sent stays until it is stopped. */
static struct canned_server *server;

static void ask_with(const char *answer, size_t length, struct http_stream_request request)
{
    char url[64];
    server = canned_server_start(directory, NULL, answer, length);
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/a?b", canned_server_port(server));
    request.url = text_of(url);
    run(&request);
}

static void ask(const char *answer)
{
    ask_with(answer, strlen(answer), request_for(""));
    canned_server_stop(server);
}

static char *make_large_answer(size_t length, size_t *head)
{
    char *answer = malloc(length + 200);
    *head = (size_t)snprintf(answer, 200, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length);
    for (size_t i = 0; i < length; i++)
        answer[*head + i] = (char)('a' + i % 23);
    return answer;
}

/* --- answers --- */

static void hands_on_the_head_and_the_pieces_as_they_are(void **state)
{
    (void)state;
    ask("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        "HTTP/1.1 418 Teapot\r\nContent-Encoding: gzip\r\nX-One: 1\r\nX-One:  2 \r\nTrailer: X-Late\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Late: 3\r\n\r\n");
    assert_int_equal(seen.fault, FAULT_NONE);
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.heads, 1);
    assert_int_equal(seen.status, 418);
    assert_string_equal(seen.headers.base, "content-encoding=gzip\nx-one=1\nx-one=2\ntrailer=X-Late\n"
                                           "transfer-encoding=chunked\n");
    assert_true(text_is(buffer_text(&seen.body), "hello world")); /* no gzip at all, and nobody looked */
}

static void follows_no_redirect(void **state)
{
    (void)state;
    ask("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(seen.status, 302);
    assert_int_equal(seen.fault, FAULT_NONE);
}

static void sends_what_it_was_given_and_little_else(void **state)
{
    (void)state;
    static const struct http_stream_header headers[] = {
        {{"x-test", 6}, {"one", 3}},           {{"x-empty", 7}, {"", 0}},
        {{"Connection", 10}, {"x-test", 6}},   {{"content-length", 14}, {"999", 3}},
        {{"expect", 6}, {"100-continue", 12}}, {{"transfer-encoding", 17}, {"chunked", 7}}};
    struct http_stream_request request = request_for("");
    request.method = TEXT("DELETE");
    request.body = TEXT("why\0not");
    request.headers = headers;
    request.header_count = sizeof(headers) / sizeof(*headers);
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ask_with(answer, sizeof(answer) - 1, request);
    const char *sent = canned_server_request(server);
    char host[64];
    snprintf(host, sizeof(host), "DELETE /a?b HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n", canned_server_port(server));
    assert_memory_equal(sent, host, strlen(host));
    assert_string_equal(sent + strlen(host), "User-Agent: dragoman\r\nx-test: one\r\nx-empty:\r\n"
                                             "Content-Length: 7\r\n\r\nwhy");
    canned_server_stop(server);
}

static void says_how_long_an_empty_body_is(void **state)
{
    (void)state;
    static const char *const methods[] = {"PUT", "PATCH", "POST"};
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (size_t i = 0; i < 3; i++) {
        tear_down(NULL);
        set_up(NULL);
        struct http_stream_request request = request_for("");
        request.method = text_of(methods[i]);
        ask_with(answer, sizeof(answer) - 1, request);
        assert_non_null(strstr(canned_server_request(server), "Content-Length: 0\r\n"));
        assert_null(strstr(canned_server_request(server), "Content-Type"));
        canned_server_stop(server);
    }
}

static void waits_for_no_body_of_head(void **state)
{
    (void)state;
    struct http_stream_request request = request_for("");
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    request.method = TEXT("HEAD");
    ask_with(answer, sizeof(answer) - 1, request);
    canned_server_stop(server);
    assert_int_equal(seen.fault, FAULT_NONE);
    assert_string_equal(seen.headers.base, "content-length=500\n");
    assert_int_equal(seen.pieces, 0);
}

/* --- pauses --- */

static void stops_and_goes_on_as_told(void **state)
{
    (void)state;
    enum { LENGTH = 3 * 1024 * 1024 };
    size_t head;
    char *answer = make_large_answer(LENGTH, &head);
    seen.pauses = true;
    ask_with(answer, head + LENGTH, request_for(""));
    canned_server_stop(server);
    assert_int_equal(seen.fault, FAULT_NONE);
    assert_int_equal(seen.body.length, LENGTH);
    assert_memory_equal(seen.body.base, answer + head, LENGTH);
    assert_true(seen.pieces >= LENGTH / (16 * 1024));
    free(answer);
}

static bool take_one_and_stop(void *context, struct text piece)
{
    (void)context;
    (void)piece;
    seen.pieces++;
    end_soon();
    return false;
}

static void hands_on_nothing_while_it_is_paused(void **state)
{
    (void)state;
    static const struct http_stream_events stopping = {on_head, take_one_and_stop, on_end};
    enum { LENGTH = 1024 * 1024 };
    size_t head;
    char *answer = make_large_answer(LENGTH, &head), url[64];
    server = canned_server_start(directory, NULL, answer, head + LENGTH);
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", canned_server_port(server));
    struct http_stream_request request = request_for(url);
    request.idle_ms = 30; /* does not count meanwhile */
    seen.stream = http_stream_start(streams, &request, &stopping, &seen);
    loop_run(loop);
    assert_int_equal(seen.pieces, 1);
    assert_int_equal(seen.ends, 0);
    http_stream_cancel(seen.stream);
    assert_int_equal(seen.ends, 0);
    canned_server_stop(server);
    free(answer);
}

/* --- ends --- */

static void cancel_in(bool *where)
{
    enum { LENGTH = 1024 * 1024 };
    size_t head;
    char *answer = make_large_answer(LENGTH, &head);
    *where = true;
    ask_with(answer, head + LENGTH, request_for(""));
    canned_server_stop(server);
    free(answer);
    assert_int_equal(seen.heads, 1);
    assert_int_equal(seen.ends, 0);
}

static void is_cancelled_inside_head(void **state)
{
    (void)state;
    cancel_in(&seen.cancels_in_head);
    assert_int_equal(seen.pieces, 0);
}

static void is_cancelled_inside_data(void **state)
{
    (void)state;
    cancel_in(&seen.cancels_in_data);
    assert_int_equal(seen.pieces, 2);
}

static void is_cancelled_inside_data_that_was_kept_over_a_pause(void **state)
{
    (void)state;
    seen.pauses = true;
    cancel_in(&seen.cancels_in_data);
    assert_int_equal(seen.pieces, 2);
}

static void is_cancelled_before_it_began(void **state)
{
    (void)state;
    struct http_stream_request request = request_for("https://127.0.0.1:1/");
    start(&request);
    http_stream_cancel(seen.stream);
    end_soon();
    loop_run(loop);
    assert_int_equal(seen.ends, 0);
}

static void ends_what_is_under_way_when_it_is_destroyed(void **state)
{
    (void)state;
    server = canned_server_start(directory, NULL, "", 0);
    char url[64];
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", canned_server_port(server));
    struct http_stream_request request = request_for(url);
    start(&request);
    end_soon();
    loop_run(loop);
    assert_int_equal(seen.ends, 0);
    http_streams_destroy(streams);
    streams = NULL;
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.fault, FAULT_OUTBOUND_FAILED);
    assert_string_equal(seen.detail, "cancelled");
    canned_server_stop(server);
}

/* --- servers that do badly --- */

static void assert_failed(unsigned heads, const char *detail)
{
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.fault, FAULT_OUTBOUND_FAILED);
    assert_int_equal(seen.heads, heads);
    if (detail != NULL)
        assert_string_equal(seen.detail, detail);
}

static void tells_an_answer_that_broke_off_from_a_whole_one(void **state)
{
    (void)state;
    ask("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    assert_failed(1, NULL);
    assert_true(text_is(buffer_text(&seen.body), "half"));
    tear_down(NULL);
    set_up(NULL);
    ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    assert_failed(1, NULL);
    tear_down(NULL);
    set_up(NULL);
    ask("HTTP/1.1 200 OK\r\nX: y\r\n");
    assert_failed(0, NULL);
}

static void gives_up_on_a_server_that_says_nothing(void **state)
{
    (void)state;
    struct http_stream_request request = request_for("");
    request.first_byte_ms = 150;
    int64_t began_us = clock_monotonic_us();
    ask_with("", 0, request);
    assert_failed(0, "no answer came in time");
    assert_true(clock_monotonic_us() - began_us < 3 * 1000 * 1000);
    canned_server_stop(server);
}

static void gives_up_on_a_handshake_that_goes_nowhere(void **state)
{
    (void)state;
    char url[64];
    server = canned_server_start(NULL, NULL, "", 0); /* speaks no TLS, and waits */
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", canned_server_port(server));
    struct http_stream_request request = request_for(url);
    request.connect_ms = 150;
    int64_t began_us = clock_monotonic_us();
    run(&request);
    assert_failed(0, NULL);
    assert_true(clock_monotonic_us() - began_us < 3 * 1000 * 1000);
    canned_server_stop(server);
}

static void gives_up_on_floods_of_headers(void **state)
{
    (void)state;
    static char answer[90 * 1000];
    size_t length = (size_t)snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\n");
    for (unsigned i = 0; i < HTTP_STREAM_HEADERS_MAX + 1; i++)
        length += (size_t)snprintf(answer + length, sizeof(answer) - length, "x: y\r\n");
    snprintf(answer + length, sizeof(answer) - length, "\r\n");
    ask(answer);
    assert_failed(0, "the head of the answer is larger than the limit");
    tear_down(NULL);
    set_up(NULL);
    length = (size_t)snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\n");
    while (length + 1100 < sizeof(answer))
        length += (size_t)snprintf(answer + length, sizeof(answer) - length, "x: %01000d\r\n", 1);
    snprintf(answer + length, sizeof(answer) - length, "\r\n");
    ask(answer);
    assert_failed(0, "the head of the answer is larger than the limit");
}

static void hands_on_no_field_that_is_none(void **state)
{
    (void)state;
    ask("HTTP/1.1 200 OK\r\nBad Name: x\r\nContent-Length: 0\r\n\r\n");
    assert_failed(0, "the head of the answer is malformed");
}

static void ends_answers_over_the_limit(void **state)
{
    (void)state;
    struct http_stream_request request = request_for("");
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345";
    request.answer_limit = 4;
    ask_with(answer, sizeof(answer) - 1, request);
    canned_server_stop(server);
    assert_failed(1, "the answer is larger than the limit");
    assert_int_equal(seen.pieces, 0);
    tear_down(NULL);
    set_up(NULL);
    request.answer_limit = 5;
    ask_with(answer, sizeof(answer) - 1, request);
    canned_server_stop(server);
    assert_int_equal(seen.fault, FAULT_NONE);
}

/* --- refusals --- */

static void refuse(const struct http_stream_request *request)
{
    run(request);
    assert_int_equal(seen.ends, 1);
    assert_int_equal(seen.fault, FAULT_OUTBOUND_REFUSED);
    assert_int_not_equal(seen.detail[0], '\0');
}

static void refuses_addresses_the_guard_does_not_allow(void **state)
{
    (void)state;
    char url[64];
    http_streams_destroy(streams);
    open_streams("127.0.0.2/32");
    server = canned_server_start(directory, NULL, "", 0);
    snprintf(url, sizeof(url), "https://localhost:%u/", canned_server_port(server));
    struct http_stream_request request = request_for(url);
    refuse(&request);
    assert_int_equal(canned_server_connections(server), 0);
    canned_server_stop(server);
}

static void refuses_urls_that_are_none_and_headers_that_would_be_two(void **state)
{
    (void)state;
    static const struct http_stream_header bad[] = {
        {{"x", 1}, {"a\r\ny: b", 7}}, {{"x y", 3}, {"a", 1}}, {{"x\r\ny", 4}, {"a", 1}}, {{"", 0}, {"a", 1}}};
    struct http_stream_request request = request_for("file:///etc/passwd");
    refuse(&request);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        tear_down(NULL);
        set_up(NULL);
        request = request_for("https://127.0.0.1:1/");
        request.headers = &bad[i];
        request.header_count = 1;
        refuse(&request);
    }
    static struct http_stream_header many[HTTP_STREAM_HEADERS_MAX + 1];
    for (size_t i = 0; i < HTTP_STREAM_HEADERS_MAX + 1; i++)
        many[i] = (struct http_stream_header){TEXT("x"), TEXT("y")};
    tear_down(NULL);
    set_up(NULL);
    request.headers = many;
    request.header_count = HTTP_STREAM_HEADERS_MAX + 1;
    refuse(&request);
}

#define STREAM_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STREAM_TEST(hands_on_the_head_and_the_pieces_as_they_are),
        STREAM_TEST(follows_no_redirect),
        STREAM_TEST(sends_what_it_was_given_and_little_else),
        STREAM_TEST(says_how_long_an_empty_body_is),
        STREAM_TEST(waits_for_no_body_of_head),
        STREAM_TEST(stops_and_goes_on_as_told),
        STREAM_TEST(hands_on_nothing_while_it_is_paused),
        STREAM_TEST(is_cancelled_inside_head),
        STREAM_TEST(is_cancelled_inside_data),
        STREAM_TEST(is_cancelled_inside_data_that_was_kept_over_a_pause),
        STREAM_TEST(is_cancelled_before_it_began),
        STREAM_TEST(ends_what_is_under_way_when_it_is_destroyed),
        STREAM_TEST(tells_an_answer_that_broke_off_from_a_whole_one),
        STREAM_TEST(gives_up_on_a_server_that_says_nothing),
        STREAM_TEST(gives_up_on_a_handshake_that_goes_nowhere),
        STREAM_TEST(gives_up_on_floods_of_headers),
        STREAM_TEST(hands_on_no_field_that_is_none),
        STREAM_TEST(ends_answers_over_the_limit),
        STREAM_TEST(refuses_addresses_the_guard_does_not_allow),
        STREAM_TEST(refuses_urls_that_are_none_and_headers_that_would_be_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
