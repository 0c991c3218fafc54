/* What handlers see of a request, and what happens to it when its stream goes. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

static struct wire *ask_http1(const char *request)
{
    struct wire *wire = wire_open_tcp(stage.clear_port);
    assert_non_null(wire);
    assert_true(wire_write_text(wire, request));
    return wire;
}

static void gives_every_part_of_the_request(void **state)
{
    (void)state;
    struct wire *wire = ask_http1("PUT /echo?q=%41&x HTTP/1.1\r\nHost: a\r\nX-Test: one\r\nx-test:  two \r\n"
                                  "Connection: close\r\n\r\n");
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "PUT /echo?1:q=%41&x [one] [two] 127.0.0.1 fixture"));
    wire_close(wire);
}

static void tells_an_empty_query_from_none(void **state)
{
    (void)state;
    struct wire *wire = ask_http1("GET /echo? HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "GET /echo?1: 127.0.0.1"));
    wire_close(wire);
}

static void keeps_the_path_as_it_was_spelled(void **state)
{
    (void)state;
    struct wire *wire = ask_http1("GET /x/../echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "404 Not Found"));
    wire_close(wire);
}

/* --- streams that go --- */

static void tells_once_that_a_reset_stream_has_gone_and_takes_the_late_answer(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&stage.held_count, 1));
    wire_frames_reset(&frames, 1);
    wire_frames_request(&frames, 3, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 3, &was_reset), 200);
    assert_true(stage_wait(&stage.gone, 1));
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 1); /* the orphan still counts */
    stage_release();
    wire_frames_request(&frames, 5, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 5, &was_reset), 200);
    assert_int_equal(stage.gone, 1);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
    wire_close(wire);
}

static void tells_once_that_a_closed_connection_has_gone(void **state)
{
    (void)state;
    struct wire *wire = ask_http1("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(stage_wait(&stage.held_count, 1));
    wire_close(wire);
    wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", "/hold", 5, 0, true);
    wire_frames_request(&frames, 3, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&stage.held_count, 3));
    wire_close(wire);
    assert_true(stage_wait(&stage.gone, 2));
    stage_release();
    assert_true(stage.gone >= 2 && stage.gone <= 3);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
}

static void tells_nothing_of_a_stream_that_was_answered(void **state)
{
    (void)state;
    struct wire *wire = ask_http1("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(stage_wait(&stage.held_count, 1));
    stage_release();
    assert_true(wire_read_until(wire, "released"));
    wire_close(wire);
    usleep(20 * 1000);
    assert_int_equal(stage.gone, 0);
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(gives_every_part_of_the_request),
        STAGE_TEST(tells_an_empty_query_from_none),
        STAGE_TEST(keeps_the_path_as_it_was_spelled),
        STAGE_TEST(tells_once_that_a_reset_stream_has_gone_and_takes_the_late_answer),
        STAGE_TEST(tells_once_that_a_closed_connection_has_gone),
        STAGE_TEST(tells_nothing_of_a_stream_that_was_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
