/* Bounds of time and number on real sockets: what is too slow, too old or too much ends, and what is slow but
 * honest does not. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

static struct wire *start_http2(void)
{
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    assert_non_null(wire);
    wire_frames_preface(&frames);
    assert_true(wire_frames_send(&frames, wire));
    return wire;
}

static int ask(struct wire *wire, uint32_t stream, const char *path)
{
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_request(&frames, stream, "GET", path, strlen(path), 0, true);
    return wire_frames_send(&frames, wire) ? wire_read_status(wire, stream, &was_reset) : -1;
}

/* The error of the next GOAWAY, -1 when none comes. */
static int read_go_away(struct wire *wire, uint32_t *last_stream)
{
    unsigned char payload[8] = {0};
    long length = wire_read_frame(wire, WIRE_GOAWAY, 0, payload, sizeof(payload));
    *last_stream =
        (uint32_t)payload[0] << 24 | (uint32_t)payload[1] << 16 | (uint32_t)payload[2] << 8 | payload[3];
    return length < 8 ? -1 : payload[7];
}

/* --- timeouts --- */

static int start_impatient(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.handshake_s = limits.header_s = limits.body_s = limits.write_stall_s = 1;
    limits.idle_s = 2;
    stage_start_with(&limits);
    return 0;
}

static void ends_handshakes_that_take_too_long(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.tls_port);
    assert_true(wire_read_end(wire));
    wire_close(wire);
}

static void ends_connections_whose_header_block_stays_open(void **state)
{
    (void)state;
    struct wire *wire = start_http2();
    struct wire_frames frames = {0};
    uint32_t last;
    wire_frames_add(&frames, WIRE_HEADERS, 0, 1, "\x82", 1);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(read_go_away(wire, &last), 11);
    assert_int_equal(metric_read(METRIC_CUT_HEADER_TIMEOUT), 1);
    wire_close(wire);
}

static void resets_only_the_stream_whose_body_stays_away(void **state)
{
    (void)state;
    struct wire *wire = start_http2();
    struct wire_frames frames = {0};
    unsigned char code[4];
    wire_frames_request(&frames, 1, "POST", "/body", 5, 0, false);
    wire_frames_add(&frames, WIRE_DATA, 0, 1, "a=", 2);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    assert_int_equal(metric_read(METRIC_BODY_TIMEOUTS), 1);
    assert_int_equal(ask(wire, 3, "/hello"), 200);
    wire_close(wire);
}

static void ends_connections_without_requests_and_says_so(void **state)
{
    (void)state;
    struct wire *wire = start_http2();
    uint32_t last;
    struct wire_frames frames = {0};
    assert_int_equal(ask(wire, 1, "/hello"), 200);
    for (unsigned i = 0; i < 12 && metric_read(METRIC_CONNECTIONS_OPEN) != 0; i++) {
        wire_frames_add(&frames, 6, 0, 0, "12345678", 8); /* a PING is no request */
        wire_frames_send(&frames, wire);
        usleep(300 * 1000);
    }
    assert_int_equal(metric_read(METRIC_CONNECTIONS_OPEN), 0);
    assert_int_equal(read_go_away(wire, &last), 0);
    wire_close(wire);
}

