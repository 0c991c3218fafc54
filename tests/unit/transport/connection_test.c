/* Connections: the protocols they speak, and the caps on what is in flight. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

enum { LIMIT = 6, LIMIT_PER_CONNECTION = 4 };

static int set_up_limits(void **state)
{
    (void)state;
    stage_start(1, LIMIT, LIMIT_PER_CONNECTION);
    return 0;
}

/* Holds this many requests on one connection and asks for one more; the status of that one. */
static int hold_and_ask(struct wire *wire, unsigned held)
{
    struct wire_frames frames = {0};
    bool was_reset;
    unsigned before = stage.held_count;
    wire_frames_preface(&frames);
    for (unsigned i = 0; i < held; i++)
        wire_frames_request(&frames, 2 * i + 1, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&stage.held_count, before + held));
    wire_frames_request(&frames, 2 * held + 1, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    return wire_read_status(wire, 2 * held + 1, &was_reset);
}

static void answers_503_over_the_cap_of_a_connection(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2"), *other = wire_open_tls(stage.tls_port, "h2");
    assert_int_equal(hold_and_ask(wire, LIMIT_PER_CONNECTION), 503);
    assert_int_equal(hold_and_ask(other, 0), 200); /* its neighbour is not held back */
    stage_release();
    wire_close(wire);
    wire_close(other);
}

static void answers_503_over_the_cap_of_the_server_and_recovers(void **state)
{
    (void)state;
    struct wire *first = wire_open_tls(stage.tls_port, "h2"), *second = wire_open_tls(stage.tls_port, "h2");
    assert_int_equal(hold_and_ask(first, LIMIT_PER_CONNECTION - 1), 200);
    assert_int_equal(hold_and_ask(second, LIMIT - (LIMIT_PER_CONNECTION - 1)), 503);
    struct wire *http1 = wire_open_tcp(stage.clear_port);
    assert_true(wire_write_text(http1, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(http1, "\"}"));
    assert_non_null(strstr(wire_received(http1), "HTTP/1.1 503 Service Unavailable\r\n"));
    assert_non_null(strstr(wire_received(http1), "retry-after: 1\r\n"));
    assert_non_null(strstr(wire_received(http1), "{\"error\":\"temporarily_unavailable\""));
    stage_release();
    wire_forget(http1);
    assert_true(wire_write_text(http1, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(http1, "hello"));
    wire_close(first);
    wire_close(second);
    wire_close(http1);
}

static void answers_who_watches_when_it_answers_nobody_else(void **state)
{
    (void)state;
    struct wire *first = wire_open_tls(stage.tls_port, "h2"), *second = wire_open_tls(stage.tls_port, "h2");
    assert_int_equal(hold_and_ask(first, LIMIT_PER_CONNECTION - 1), 200);
    assert_int_equal(hold_and_ask(second, LIMIT - (LIMIT_PER_CONNECTION - 1)), 503);
    struct wire *watching = wire_open_tcp(stage.monitoring_port);
    assert_true(wire_write_text(watching, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(watching, "hello"));
    assert_non_null(strstr(wire_received(watching), "HTTP/1.1 200 OK\r\n"));
    stage_release();
    wire_close(first);
    wire_close(second);
    wire_close(watching);
}

/* A client that resets what it asked for frees its stream, but not the work. */
static void counts_orphans_against_the_caps(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    for (unsigned i = 0; i < LIMIT_PER_CONNECTION; i++)
        wire_frames_request(&frames, 2 * i + 1, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&stage.held_count, LIMIT_PER_CONNECTION));
    for (unsigned i = 0; i < LIMIT_PER_CONNECTION; i++)
        wire_frames_reset(&frames, 2 * i + 1);
    wire_frames_request(&frames, 101, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 101, &was_reset), 503);
    assert_int_equal(stage.gone, LIMIT_PER_CONNECTION);
    wire_close(wire);

    wire = wire_open_tls(stage.tls_port, "h2"); /* nor does a new connection help */
    assert_int_equal(hold_and_ask(wire, LIMIT - LIMIT_PER_CONNECTION), 503);
    stage_release();
    wire_frames_request(&frames, 103, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 103, &was_reset), 200);
    wire_close(wire);
}

/* --- bytes --- */

enum { BODY = 60 * 1024, PER_CONNECTION = 17 };

/* Room for seventeen such bodies on a connection, for twice as many of an address. */
static int set_up_bytes(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.unfinished_bytes_per_connection = 1024 * 1024;
    limits.unfinished_bytes_per_address = 2 * 1024 * 1024;
    stage_start_with(&limits);
    return 0;
}

