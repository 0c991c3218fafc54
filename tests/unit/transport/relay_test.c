/* Both halves together: a handler of the relay listener that asks a path of the same listener with
 * http_stream.h, over HTTP/2, and hands the answer on with back-pressure from one end to the other. */
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
#include "runtime/http_stream.h"
#include "runtime/metrics.h"
#include "streaming.h"

enum { IDLE_MS = 700 };

/* --- the relay --- */

static struct arena *arena;
static const struct address_guard *guard;
static struct http_streams *streams; /* of the one loop */
static struct loop_ending ending;
static _Atomic unsigned cut, failed, cancelled;

struct relayed {
    struct request *request;
    struct http_stream *stream;
    bool has_head;
    struct http_stream_header headers[HTTP_STREAM_HEADERS_MAX];
};

static void end_streams(struct loop_ending *unused)
{
    (void)unused;
    http_streams_destroy(streams);
    streams = NULL;
}

static void on_ready(void *context)
{
    const struct relayed *relayed = context;
    http_stream_resume(relayed->stream);
}

static void on_gone(void *context)
{
    struct relayed *relayed = context;
    atomic_fetch_add(&cancelled, 1);
    http_stream_cancel(relayed->stream);
    request_end_answer(relayed->request, false);
    free(relayed);
}

static void on_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    struct relayed *relayed = context;
    struct response_header handed_on[HTTP_STREAM_HEADERS_MAX];
    SCOPED_ARENA copies = arena_create();
    for (size_t i = 0; i < count; i++)
        handed_on[i] = (struct response_header){arena_copy(copies, headers[i].name).base, headers[i].value};
    struct response head = {status, TEXT_NONE, TEXT_NONE, handed_on, count};
    relayed->has_head = true;
    request_begin_answer(relayed->request, &head);
    request_on_ready(relayed->request, on_ready, relayed);
}

static bool on_data(void *context, struct text piece)
{
    const struct relayed *relayed = context;
    return request_send(relayed->request, piece);
}

static void on_end(void *context, enum fault fault)
{
    struct relayed *relayed = context;
    if (relayed->has_head) {
        atomic_fetch_add(&cut, fault != FAULT_NONE);
        request_end_answer(relayed->request, fault == FAULT_NONE);
    } else {
        struct response bad = {.status = 502};
        atomic_fetch_add(&failed, 1);
        request_answer(relayed->request, &bad);
    }
    free(relayed);
}

static void relay(struct request *request)
{
    static const struct http_stream_events events = {on_head, on_data, on_end};
    struct relayed *relayed = calloc(1, sizeof(*relayed));
    char url[64];
    size_t count = 0;
    if (streams == NULL) {
        streams = http_streams_create(request_loop(request), guard, stage.certificate);
        ending.run = end_streams;
        loop_at_end(request_loop(request), &ending);
    }
    snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", stage.relay_port,
             request_path(request).base + strlen("/relay"));
    while (count < HTTP_STREAM_HEADERS_MAX &&
           request_header_at(request, count, &relayed->headers[count].name, &relayed->headers[count].value))
        count++;
    struct http_stream_request wanted = {
        .url = text_of(url),
        .method = request_method(request),
        .headers = relayed->headers,
        .header_count = count,
        .body = request_body(request),
        .connect_ms = 2000,
        .first_byte_ms = 4000,
        .idle_ms = IDLE_MS,
    };
    relayed->request = request;
    relayed->stream = http_stream_start(streams, &wanted, &events, relayed);
    request_on_gone(request, on_gone, relayed);
}

static int start(void **state)
{
    struct text exception = TEXT("127.0.0.0/8");
    size_t bad;
    arena = arena_create();
    assert_int_equal(address_guard_create(arena, &exception, 1, &guard, &bad), FAULT_NONE);
    streaming.relay = relay;
    cut = failed = cancelled = 0;
    return streaming_start(state);
}

static int stop(void **state)
{
    int result = streaming_stop(state);
    streaming.relay = NULL;
    arena_destroy(arena);
    return result;
}

/* --- what passes --- */

static void relays_megabytes_byte_for_byte(void **state)
{
    (void)state;
    SCOPED_BUFFER body = {0};
    assert_int_equal(streaming_fetch("/relay/pour", &body), 200);
    assert_int_equal(body.length, (size_t)PIECES * PIECE);
    for (size_t i = 0; i < PIECES; i++)
        assert_memory_equal(body.base + i * PIECE, streaming.piece, PIECE);
    streaming_wait_until_over();
    assert_int_equal(cut + failed + cancelled, 0);
}

