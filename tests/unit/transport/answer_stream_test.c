/* Answers in pieces: at once, whole or visibly not, and held back; over HTTP/2 and HTTP/1.1. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "runtime/metrics.h"
#include "streaming.h"

/* --- at once --- */

static void sends_head_and_events_at_once_over_http2(void **state)
{
    (void)state;
    char event[64] = "";
    bool was_reset;
    struct wire *wire = streaming_open_http2("/keep", false);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
    assert_memory_equal(event, "data: first\n\n", 13);
    streaming_wait_until_kept();
    for (unsigned i = 0; i < 3; i++) {
        streaming_say("data: again\n\n");
        assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
        assert_memory_equal(event, "data: again\n\n", 13);
    }
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 1);
    streaming_finish(true);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 0);
    streaming_wait_until_over();
    assert_int_equal(streaming.gone, 0);
    wire_close(wire);
}

static void sends_head_and_events_at_once_over_http1(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http1("GET", "/keep");
    assert_true(wire_read_until(wire, "\r\n\r\nd\r\ndata: first\n\n\r\n"));
    assert_non_null(strstr(wire_received(wire), "transfer-encoding: chunked\r\n"));
    streaming_wait_until_kept();
    streaming_say("data: again\n\n");
    assert_true(wire_read_until(wire, "d\r\ndata: again\n\n\r\n"));
    streaming_finish(true);
    assert_true(wire_read_until(wire, "again\n\n\r\n0\r\n\r\n"));
    wire_forget(wire);
    /* and the connection serves on */
    assert_true(wire_write_text(wire, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(wire, "\r\n\r\n0\r\n\r\n"));
    wire_close(wire);
}

static void marks_the_end_of_every_status_on_http1(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http1("GET", "/missing");
    assert_true(wire_read_until(wire, "\r\n\r\n4\r\nsome\r\n0\r\n\r\n"));
    assert_null(strstr(wire_received(wire), "chunked\r\ntransfer-encoding"));
    wire_close(wire);
}

static void ends_where_the_connection_does_on_http_1_0(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.relay_port, "http/1.1");
    assert_true(wire_write_text(wire, "GET /whole HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "\r\n\r\nsome"));
    assert_null(strstr(wire_received(wire), "chunked"));
    wire_close(wire);
}

static void sends_no_body_to_head(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http1("HEAD", "/exact");
    assert_true(wire_read_until(wire, "\r\n\r\n"));
    assert_non_null(strstr(wire_received(wire), "ontent-Length: 5\r\n"));
    wire_forget(wire);
    assert_true(wire_write_text(wire, "HEAD /whole HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(wire, "\r\n\r\n"));
    wire_forget(wire);
    assert_true(wire_write_text(wire, "GET /exact HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(wire, "\r\n\r\n12345"));
    assert_memory_equal(wire_received(wire), "HTTP/1.1 404", 12); /* nothing stood before it */
    assert_non_null(strstr(wire_received(wire), "x-kept: yes\r\n"));
    assert_null(strstr(wire_received(wire), "x-gone"));
    assert_null(strstr(wire_received(wire), "some day"));
    wire_close(wire);
}

/* --- cut off --- */

static void shows_clients_that_an_answer_was_cut_off(void **state)
{
    (void)state;
    unsigned char code[4];
    char data[8];
    struct wire *wire = streaming_open_http2("/broken", false);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 4); /* what came goes out */
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    assert_int_equal(code[3], 2);
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_request(&frames, 3, "GET", "/whole", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 3, &was_reset), 200);
    wire_close(wire);

    wire = streaming_open_http1("GET", "/broken");
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "4\r\nsome\r\n"));
    assert_null(strstr(wire_received(wire), "0\r\n\r\n"));
    wire_close(wire);
}

static void says_so_also_where_the_window_is_shut(void **state)
{
    (void)state;
    unsigned char code[4];
    bool was_reset;
    struct wire *wire = streaming_open_http2("/keep", true);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    streaming_wait_until_kept();
    streaming_open_window(wire, 1, 13); /* all of the first and no more */
    char data[16];
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    streaming_finish(false);
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    streaming_wait_until_over();
    wire_close(wire);
}

static void cuts_answers_that_are_not_as_long_as_they_said(void **state)
{
    (void)state;
    static const char *const paths[] = {"/short", "/long"};
    for (size_t i = 0; i < 2; i++) {
        unsigned char code[4];
        struct wire *wire = streaming_open_http2(paths[i], false);
        assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
        wire_close(wire);
        wire = streaming_open_http1("GET", paths[i]);
        assert_true(wire_read_end(wire));
        assert_null(strstr(wire_received(wire), "123456"));
        wire_close(wire);
    }
    streaming_wait_until_over();
}

/* --- back-pressure --- */

static void assert_poured(const struct buffer *body)
{
    assert_int_equal(body->length, (size_t)PIECES * PIECE);
    for (size_t i = 0; i < PIECES; i++)
        assert_memory_equal(body->base + i * PIECE, streaming.piece, PIECE);
}

static void sends_megabytes_whole_over_http2(void **state)
{
    (void)state;
    SCOPED_BUFFER body = {0};
    assert_int_equal(streaming_fetch("/pour", &body), 200);
    assert_poured(&body);
    assert_true(streaming.most_poured_at_once <= WAITING_MAX / PIECE);
    streaming_wait_until_over();
    assert_int_equal(streaming.gone, 0);
}

static void holds_back_for_clients_that_do_not_open_their_window(void **state)
{
    (void)state;
    bool was_reset;
    struct wire *wire = streaming_open_http2("/pour", true);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    usleep(200 * 1000);
    assert_int_equal(streaming.poured, WAITING_MAX / PIECE);
    unsigned char data[1];
    streaming_open_window(wire, 1, 1000);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 1000);
    assert_true(streaming.poured <= WAITING_MAX / PIECE + 1);
    struct wire_frames frames = {0};
    wire_frames_reset(&frames, 1);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&streaming.gone, 1));
    streaming_wait_until_over();
    wire_close(wire);
}