static void send_body(struct wire *wire, uint32_t stream, const char *path)
{
    static const char bytes[BODY];
    struct wire_frames frames = {0};
    if (stream == 1)
        wire_frames_preface(&frames);
    wire_frames_request(&frames, stream, "POST", path, 5, 0, false);
    for (size_t at = 0; at < BODY; at += BODY / 4)
        wire_frames_add(&frames, WIRE_DATA, at + BODY / 4 == BODY ? WIRE_END_STREAM : 0, stream, bytes,
                        BODY / 4);
    assert_true(wire_frames_send(&frames, wire));
}

static void hold_bodies(struct wire *wire, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned before = stage.held_count;
        send_body(wire, 2 * i + 1, "/hold");
        assert_true(stage_wait(&stage.held_count, before + 1));
    }
}

static int ask_with_body(struct wire *wire, uint32_t stream)
{
    bool was_reset;
    send_body(wire, stream, "/body");
    return wire_read_status(wire, stream, &was_reset);
}

static void answers_503_when_what_is_in_flight_holds_too_much(void **state)
{
    (void)state;
    struct wire *first = wire_open_tls(stage.tls_port, "h2"), *second = wire_open_tls(stage.tls_port, "h2"),
                *third = wire_open_tls(stage.tls_port, "h2");
    hold_bodies(first, PER_CONNECTION);
    assert_int_equal(ask_with_body(first, 2 * PER_CONNECTION + 1), 503);
    hold_bodies(second, PER_CONNECTION);
    assert_int_equal(ask_with_body(third, 1), 503);
    wire_close(second);
    assert_true(stage_wait(&stage.gone, PER_CONNECTION));
    assert_int_equal(ask_with_body(third, 3), 503); /* what is worked on stays, also when nobody waits for it */
    stage_release();
    assert_int_equal(ask_with_body(third, 5), 200);
    assert_int_equal(ask_with_body(first, 2 * PER_CONNECTION + 3), 200);
    wire_close(first);
    wire_close(third);
}

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static void holds_a_body_once(void **state)
{
    (void)state;
    if (__sanitizer_get_current_allocated_bytes == NULL)
        skip();
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    hold_bodies(wire, 1);
    size_t before = __sanitizer_get_current_allocated_bytes();
    for (uint32_t stream = 3; stream < 3 + 2 * 16; stream += 2) {
        unsigned held = stage.held_count;
        send_body(wire, stream, "/hold");
        assert_true(stage_wait(&stage.held_count, held + 1));
    }
    /* The body and what any request takes. */
    assert_in_range(__sanitizer_get_current_allocated_bytes() - before, 16 * BODY, 16 * (BODY + 48 * 1024));
    stage_release();
    wire_close(wire);
}

static void speaks_http1_where_the_client_asks_for_it(void **state)
{
    (void)state;
    static const char *const offers[] = {"http/1.1", NULL};
    for (size_t i = 0; i < 2; i++) {
        struct wire *wire = wire_open_tls(stage.tls_port, offers[i]);
        for (unsigned round = 0; round < 3; round++) { /* keep-alive */
            wire_forget(wire);
            assert_true(wire_write_text(wire, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
            assert_true(wire_read_until(wire, "\r\n\r\nhello"));
        }
        wire_close(wire);
    }
}

static void never_upgrades_cleartext_to_http2(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.clear_port);
    assert_true(wire_write_text(wire,
                                "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                                "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"));
    assert_true(wire_read_until(wire, "\r\n\r\nhello"));
    assert_null(strstr(wire_received(wire), "101"));
    wire_close(wire);
    wire = wire_open_tcp(stage.clear_port);
    assert_true(wire_write_text(wire, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    assert_true(wire_read_end(wire));
    wire_close(wire);
}

static void closes_connections_that_do_not_speak_tls(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.tls_port);
    assert_true(wire_write_text(wire, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_end(wire));
    assert_null(strstr(wire_received(wire), "hello"));
    wire_close(wire);
    for (unsigned tenths = 0; metric_read(METRIC_CONNECTIONS_OPEN) != 0 && tenths < 1000; tenths++)
        usleep(1000);
    assert_int_equal(metric_read(METRIC_CONNECTIONS_OPEN), 0);
    assert_int_equal(stage.calls, 0);
}

#define LIMIT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up_limits, stage_tear_down)
#define BYTES_TEST(function) cmocka_unit_test_setup_teardown(function, set_up_bytes, stage_tear_down)
#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT_TEST(answers_503_over_the_cap_of_a_connection),
        LIMIT_TEST(answers_503_over_the_cap_of_the_server_and_recovers),
        LIMIT_TEST(answers_who_watches_when_it_answers_nobody_else),
        LIMIT_TEST(counts_orphans_against_the_caps),
        BYTES_TEST(answers_503_when_what_is_in_flight_holds_too_much),
        STAGE_TEST(holds_a_body_once),
        STAGE_TEST(speaks_http1_where_the_client_asks_for_it),
        STAGE_TEST(never_upgrades_cleartext_to_http2),
        STAGE_TEST(closes_connections_that_do_not_speak_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
