/* Answers in pieces for clients that go or take nothing, and in servers that do. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "runtime/metrics.h"
#include "streaming.h"

/* --- clients that go, or take nothing --- */

static void is_told_when_a_stream_is_reset_in_the_middle(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct wire *wire = streaming_open_http2("/pour", false);
        struct wire_frames frames = {0};
        unsigned char data[1];
        if (i % 2 == 0)
            assert_true(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)) > 0);
        usleep(i * 200);
        wire_frames_reset(&frames, 1);
        /* Both in one: the stream that ended is not to be woken. */
        wire_frames_add(&frames, 8, 0, 1, "\x00\x00\xff\xff", 4);
        wire_frames_send(&frames, wire);
        wire_close(wire);
    }
    for (unsigned ms = 0; ms < 5000 && streaming.gone + streaming.ended < streaming.begun; ms++)
        usleep(1000);
    assert_int_equal(streaming.gone + streaming.ended, streaming.begun);
    streaming_wait_until_over();
}

static void is_told_when_a_connection_of_http1_breaks(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    assert_true(wire_write_text(wire, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(stage_wait(&streaming.begun, 1));
    usleep(50 * 1000);
    wire_close(wire);
    assert_true(stage_wait(&streaming.gone, 1));
    streaming_wait_until_over();
}

static void notices_that_a_client_of_http1_has_left_a_silent_answer(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http1("GET", "/keep");
    assert_true(wire_read_until(wire, "data: first"));
    streaming_wait_until_kept();
    wire_close(wire);
    assert_true(stage_wait(&streaming.gone, 1));
    streaming_wait_until_over();
}

/* A stream that has been reset and waits for the end of a write is not to be woken by its window: that would
 * abort the process. Both arrive here between the head's handing over and whatever the loop does next. */
static void opened_windows_and_resets_in_one_burst_abort_nothing(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http2("/dawdle", true);
    for (uint32_t stream = 1; stream < 10; stream += 2) {
        struct wire_frames frames = {0};
        assert_true(stage_wait(&streaming.begun, (stream + 1) / 2));
        wire_frames_reset(&frames, stream);
        wire_frames_add(&frames, 8, 0, stream, "\x00\x00\x00\xff", 4);
        wire_frames_request(&frames, stream + 2, "GET", "/dawdle", 7, 0, true);
        assert_true(wire_frames_send(&frames, wire));
    }
    wire_close(wire);
    assert_true(stage_wait(&streaming.gone, 5));
    SCOPED_BUFFER body = {0};
    assert_int_equal(streaming_fetch("/whole", &body), 200);
}

static void resets_the_one_stream_of_which_nothing_is_taken(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_ANSWERS_STALLED);
    unsigned char code[4], data[1];
    struct wire *wire = streaming_open_http2("/pour", true);
    struct wire_frames frames = {0};
    wire_frames_request(&frames, 3, "GET", "/pour", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    for (unsigned i = 0; i < 8; i++) { /* the other one is taken from all the time */
        streaming_open_window(wire, 3, 100);
        assert_int_equal(wire_read_frame(wire, WIRE_DATA, 3, data, sizeof(data)), 100);
        usleep(i < 7 ? 250 * 1000 : 0);
    }
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    assert_int_equal(code[3], 8);
    assert_int_equal(metric_read(METRIC_ANSWERS_STALLED), before + 1);
    assert_int_equal(streaming.gone, 1);
    streaming_open_window(wire, 3, 100);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 3, data, sizeof(data)), 100);
    wire_close(wire);
    assert_true(stage_wait(&streaming.gone, 2));
}

static void leaves_streams_alone_that_have_nothing_to_say(void **state)
{
    (void)state;
    char data[16];
    struct wire *http2 = streaming_open_http2("/keep", false);
    assert_int_equal(wire_read_frame(http2, WIRE_DATA, 1, data, sizeof(data)), 13);
    streaming_wait_until_kept();
    usleep(3500 * 1000);
    streaming_say("data: again\n\n");
    assert_int_equal(wire_read_frame(http2, WIRE_DATA, 1, data, sizeof(data)), 13);
    streaming_finish(true);
    wire_close(http2);
    streaming_wait_until_over();
}

static void ends_connections_of_http1_that_take_nothing(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_CUT_WRITE_STALL);
    struct wire *wire = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    assert_true(wire_write_text(wire, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(stage_wait(&streaming.gone, 1));
    assert_int_equal(metric_read(METRIC_CUT_WRITE_STALL), before + 1);
    wire_close(wire);
}

/* --- drain --- */

static void goes_on_while_draining_and_then_lets_go(void **state)
{
    (void)state;
    char data[16];
    unsigned char goaway[8];
    struct wire *wire = streaming_open_http2("/keep", false);
    struct wire *http1 = streaming_open_http1("GET", "/pour");
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    streaming_wait_until_kept();
    stage_drain();
    assert_true(wire_read_frame(wire, WIRE_GOAWAY, 0, goaway, sizeof(goaway)) >= 8);
    assert_true(wire_read_frame(wire, WIRE_GOAWAY, 0, goaway, sizeof(goaway)) >= 8); /* the last one */
    streaming_say("data: again\n\n");
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    assert_int_equal(stage.idle_calls, 0);
    assert_true(wire_read_until(http1, "\r\n0\r\n\r\n"));
    streaming_finish(true);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 0);
    assert_true(stage_wait(&stage.idle_calls, 1));
    wire_close(wire);
    wire_close(http1);
}

static void is_cut_by_a_server_that_is_destroyed(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http2("/keep", false);
    struct wire *http1 = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    char data[16];
    assert_true(wire_write_text(http1, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    assert_true(stage_wait(&streaming.begun, 2));
    stage_stop();
    assert_int_equal(streaming.gone, 2);
    wire_close(wire);
    wire_close(http1);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
}

int main(void)
{
#define TEST(name)           cmocka_unit_test_setup_teardown(name, streaming_start, streaming_stop)
#define TEST_IMPATIENT(name) cmocka_unit_test_setup_teardown(name, streaming_start_impatient, streaming_stop)
    const struct CMUnitTest tests[] = {
        TEST(is_told_when_a_stream_is_reset_in_the_middle),
        TEST(is_told_when_a_connection_of_http1_breaks),
        TEST(notices_that_a_client_of_http1_has_left_a_silent_answer),
        TEST(opened_windows_and_resets_in_one_burst_abort_nothing),
        TEST_IMPATIENT(resets_the_one_stream_of_which_nothing_is_taken),
        TEST_IMPATIENT(leaves_streams_alone_that_have_nothing_to_say),
        TEST_IMPATIENT(ends_connections_of_http1_that_take_nothing),
        TEST(goes_on_while_draining_and_then_lets_go),
        cmocka_unit_test_setup(is_cut_by_a_server_that_is_destroyed, streaming_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