static void holds_back_for_clients_of_http1_that_do_not_read(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    assert_true(wire_write_text(wire, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(stage_wait(&streaming.begun, 1));
    usleep(300 * 1000);
    unsigned before = streaming.poured;
    assert_true(before < PIECES); /* the kernel takes some of it */
    usleep(200 * 1000);
    assert_int_equal(streaming.poured, before);
    assert_true(wire_read_until(wire, "\r\n0\r\n\r\n"));
    assert_int_equal(streaming.poured, PIECES);
    assert_int_equal(streaming.ended, 1);
    wire_close(wire);
}

/* What waits is memory like any other. */
static void gives_each_answer_one_piece_where_no_more_may_be_held(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.relay_port, "h2");
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_add(&frames, WIRE_SETTINGS, 0, 0, "\x00\x04\x00\x00\x00\x00", 6);
    /* 24 MiB are allowed: 96 answers of 256 KiB */
    for (uint32_t i = 0; i < 100; i++)
        wire_frames_request(&frames, 2 * i + 1, "GET", "/pour", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&streaming.begun, 100));
    usleep(200 * 1000);
    unsigned whole = WAITING_MAX / PIECE;
    assert_true(streaming.poured < 97 * whole);
    assert_true(streaming.poured >= 90 * whole);
    wire_close(wire);
    assert_true(stage_wait(&streaming.gone, 100));
    streaming_wait_until_over();
}

int main(void)
{
#define TEST(name)       cmocka_unit_test_setup_teardown(name, streaming_start, streaming_stop)
#define TEST_TIGHT(name) cmocka_unit_test_setup_teardown(name, streaming_start_tight, streaming_stop)
    const struct CMUnitTest tests[] = {
        TEST(sends_head_and_events_at_once_over_http2),
        TEST(sends_head_and_events_at_once_over_http1),
        TEST(marks_the_end_of_every_status_on_http1),
        TEST(ends_where_the_connection_does_on_http_1_0),
        TEST(sends_no_body_to_head),
        TEST(shows_clients_that_an_answer_was_cut_off),
        TEST(says_so_also_where_the_window_is_shut),
        TEST(cuts_answers_that_are_not_as_long_as_they_said),
        TEST(sends_megabytes_whole_over_http2),
        TEST(holds_back_for_clients_that_do_not_open_their_window),
        TEST(holds_back_for_clients_of_http1_that_do_not_read),
        TEST_TIGHT(gives_each_answer_one_piece_where_no_more_may_be_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