static void keeps_connections_whose_request_is_being_worked_on(void **state)
{
    (void)state;
    struct wire *wire = start_http2();
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_request(&frames, 1, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    usleep(4000 * 1000);
    stage_release();
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    wire_close(wire);
}

/* --- answers that nobody takes --- */

static void wait_for_cut(enum metric metric, int64_t count)
{
    for (unsigned ms = 0; ms < 6000 && metric_read(metric) < count; ms++)
        usleep(1000);
    assert_int_equal(metric_read(metric), count);
}

static struct wire *ask_for_much(void)
{
    struct wire *wire = wire_open_tls_window(stage.tls_port, "h2", 4096);
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_add(&frames, 8, 0, 0, "\x7f\x00\x00\x00", 4);
    for (uint32_t i = 0; i < 60; i++)
        wire_frames_request(&frames, 2 * i + 1, "GET", "/frame", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    return wire;
}

/* The window shut instead of the socket. */
static struct wire *leave_untaken(uint32_t answers)
{
    struct wire *wire = start_http2();
    struct wire_frames frames = {0};
    wire_frames_add(&frames, WIRE_SETTINGS, 0, 0, "\x00\x04\x00\x00\x00\x00", 6);
    for (uint32_t i = 0; i < answers; i++)
        wire_frames_request(&frames, 2 * i + 1, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    return wire;
}

static void ends_connections_that_take_nothing_of_their_answers(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_CUT_WRITE_STALL);
    struct wire *wire = ask_for_much();
    wait_for_cut(METRIC_CUT_WRITE_STALL, before + 1);
    wire_close(wire);

    wire = leave_untaken(1);
    wait_for_cut(METRIC_CUT_WRITE_STALL, before + 2);
    wire_close(wire);
}

static void leaves_readers_alone_that_are_slow_but_take_something(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_CUT_WRITE_STALL);
    struct wire *wire = ask_for_much();
    unsigned char piece[1];
    for (unsigned i = 0; i < 10; i++) { /* a frame each 400 ms, for four times what a stall may last */
        assert_true(wire_read_frame(wire, WIRE_DATA, 0, piece, sizeof(piece)) >= 0);
        usleep(400 * 1000);
    }
    assert_int_equal(metric_read(METRIC_CUT_WRITE_STALL), before);
    wire_close(wire);
}

/* --- numbers --- */

static int start_narrow(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.connections_per_address = 3;
    limits.connections_on_socket = 2;
    limits.requests_per_connection = 5;
    stage_start_with(&limits);
    return 0;
}

static int start_few(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.connections = 3;
    stage_start_with(&limits);
    return 0;
}

static void turns_away_connections_over_the_cap_and_takes_them_again(void **state)
{
    (void)state;
    struct wire *wires[3];
    for (unsigned i = 0; i < 3; i++)
        wires[i] = start_http2();
    assert_null(wire_open_tls(stage.tls_port, "h2"));
    struct wire *http1 = wire_open_tcp(stage.clear_port);
    assert_true(wire_read_until(http1, "\r\n\r\n"));
    assert_non_null(strstr(wire_received(http1), "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n"));
    wire_close(http1);
    /* Not kept out by the others. */
    struct wire *admin = wire_open_unix(stage.unix_path), *watching = wire_open_tcp(stage.monitoring_port);
    assert_true(wire_write_text(admin, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(admin, "hello"));
    assert_true(wire_write_text(watching, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(watching, "hello"));
    wire_close(watching);
    assert_int_equal(ask(wires[0], 1, "/hello"), 200);
    wire_close(wires[1]);
    struct wire *next = NULL;
    for (unsigned ms = 0; next == NULL && ms < 1000; ms++, usleep(1000))
        next = wire_open_tls(stage.tls_port, "h2");
    assert_non_null(next);
    wire_close(next);
    wire_close(admin);
    wire_close(wires[0]);
    wire_close(wires[2]);
}

static void keeps_the_admin_socket_to_its_own_cap(void **state)
{
    (void)state;
    struct wire *first = wire_open_unix(stage.unix_path), *second = wire_open_unix(stage.unix_path);
    struct wire *third = wire_open_unix(stage.unix_path);
    assert_true(wire_read_until(third, "503 Service Unavailable"));
    wire_close(first);
    wire_close(second);
    wire_close(third);
}

/* RFC 9113 section 6.8: first a GOAWAY that takes nothing away, then the last one. */
static void asks_for_another_connection_after_so_many_requests(void **state)
{
    (void)state;
    struct wire *wire = start_http2();
    uint32_t last;
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(ask(wire, 2 * i + 1, "/hello"), 200);
    assert_int_equal(ask(wire, 11, "/hello"), 200); /* it may not have been read yet */
    wire_close(wire);
    wire = start_http2();
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(ask(wire, 2 * i + 1, "/hello"), 200);
    struct wire_frames frames = {0};
    wire_frames_request(&frames, 9, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(read_go_away(wire, &last), 0);
    assert_int_equal(last, INT32_MAX);
    assert_int_equal(read_go_away(wire, &last), 0);
    assert_int_equal(last, 9);
    assert_true(wire_read_end(wire));
    wire_close(wire);
    wire = wire_open_tcp(stage.clear_port);
    for (unsigned i = 0; i < 5; i++) {
        wire_forget(wire);
        assert_true(wire_write_text(wire, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_true(wire_read_until(wire, "\r\n\r\nhello"));
    }
    assert_non_null(strstr(wire_received(wire), "onnection: close\r\n"));
    assert_true(wire_read_end(wire));
    wire_close(wire);
}

static int start_short_lived(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.age_s = 1;
    stage_start_with(&limits);
    return 0;
}

static void asks_for_another_connection_after_so_long(void **state)
{
    (void)state;
    struct wire *wire = start_http2();
    uint32_t last;
    assert_int_equal(read_go_away(wire, &last), 0);
    assert_int_equal(last, INT32_MAX);
    assert_int_equal(ask(wire, 1, "/hello"), 200); /* what is under way is served */
    assert_int_equal(read_go_away(wire, &last), 0);
    assert_int_equal(last, 1);
    assert_true(wire_read_end(wire));
    wire_close(wire);
}

/* --- unfinished requests --- */

enum { KIB = 1024 };

static int start_small(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.unfinished_bytes_per_connection = 256 * KIB;
    limits.unfinished_bytes_per_address = 512 * KIB;
    stage_start_with(&limits);
    return 0;
}

static int start_small_in_all(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.unfinished_bytes = 512 * KIB;
    stage_start_with(&limits);
    return 0;
}

static void leave_unfinished(struct wire *wire, unsigned streams)
{
    struct wire_frames frames = {0};
    for (uint32_t i = 0; i < streams; i++)
        wire_frames_request(&frames, 2 * i + 1, "POST", "/body", 5, 0, false);
    wire_frames_request(&frames, 999, "GET", "/hello", 6, 0, true);
    wire_frames_send(&frames, wire);
}

static void bounds_what_unfinished_requests_of_a_connection_hold(void **state)
{
    (void)state;
    uint32_t last;
    int64_t before = metric_read(METRIC_CUT_UNFINISHED);
    struct wire *wire = start_http2();
    leave_unfinished(wire, 40);
    assert_int_equal(read_go_away(wire, &last), 11);
    wire_close(wire);
    static char body[100 * KIB];
    wire = start_http2(); /* few streams, large bodies */
    struct wire_frames frames = {0};
    for (uint32_t stream = 1; stream < 9; stream += 2) {
        wire_frames_request(&frames, stream, "POST", "/body", 5, 0, false);
        for (size_t at = 0; at < sizeof(body); at += 16 * KIB)
            wire_frames_add(&frames, WIRE_DATA, 0, stream, body, 16 * KIB);
    }
    wire_frames_send(&frames, wire);
    assert_true(wire_read_end(wire));
    assert_int_equal(metric_read(METRIC_CUT_UNFINISHED), before + 2);
    wire_close(wire);
}

/* A field costs its sender one byte (RFC 7541 section 6.1) and the library forty and more. */
static void bounds_what_fields_of_unfinished_requests_hold(void **state)
{
    (void)state;
    char block[4096] = "\x82\x87\x04\x06/hello\x01\x01"
                       "a";
    memset(block + strlen(block), 0x90, sizeof(block) - strlen(block));
    struct wire *wire = start_http2();
    struct wire_frames frames = {0};
    uint32_t last;
    int64_t before = metric_read(METRIC_CUT_UNFINISHED);
    wire_frames_add(&frames, WIRE_HEADERS, WIRE_END_HEADERS, 1, block, sizeof(block));
    wire_frames_send(&frames, wire);
    assert_int_equal(read_go_away(wire, &last), 11);
    assert_int_equal(metric_read(METRIC_CUT_UNFINISHED), before + 1);
    wire_close(wire);
}

static void bounds_what_unfinished_requests_of_an_address_hold(void **state)
{
    (void)state;
    struct wire *wires[3];
    uint32_t last;
    bool was_reset;
    for (unsigned i = 0; i < 3; i++) {
        wires[i] = start_http2();
        leave_unfinished(wires[i], 25);
        if (i < 2)
            assert_int_equal(wire_read_status(wires[i], 999, &was_reset), 200);
    }
    assert_int_equal(read_go_away(wires[2], &last), 11);
    for (unsigned i = 0; i < 3; i++)
        wire_close(wires[i]);
}

static void ends_the_connection_that_holds_most_when_it_is_too_much_in_all(void **state)
{
    (void)state;
    struct wire *large = start_http2(), *small = start_http2();
    uint32_t last;
    bool was_reset;
    leave_unfinished(large, 55);
    assert_int_equal(wire_read_status(large, 999, &was_reset), 200);
    leave_unfinished(small, 20);
    assert_int_equal(wire_read_status(small, 999, &was_reset), 200);
    assert_int_equal(read_go_away(large, &last), 11);
    wire_close(large);
    large = start_http2(); /* what it held has been given back */
    leave_unfinished(large, 30);
    assert_int_equal(wire_read_status(large, 999, &was_reset), 200);
    wire_close(large);
    wire_close(small);
}

static void ends_connections_whose_untaken_answers_hold_too_much(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_CUT_UNFINISHED);
    struct wire *few = leave_untaken(4), *many = leave_untaken(60);
    uint32_t last;
    wait_for_cut(METRIC_CUT_UNFINISHED, before + 1);
    assert_int_equal(read_go_away(many, &last), 11);
    struct wire_frames frames = {0};
    wire_frames_add(&frames, 8, 0, 1, "\x00\x00\xff\xff", 4);
    assert_true(wire_frames_send(&frames, few));
    unsigned char piece[1];
    assert_true(wire_read_frame(few, WIRE_DATA, 1, piece, sizeof(piece)) > 0);
    assert_int_equal(metric_read(METRIC_CUT_UNFINISHED), before + 1);
    wire_close(few);
    wire_close(many);
}

#define TEST_WITH(start, function) cmocka_unit_test_setup_teardown(function, start, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(start_impatient, ends_handshakes_that_take_too_long),
        TEST_WITH(start_impatient, ends_connections_whose_header_block_stays_open),
        TEST_WITH(start_impatient, resets_only_the_stream_whose_body_stays_away),
        TEST_WITH(start_impatient, ends_connections_without_requests_and_says_so),
        TEST_WITH(start_impatient, keeps_connections_whose_request_is_being_worked_on),
        TEST_WITH(start_impatient, ends_connections_that_take_nothing_of_their_answers),
        TEST_WITH(start_impatient, leaves_readers_alone_that_are_slow_but_take_something),
        TEST_WITH(start_narrow, turns_away_connections_over_the_cap_and_takes_them_again),
        TEST_WITH(start_few, turns_away_connections_over_the_cap_and_takes_them_again),
        TEST_WITH(start_narrow, keeps_the_admin_socket_to_its_own_cap),
        TEST_WITH(start_narrow, asks_for_another_connection_after_so_many_requests),
        TEST_WITH(start_short_lived, asks_for_another_connection_after_so_long),
        TEST_WITH(start_small, bounds_what_unfinished_requests_of_a_connection_hold),
        TEST_WITH(start_small, bounds_what_fields_of_unfinished_requests_hold),
        TEST_WITH(start_small, ends_connections_whose_untaken_answers_hold_too_much),
        TEST_WITH(start_small, bounds_what_unfinished_requests_of_an_address_hold),
        TEST_WITH(start_small_in_all, ends_the_connection_that_holds_most_when_it_is_too_much_in_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
