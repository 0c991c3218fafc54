/* What becomes of a request before its handler is called: cancelled with its stream, refused, or handed on,
 * also with a body that is too large. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

/* --- resets --- */

enum { RESETS = 90 };

static void never_starts_a_request_whose_stream_was_reset_in_the_same_burst(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    int64_t cancelled = metric_read(METRIC_REQUESTS_CANCELLED);
    wire_frames_preface(&frames);
    for (uint32_t i = 0; i < RESETS; i++) {
        wire_frames_request(&frames, 2 * i + 1, "GET", "/hold", 5, 0, true);
        wire_frames_reset(&frames, 2 * i + 1);
    }
    wire_frames_request(&frames, 2 * RESETS + 1, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 2 * RESETS + 1, &was_reset), 200);
    assert_int_equal(stage.calls, 1); /* the last one alone */
    assert_int_equal(metric_read(METRIC_REQUESTS_CANCELLED) - cancelled, RESETS);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
    wire_close(wire);
}

/* --- bodies --- */

static int send_body_http1(size_t length)
{
    char *body = calloc(1, length + 1), head[128];
    struct wire *wire = wire_open_tls(stage.tls_port, "http/1.1");
    memset(body, 'a', length);
    snprintf(head, sizeof(head),
             "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", length);
    wire_write_text(wire, head);
    wire_write(wire, body, length);
    assert_true(wire_read_until(wire, "\r\n\r\n"));
    int status = (int)strtol(wire_received(wire) + strlen("HTTP/1.1 "), NULL, 10);
    wire_close(wire);
    free(body);
    return status;
}

static int send_body_http2(size_t length, bool *was_reset)
{
    enum { CHUNK = 16384 };
    static const char bytes[CHUNK] = "a";
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "POST", "/body", 5, 0, false);
    for (size_t left = length; left != 0;) {
        size_t now = left < CHUNK ? left : CHUNK;
        left -= now;
        wire_frames_add(&frames, WIRE_DATA, left == 0 ? WIRE_END_STREAM : 0, 1, bytes, now);
    }
    wire_frames_send(&frames, wire);
    int status = wire_read_status(wire, 1, was_reset);
    wire_close(wire);
    return status;
}

static void hands_a_body_over_the_limit_on_as_too_large_on_both_protocols(void **state)
{
    (void)state;
    bool was_reset;
    assert_int_equal(send_body_http1(64 * 1024), 200);
    assert_int_equal(send_body_http1(64 * 1024 + 1), 413);
    assert_int_equal(send_body_http1(1024 * 1024), 413);
    assert_int_equal(send_body_http2(64 * 1024, &was_reset), 200);
    assert_int_equal(send_body_http2(64 * 1024 + 1, &was_reset), 413);
    assert_false(was_reset);
    assert_int_equal(stage.calls, 5);
}

static void leaves_a_body_beyond_two_mebibytes_to_the_library(void **state)
{
    (void)state;
    bool was_reset;
    assert_int_equal(send_body_http1(2 * 1024 * 1024 + 1), 413);
    send_body_http2(2 * 1024 * 1024 + 1, &was_reset);
    assert_true(was_reset);
    assert_int_equal(stage.calls, 0);
}

/* --- odd requests --- */

static int ask_http2(const char *path, size_t length, unsigned headers)
{
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", path, length, headers, true);
    assert_true(wire_frames_send(&frames, wire));
    int status = wire_read_status(wire, 1, &was_reset);
    if (was_reset)
        status = 0; /* the library's own refusal */
    wire_close(wire);
    return status;
}

static void refuses_odd_paths_before_the_handler(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t length;
    } odd[] = {
        {"hello", 5},         {"*", 1},        {"http://a/hello", 14}, {"/hello\0x", 8}, {"/hello%00", 9},
        {"/hello?a=%00", 12}, {"/hel\tlo", 7}, {"/hello\r\nX: y", 12}, {"/hel lo", 7},   {"/hell\xc3\xb6", 7},
        {"/hello\x7f", 7},
    };
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        int status = ask_http2(odd[i].path, odd[i].length, 0);
        if (status != 400 && status != 0)
            fail_msg("path %zu was answered with %d", i, status);
    }
    char longest[8 * 1024 + 2];
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    assert_int_equal(ask_http2(longest, 8 * 1024, 0), 404);
    assert_int_equal(ask_http2(longest, 8 * 1024 + 1, 0), 400);
    assert_int_equal(stage.calls, 1);
}

static void refuses_more_than_a_hundred_headers(void **state)
{
    (void)state;
    assert_int_equal(ask_http2("/hello", 6, 100), 200);
    assert_int_equal(ask_http2("/hello", 6, 101), 431);
    assert_int_equal(stage.calls, 1);
}

/* One field of 3900 bytes, and references to it of one byte each (RFC 7541 section 6.1: 190 is the newest
 * entry).
 */
static int ask_with_references(unsigned references)
{
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    SCOPED_BUFFER block = {0};
    bool was_reset;
    buffer_print(&block,
                 "\x82\x87\x04\x06/hello\x01\x01"
                 "a\x40\x03x-a\x7f\xbd\x1d%03900d",
                 0);
    for (unsigned i = 0; i < references; i++)
        buffer_print(&block, "\xbe");
    wire_frames_preface(&frames);
    wire_frames_add(&frames, WIRE_HEADERS, WIRE_END_HEADERS | WIRE_END_STREAM, 1, buffer_text(&block).base,
                    buffer_text(&block).length);
    assert_true(wire_frames_send(&frames, wire));
    int status = wire_read_status(wire, 1, &was_reset);
    wire_close(wire);
    return status;
}