static void relays_status_and_headers(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http1("GET", "/relay/exact");
    assert_true(wire_read_until(wire, "\r\n\r\n12345"));
    assert_memory_equal(wire_received(wire), "HTTP/1.1 404", 12);
    assert_non_null(strstr(wire_received(wire), "x-kept: yes\r\n"));
    wire_forget(wire);
    assert_true(wire_write_text(wire, "HEAD /relay/exact HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(wire, "ontent-Length: 5\r\n"));
    wire_close(wire);
}

static void uses_a_connection_again_that_nobody_uses(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.relay_port, "http/1.1");
    for (unsigned i = 0; i < 3; i++) {
        wire_forget(wire);
        assert_true(wire_write_text(wire, "GET /relay/whole HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_true(wire_read_until(wire, "some\r\n0\r\n\r\n"));
        assert_int_equal(metric_read(METRIC_CONNECTIONS_OPEN), 2); /* the client's, and the upstream */
    }
    wire_close(wire);
}

static void relays_bodies_of_eight_mebibytes(void **state)
{
    (void)state;
    enum { LENGTH = 8 << 20 };
    struct wire *wire = wire_open_tls(stage.relay_port, "http/1.1");
    char *body = calloc(1, LENGTH), head[100];
    snprintf(head, sizeof(head), "POST /relay/body HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", LENGTH);
    assert_true(wire_write_text(wire, head));
    assert_true(wire_write(wire, body, LENGTH));
    assert_true(wire_read_until(wire, "\r\n\r\n8388608"));
    free(body);
    wire_close(wire);
}

static void relays_events_as_they_come(void **state)
{
    (void)state;
    char event[16];
    struct wire *wire = streaming_open_http2("/relay/keep", false);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
    streaming_wait_until_kept();
    for (unsigned i = 0; i < 5; i++) {
        int64_t said_us = clock_monotonic_us();
        streaming_say("data: again\n\n");
        assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
        assert_true(clock_monotonic_us() - said_us < 150 * 1000);
    }
    streaming_finish(true);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 0);
    wire_close(wire);
}

/* --- what does not --- */

static void hands_on_that_an_answer_was_cut_off(void **state)
{
    (void)state;
    unsigned char code[4];
    struct wire *wire = streaming_open_http2("/relay/broken", false);
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    assert_int_equal(cut, 1);
    wire_close(wire);
}

static void cuts_an_upstream_that_falls_silent(void **state)
{
    (void)state;
    unsigned char code[4];
    struct wire *wire = streaming_open_http2("/relay/keep", false);
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    assert_int_equal(cut, 1);
    assert_true(stage_wait(&streaming.gone, 1)); /* and it was told */
    wire_close(wire);
}

static void lets_the_upstream_go_when_the_client_has_gone(void **state)
{
    (void)state;
    char event[16];
    struct wire *wire = streaming_open_http2("/relay/keep", false);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
    wire_close(wire);
    assert_true(stage_wait(&cancelled, 1));
    assert_true(stage_wait(&streaming.gone, 1));
    streaming_wait_until_over();
}

static void lets_one_of_several_upstreams_go(void **state)
{
    (void)state;
    char event[16];
    struct wire *wire = streaming_open_http2("/relay/keep", false);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
    struct wire_frames frames = {0};
    wire_frames_request(&frames, 3, "GET", "/relay/keep", 11, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 3, event, sizeof(event)), 13);
    wire_frames_reset(&frames, 1);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&cancelled, 1));
    int64_t reset_us = clock_monotonic_us();
    assert_true(stage_wait(&streaming.gone, 1));
    assert_true(clock_monotonic_us() - reset_us < IDLE_MS / 2 * 1000); /* before the other one is cut */
    assert_int_equal(streaming.gone, 1);
    wire_close(wire);
    assert_true(stage_wait(&streaming.gone, 2));
    streaming_wait_until_over();
}

/* The client's shut window is felt by the upstream: no more is poured than may wait at either end and on the
 * way. */
static void holds_the_upstream_back_for_a_slow_client(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http2("/relay/pour/much", true);
    bool was_reset;
    unsigned char data[1];
    size_t got = 0;
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    usleep(300 * 1000);
    unsigned poured = streaming.poured;
    usleep(300 * 1000);
    assert_int_equal(streaming.poured, poured);
    assert_true(poured < MUCH);
    /* Longer than an upstream may be silent: it is not, it waits for us. */
    usleep((IDLE_MS + 300) * 1000);
    assert_int_equal(cut, 0);
    streaming_open_window(wire, 0, 0xffff);
    while (got < (size_t)MUCH * PIECE) {
        streaming_open_window(wire, 1, 0xffff);
        streaming_open_window(wire, 0, 0xffff);
        for (size_t more = 0; more < 0xffff && got < (size_t)MUCH * PIECE;) {
            long length = wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data));
            assert_true(length > 0);
            more += (size_t)length;
            got += (size_t)length;
        }
    }
    assert_int_equal(got, (size_t)MUCH * PIECE);
    assert_int_equal(cut + cancelled, 0);
    wire_close(wire);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(relays_megabytes_byte_for_byte),
        TEST(relays_status_and_headers),
        TEST(uses_a_connection_again_that_nobody_uses),
        TEST(relays_bodies_of_eight_mebibytes),
        TEST(relays_events_as_they_come),
        TEST(hands_on_that_an_answer_was_cut_off),
        TEST(cuts_an_upstream_that_falls_silent),
        TEST(lets_the_upstream_go_when_the_client_has_gone),
        TEST(lets_one_of_several_upstreams_go),
        TEST(holds_the_upstream_back_for_a_slow_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
