/* Answers of the relay listener that go on for long: what they leave to everybody else. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/metrics.h"
#include "streaming.h"

static struct wire *open_stream(void)
{
    struct wire *wire = streaming_open_http1("GET", "/keep");
    assert_true(wire_read_until(wire, "data: first"));
    return wire;
}

static bool is_answered(uint16_t port, const char *path, const char *status)
{
    char request[64];
    struct wire *wire = wire_open_tls(port, "http/1.1");
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    assert_true(wire_write_text(wire, request));
    bool is_so = wire_read_until(wire, status);
    wire_close(wire);
    return is_so;
}

static void wait_for_streams(int64_t count)
{
    for (unsigned ms = 0; ms < 5000 && metric_read(METRIC_STREAMS_OPEN) != count; ms++)
        usleep(1000);
    assert_int_equal(metric_read(METRIC_STREAMS_OPEN), count);
}

static void lets_others_ask_while_streams_are_open(void **state)
{
    (void)state;
    struct wire *streams[] = {open_stream(), open_stream()};
    wait_for_streams(2);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
    assert_true(is_answered(stage.tls_port, "/hello", "HTTP/1.1 200"));
    assert_true(is_answered(stage.relay_port, "/hello", "HTTP/1.1 200"));
    for (size_t i = 0; i < 2; i++)
        wire_close(streams[i]);
    wait_for_streams(0);
}

static void counts_a_stream_for_which_there_is_no_room_as_in_flight(void **state)
{
    (void)state;
    struct wire *streams[] = {open_stream(), open_stream(), open_stream()};
    assert_int_equal(metric_read(METRIC_STREAMS_OPEN), 2);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 1);
    assert_true(is_answered(stage.tls_port, "/hello", "HTTP/1.1 503"));
    assert_true(is_answered(stage.relay_port, "/keep", "HTTP/1.1 503"));
    wire_close(streams[2]);
    streaming_wait_until_over();
    assert_true(is_answered(stage.tls_port, "/hello", "HTTP/1.1 200"));
    wire_close(streams[1]);
    wait_for_streams(1);
    streams[1] = open_stream(); /* its place is free again */
    assert_int_equal(metric_read(METRIC_STREAMS_OPEN), 2);
    for (size_t i = 0; i < 2; i++)
        wire_close(streams[i]);
    wait_for_streams(0);
}

static void counts_answers_in_pieces_of_other_listeners_as_in_flight(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "http/1.1");
    assert_true(wire_write_text(wire, "GET /keep HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(wire, "data: first"));
    assert_int_equal(metric_read(METRIC_STREAMS_OPEN), 0);
    assert_true(is_answered(stage.tls_port, "/hello", "HTTP/1.1 503"));
    wire_close(wire);
    streaming_wait_until_over();
}

static void lets_a_connection_ask_while_it_has_streams(void **state)
{
    (void)state;
    bool was_reset;
    char piece[32];
    struct wire *wire = streaming_open_http2("/keep", false);
    struct wire_frames frames = {0};
    assert_true(wire_read_frame(wire, WIRE_DATA, 1, piece, sizeof(piece)) > 0);
    wire_frames_request(&frames, 3, "GET", "/keep", strlen("/keep"), 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(wire_read_frame(wire, WIRE_DATA, 3, piece, sizeof(piece)) > 0);
    frames = (struct wire_frames){0};
    wire_frames_request(&frames, 5, "GET", "/hello", strlen("/hello"), 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 5, &was_reset), 200);
    wire_close(wire);
    wait_for_streams(0);
}

/* What it was read into is given back meanwhile, but for what is still to be read. */
static void answers_what_came_with_the_request_for_a_stream_once_that_is_over(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.relay_port, "http/1.1");
    assert_true(wire_write_text(wire, "POST /keep HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
                                      "GET /echo?next HTTP/1.1\r\nHost: a\r\nX-Test: whole\r\n\r\n"));
    assert_true(wire_read_until(wire, "data: first"));
    streaming_wait_until_kept();
    streaming_finish(true);
    assert_true(wire_read_until(wire, "0\r\n\r\n"));
    assert_true(wire_read_until(wire, "[whole]"));
    assert_true(wire_write_text(wire, "GET /echo HTTP/1.1\r\nHost: a\r\nX-Test: again\r\n\r\n"));
    assert_true(wire_read_until(wire, "[again]"));
    wire_close(wire);
}

static void waits_for_open_streams_while_it_drains(void **state)
{
    (void)state;
    struct wire *wire = open_stream();
    streaming_wait_until_kept();
    stage_drain();
    usleep(500 * 1000);
    assert_int_equal(atomic_load(&stage.idle_calls), 0);
    streaming_finish(true);
    assert_true(wire_read_until(wire, "0\r\n\r\n"));
    assert_true(stage_wait(&stage.idle_calls, 1));
    wire_close(wire);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, streaming_start_crowded, streaming_stop)
    const struct CMUnitTest tests[] = {
        TEST(lets_others_ask_while_streams_are_open),
        TEST(counts_a_stream_for_which_there_is_no_room_as_in_flight),
        TEST(counts_answers_in_pieces_of_other_listeners_as_in_flight),
        TEST(lets_a_connection_ask_while_it_has_streams),
        TEST(answers_what_came_with_the_request_for_a_stream_once_that_is_over),
        TEST(waits_for_open_streams_while_it_drains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