static void refuses_heads_that_expand_to_more_than_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(ask_with_references(7), 200);
    assert_int_equal(ask_with_references(8), 431); /* 32 KiB are accepted */
    assert_int_equal(ask_with_references(90), 431);
    assert_int_equal(stage.calls, 1);
}

static void says_in_json_why_it_refuses(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.clear_port);
    assert_true(wire_write_text(wire, "GET /a%00b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "HTTP/1.1 400 Bad Request\r\n"));
    assert_non_null(strstr(wire_received(wire), "content-type: application/json\r\n"));
    assert_non_null(strstr(wire_received(wire), "cache-control: no-store\r\n"));
    assert_non_null(
        strstr(wire_received(wire), "{\"error\":\"invalid_request\",\"error_description\":\"The request"));
    wire_close(wire);
}

/* Fields of HPACK's static table by number (RFC 7541 appendix A): 1 :authority, 4 :path, 28 content-length, 38
 * host. */
static void refuses_http2_fields_that_contradict_each_other(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"\x82\x87\x04\x06/hello\x01\x01"
         "a",
         200},
        {"\x82\x87\x04\x06/hello\x01\x01"
         "a\x0f\x17\x01"
         "a",
         200},
        {"\x82\x87\x04\x06/hello\x01\x01"
         "a\x0f\x17\x01"
         "b",
         400},
        {"\x82\x87\x04\x06/hello\x01\x03u@a", 400},
        {"\x82\x87\x04\x06/hello\x01\x01"
         "a\x0f\x0d\x01"
         "5",
         400},
        {"\x02\x03G(T\x87\x04\x06/hello\x01\x01"
         "a",
         400},
        {"\x82\x87\x04\x08/hello#a\x01\x01"
         "a",
         400},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct wire *wire = wire_open_tls(stage.tls_port, "h2");
        struct wire_frames frames = {0};
        bool was_reset;
        wire_frames_preface(&frames);
        wire_frames_add(&frames, WIRE_HEADERS, WIRE_END_HEADERS | WIRE_END_STREAM, 1, cases[i].fields,
                        strlen(cases[i].fields));
        assert_true(wire_frames_send(&frames, wire));
        assert_int_equal(wire_read_status(wire, 1, &was_reset), cases[i].status);
        wire_close(wire);
    }
    assert_int_equal(stage.calls, 2);
}

static void refuses_fields_without_a_name(void **state)
{
    (void)state;
    static const char block[] = "\x82\x87\x04\x06/hello\x01\x01"
                                "a\0\0\x01v";
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    wire_frames_add(&frames, WIRE_HEADERS, WIRE_END_HEADERS | WIRE_END_STREAM, 1, block, sizeof(block) - 1);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 400);
    assert_int_equal(stage.calls, 0);
    wire_close(wire);
}

/* A body of four bytes, and a field after it. */
static void add_request_with_trailers(struct wire_frames *frames, uint32_t stream, bool is_in_pieces)
{
    static const char field[] = "\0\x06x-test\x05later";
    wire_frames_request(frames, stream, "POST", "/echo", 5, 0, false);
    wire_frames_add(frames, WIRE_DATA, 0, stream, "body", 4);
    if (is_in_pieces) {
        wire_frames_add(frames, WIRE_HEADERS, WIRE_END_STREAM, stream, field, 8);
        wire_frames_add(frames, WIRE_CONTINUATION, WIRE_END_HEADERS, stream, field + 8, sizeof(field) - 9);
    } else {
        wire_frames_add(frames, WIRE_HEADERS, WIRE_END_HEADERS | WIRE_END_STREAM, stream, field,
                        sizeof(field) - 1);
    }
}

static void refuses_requests_with_trailers(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    add_request_with_trailers(&frames, 1, false);
    add_request_with_trailers(&frames, 3, true);
    wire_frames_request(&frames, 5, "POST", "/body", 5, 0, false);
    wire_frames_add(&frames, WIRE_DATA, WIRE_END_STREAM, 5, "body", 4);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 400);
    assert_int_equal(wire_read_status(wire, 3, &was_reset), 400);
    assert_int_equal(wire_read_status(wire, 5, &was_reset), 200);
    assert_int_equal(stage.calls, 1);
    wire_close(wire);
}

/* h2o lets requests wait when as many are worked on as it allows; one that did would be handed over too late to
 * tell. With a window of nothing (RFC 9113 section 6.5.2) no stream ends. */
static void refuses_them_also_on_the_last_stream_there_may_be(void **state)
{
    (void)state;
    enum { STREAMS_MAX = 100 };
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    wire_frames_add(&frames, WIRE_SETTINGS, 0, 0, "\0\x04\0\0\0\0", 6);
    for (uint32_t i = 0; i < STREAMS_MAX - 1; i++)
        wire_frames_request(&frames, 2 * i + 1, "GET", "/hello", 6, 0, true);
    add_request_with_trailers(&frames, 2 * STREAMS_MAX - 1, false);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 2 * STREAMS_MAX - 1, &was_reset), 400);
    wire_close(wire);
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(never_starts_a_request_whose_stream_was_reset_in_the_same_burst),
        STAGE_TEST(hands_a_body_over_the_limit_on_as_too_large_on_both_protocols),
        STAGE_TEST(leaves_a_body_beyond_two_mebibytes_to_the_library),
        STAGE_TEST(refuses_odd_paths_before_the_handler),
        STAGE_TEST(refuses_more_than_a_hundred_headers),
        STAGE_TEST(refuses_http2_fields_that_contradict_each_other),
        STAGE_TEST(refuses_heads_that_expand_to_more_than_is_accepted),
        STAGE_TEST(refuses_fields_without_a_name),
        STAGE_TEST(refuses_requests_with_trailers),
        STAGE_TEST(refuses_them_also_on_the_last_stream_there_may_be),
        STAGE_TEST(says_in_json_why_it_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
