/* The relay listener: its methods, its bodies, its headers. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streaming.h"

static void send_body_to(struct wire *wire, const char *path, size_t length)
{
    struct wire_frames frames = {0};
    char *body = calloc(1, PIECE);
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "PUT", path, strlen(path), 0, false);
    for (size_t at = 0; at < length; at += PIECE) {
        size_t now = length - at < PIECE ? length - at : PIECE;
        wire_frames_add(&frames, WIRE_DATA, at + now == length ? WIRE_END_STREAM : 0, 1, body, now);
    }
    assert_true(wire_frames_send(&frames, wire));
    free(body);
}

static void send_body(struct wire *wire, size_t length)
{
    send_body_to(wire, "/body", length);
}

static void takes_bodies_up_to_eight_mebibytes(void **state)
{
    (void)state;
    bool was_reset;
    char length[16] = "";
    struct wire *wire = wire_open_tls(stage.relay_port, "h2");
    send_body(wire, 8 << 20);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, length, sizeof(length)), 7);
    assert_string_equal(length, "8388608");
    wire_close(wire);
    wire = wire_open_tls(stage.relay_port, "h2");
    send_body(wire, (8 << 20) + 1);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 413);
    wire_close(wire);
    wire = wire_open_tls(stage.tls_port, "h2"); /* elsewhere nothing has changed */
    send_body(wire, (64 << 10) + 1);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 413);
    wire_close(wire);
}

static void takes_them_over_http1_as_well(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        char head[128];
        struct wire *wire = wire_open_tls(stage.relay_port, "http/1.1");
        char *body = calloc(1, (8 << 20) + more);
        snprintf(head, sizeof(head), "PATCH /body HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                 (8 << 20) + more);
        assert_true(wire_write_text(wire, head));
        assert_true(wire_write(wire, body, (8 << 20) + more));
        assert_true(wire_read_until(wire, more == 0 ? "\r\n\r\n8388608" : "HTTP/1.1 413"));
        free(body);
        wire_close(wire);
    }
}

static int start_with_little_in_all(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    /* A body of 64 KiB in buffers that double, and what is read; and thrice 8 MiB for what is relayed. */
    limits.unfinished_bytes = 256 * 1024;
    stage_start_with(&limits);
    return 0;
}

static void counts_what_relayed_bodies_hold_apart_from_the_rest(void **state)
{
    (void)state;
    struct wire *wires[4];
    bool was_reset;
    for (unsigned i = 0; i < 4; i++) {
        wires[i] = wire_open_tls(stage.relay_port, "h2");
        send_body_to(wires[i], "/hold", 8 << 20);
        if (i < 3)
            assert_true(stage_wait(&stage.held_count, i + 1));
    }
    assert_int_equal(wire_read_status(wires[3], 1, &was_reset), 503); /* no fourth one */
    struct wire *other = wire_open_tls(stage.tls_port, "h2");
    send_body(other, 64 << 10);
    assert_int_equal(wire_read_status(other, 1, &was_reset), 200);
    stage_release();
    assert_int_equal(wire_read_status(wires[0], 1, &was_reset), 200);
    wire_close(other);
    for (unsigned i = 0; i < 4; i++)
        wire_close(wires[i]);
}

static void hands_over_every_method_but_connect_and_trace(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET",    "POST",    "PUT",     "PATCH",
                                          "DELETE", "OPTIONS", "CONNECT", "TRACE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        struct wire *wire = streaming_open_http1(methods[i], "/echo");
        char wanted[32];
        snprintf(wanted, sizeof(wanted), "\r\n\r\n%s /echo", methods[i]);
        if (i < 6) {
            assert_true(wire_read_until(wire, wanted));
            assert_true(wire_read_until(wire, " relay"));
        } else {
            assert_true(wire_read_until(wire, "HTTP/1.1 405"));
        }
        wire_close(wire);
    }
}

static void names_every_header_of_a_request(void **state)
{
    (void)state;
    struct wire *wire = streaming_open_http1("GET", "/headers");
    assert_true(wire_read_until(wire, "x-mixed=One;"));
    wire_close(wire);
}

int main(void)
{
#define TEST(name)       cmocka_unit_test_setup_teardown(name, streaming_start, streaming_stop)
#define TEST_USUAL(name) cmocka_unit_test_setup_teardown(name, streaming_start_usual, streaming_stop)
    const struct CMUnitTest tests[] = {
        TEST_USUAL(takes_bodies_up_to_eight_mebibytes),
        TEST_USUAL(takes_them_over_http1_as_well),
        cmocka_unit_test_setup_teardown(counts_what_relayed_bodies_hold_apart_from_the_rest,
                                        start_with_little_in_all, streaming_stop),
        TEST(hands_over_every_method_but_connect_and_trace),
        TEST(names_every_header_of_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
