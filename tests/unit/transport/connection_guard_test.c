/* The guard on real sockets: floods end their own connection and nobody else's, and what a client sends while a
 * write is blocked does not reach the library. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

enum { ENHANCE_YOUR_CALM = 11 };

/* A neighbour's request is answered, whatever happens elsewhere. */
static void assert_others_are_served(void)
{
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    assert_non_null(wire);
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    wire_close(wire);
}

/* Sends the frames; the error code of the GOAWAY that comes back before the end. */
static int flood(struct wire_frames *frames)
{
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    unsigned char payload[8] = {0};
    wire_frames_send(frames, wire); /* may be cut short */
    long length = wire_read_frame(wire, WIRE_GOAWAY, 0, payload, sizeof(payload));
    wire_close(wire);
    return length < 8 ? -1 : payload[7];
}

static const struct {
    enum metric metric;
    unsigned at_once; /* what is still allowed */
    uint8_t type, flags;
    uint32_t stream;
    const char *payload;
    size_t length;
} floods[] = {
    {METRIC_CUT_WINDOW_UPDATES, 2000, 8, 0, 0, "\0\0\0\x01", 4},
    {METRIC_CUT_SETTINGS, 19, 4, 0, 0, NULL, 0}, /* one comes with the preface */
    {METRIC_CUT_PINGS, 100, 6, 0, 0, "12345678", 8},
    {METRIC_CUT_PRIORITIES, 200, 2, 0, 1, "\0\0\0\0\x10", 5},
    {METRIC_CUT_EMPTY_DATA, 50, 0, 0, 1, NULL, 0},
    {METRIC_CUT_OTHER_FRAMES, 50, 7, 0, 0, "\0\0\0\0\0\0\0\0", 8},
};

static void prepare_flood(struct wire_frames *frames, size_t which, unsigned count)
{
    wire_frames_preface(frames);
    if (floods[which].type == 0) /* on a stream that is open */
        wire_frames_request(frames, 1, "POST", "/body", 5, 0, false);
    for (unsigned i = 0; i < count; i++)
        wire_frames_add(frames, floods[which].type, floods[which].flags, floods[which].stream,
                        floods[which].payload, floods[which].length);
}

static void ends_connections_that_flood_with_what_costs_them_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(floods) / sizeof(*floods); i++) {
        struct wire_frames frames = {0};
        int64_t before = metric_read(floods[i].metric);
        prepare_flood(&frames, i, floods[i].at_once + 20 + floods[i].at_once / 10);
        assert_int_equal(flood(&frames), ENHANCE_YOUR_CALM);
        assert_int_equal(metric_read(floods[i].metric), before + 1);
    }
    assert_others_are_served();
}

static void lets_as_many_frames_pass_as_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(floods) / sizeof(*floods); i++) {
        struct wire *wire = wire_open_tls(stage.tls_port, "h2");
        struct wire_frames frames = {0};
        bool was_reset;
        prepare_flood(&frames, i, floods[i].at_once);
        wire_frames_request(&frames, 3, "GET", "/hello", 6, 0, true);
        assert_true(wire_frames_send(&frames, wire));
        assert_int_equal(wire_read_status(wire, 3, &was_reset), 200);
        wire_close(wire);
    }
}

/* RFC 7541 section 6.1: 0x90 is a whole field, accept-encoding with its usual value. */
static void add_fields(struct wire_frames *frames, unsigned count)
{
    char block[1024] = "\x82\x87\x04\x06/hello\x01\x01"
                       "a";
    size_t length = strlen(block);
    memset(block + length, 0x90, count);
    wire_frames_preface(frames);
    wire_frames_add(frames, WIRE_HEADERS, WIRE_END_HEADERS | WIRE_END_STREAM, 1, block, length + count);
}

static void ends_connections_whose_fields_are_no_requests(void **state)
{
    (void)state;
    struct wire_frames frames = {0};
    int64_t before = metric_read(METRIC_CUT_HEADER_BLOCK);
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    bool was_reset;
    add_fields(&frames, 200); /* refused, and no more */
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 431);
    assert_int_equal(metric_read(METRIC_CUT_HEADER_BLOCK), before);
    wire_close(wire);
    add_fields(&frames, 201);
    assert_int_equal(flood(&frames), ENHANCE_YOUR_CALM);
    assert_int_equal(metric_read(METRIC_CUT_HEADER_BLOCK), before + 1);
    assert_int_equal(stage.calls, 0);
    assert_others_are_served();
}

static void ends_connections_that_reset_what_they_ask_for(void **state)
{
    (void)state;
    struct wire_frames frames = {0};
    int64_t before = metric_read(METRIC_CUT_RESETS);
    wire_frames_preface(&frames);
    for (uint32_t i = 0; i < 1000; i++) {
        wire_frames_request(&frames, 2 * i + 1, "GET", "/hello", 6, 0, true);
        wire_frames_reset(&frames, 2 * i + 1);
    }
    assert_int_equal(flood(&frames), ENHANCE_YOUR_CALM);
    assert_int_equal(metric_read(METRIC_CUT_RESETS), before + 1);
    assert_in_range(stage.calls, 0, 300); /* nor was much of it begun */
    assert_others_are_served();
}

/* "MadeYouReset" (CVE-2025-8671): frames that oblige the server to reset the stream itself. */
static void counts_streams_that_it_was_made_to_reset(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        struct wire_frames frames = {0};
        int64_t before = metric_read(METRIC_CUT_RESETS);
        struct wire *wire = wire_open_tls(stage.tls_port, "h2");
        wire_frames_preface(&frames);
        assert_true(wire_frames_send(&frames, wire));
        bool is_open = true;
        for (uint32_t i = 0; is_open && i < 400; i++) {
            uint32_t stream = 2 * i + 1;
            wire_frames_request(&frames, stream, "POST", "/hello", 6, 0, way != 2);
            if (way == 0)
                wire_frames_add(&frames, 8, 0, stream, "\0\0\0\0", 4); /* RFC 9113 section 6.9 */
            else if (way == 1)
                wire_frames_add(&frames, 0, 0, stream, "late", 4); /* section 5.1 */
            else
                wire_frames_add(&frames, 8, 0, stream, "\x7f\xff\xff\xff", 4); /* section 6.9.1 */
            if (i % 8 == 7)
                is_open = wire_frames_send(&frames, wire);
        }
        free(frames.bytes);
        assert_true(wire_read_end(wire));
        assert_int_equal(metric_read(METRIC_CUT_RESETS), before + 1);
        wire_close(wire);
    }
    assert_others_are_served();
}

static void refuses_header_blocks_that_are_too_large(void **state)
{
    (void)state;
    static const unsigned char bomb[16000] = {[0 ... 15999] = 0x82}; /* indexed fields, a byte each */
    struct wire_frames frames = {0};
    int64_t before = metric_read(METRIC_CUT_HEADER_BLOCK);
    wire_frames_preface(&frames);
    wire_frames_add(&frames, WIRE_HEADERS, 0, 1, bomb, sizeof(bomb));
    for (unsigned i = 0; i < 20; i++)
        wire_frames_add(&frames, 9, 0, 1, bomb, sizeof(bomb));
    assert_int_equal(flood(&frames), ENHANCE_YOUR_CALM);
    assert_int_equal(metric_read(METRIC_CUT_HEADER_BLOCK), before + 1);
    assert_others_are_served();
}

static void refuses_header_blocks_in_too_many_pieces(void **state)
{
    (void)state;
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_add(&frames, WIRE_HEADERS, 0, 1, "\x82", 1);
    for (unsigned i = 0; i < 150; i++)
        wire_frames_add(&frames, 9, 0, 1, "\x82", 1);
    assert_int_equal(flood(&frames), ENHANCE_YOUR_CALM);
    assert_int_equal(metric_read(METRIC_CUT_CONTINUATIONS), 1);
    assert_others_are_served();
}

/* --- writes that are blocked --- */

enum { BATCH = 30, BATCHES_MAX = 20 };
enum opening { OPEN_NOTHING, OPEN_BY_WINDOW_UPDATE, OPEN_BY_SETTINGS };

static bool reaches(unsigned calls)
{
    for (unsigned ms = 0; ms < 500; ms++) {
        if (stage.calls >= calls)
            return true;
        usleep(1000);
    }
    return false;
}

static void open_windows(struct wire_frames *frames, enum opening opening, uint32_t from, uint32_t to)
{
    if (opening == OPEN_BY_SETTINGS)
        wire_frames_add(frames, WIRE_SETTINGS, 0, 0, "\x00\x04\x00\x00\x40\x01", 6);
    for (uint32_t stream = from; opening == OPEN_BY_WINDOW_UPDATE && stream <= to; stream += 2)
        wire_frames_add(frames, 8, 0, stream, "\x00\x00\x00\x01", 4);
}

/* A client that asks until nothing more is taken, and reads nothing; the last stream it asked on. Each answer
 * takes the whole window of its stream in one frame, so that some stream always has its last bytes in the write
 * that is blocked; then the window is opened by one byte. */
static uint32_t block_a_write(struct wire *wire, enum opening opening)
{
    struct wire_frames frames = {0};
    uint32_t first = 1;
    wire_frames_preface(&frames);
    wire_frames_add(&frames, 8, 0, 0, "\x7f\x00\x00\x00", 4);
    for (unsigned batch = 1; batch <= BATCHES_MAX; batch++, first += 2 * BATCH) {
        if (batch == 1 || opening == OPEN_BY_SETTINGS)
            wire_frames_add(&frames, WIRE_SETTINGS, 0, 0, "\x00\x04\x00\x00\x40\x00", 6);
        for (uint32_t i = 0; i < BATCH; i++)
            wire_frames_request(&frames, first + 2 * i, "GET", "/frame", 6, 0, true);
        assert_true(wire_frames_send(&frames, wire));
        bool is_blocked = !reaches(batch * BATCH);
        open_windows(&frames, opening, first, first + 2 * (BATCH - 1));
        assert_true(opening == OPEN_NOTHING || wire_frames_send(&frames, wire));
        if (is_blocked)
            return first + 2 * (BATCH - 1);
    }
    fail_msg("%s", "no write was ever blocked");
    return 0;
}

/* libh2o 2.2.5 aborts when the window of a stream opens while its last bytes are in a write that is blocked. */
static void survives_windows_that_open_while_a_write_is_blocked(void **state)
{
    (void)state;
    for (enum opening opening = OPEN_BY_WINDOW_UPDATE; opening <= OPEN_BY_SETTINGS; opening++) {
        struct wire *wire = wire_open_tls_window(stage.tls_port, "h2", 4096);
        stage.calls = 0;
        block_a_write(wire, opening);
        usleep(100 * 1000);
        assert_others_are_served();
        wire_close(wire);
    }
}

/* What was withheld is not lost: the requests that came meanwhile are answered once the client reads. */
static void answers_what_came_while_a_write_was_blocked(void **state)
{
    (void)state;
    bool was_reset;
    struct wire *wire = wire_open_tls_window(stage.tls_port, "h2", 4096);
    uint32_t last = block_a_write(wire, OPEN_NOTHING);
    assert_int_equal(wire_read_status(wire, last, &was_reset), 200);
    assert_int_equal(stage.calls, (last + 1) / 2);
    wire_close(wire);
}

/* The window of the whole connection closes with a write that was blocked, so the library has nothing to write
 * and says nothing when that write has ended; what opens the window again came meanwhile and was withheld. */
static void goes_on_when_the_window_was_opened_while_a_write_was_blocked(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls_window(stage.tls_port, "h2", 4096);
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    wire_frames_add(&frames, 8, 0, 0, "\x00\x10\x00\x00", 4);
    for (uint32_t stream = 1; stream < 180; stream += 2)
        wire_frames_request(&frames, stream, "GET", "/frame", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(reaches(80)); /* 16 KiB each: more than the window */
    usleep(100 * 1000);
    wire_frames_add(&frames, 8, 0, 0, "\x00\x10\x00\x00", 4);
    wire_frames_request(&frames, 181, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    usleep(100 * 1000);
    assert_int_equal(wire_read_status(wire, 181, &was_reset), 200);
    wire_close(wire);
}

/* --- drain --- */

/* A CONTINUATION on a connection that has sent its last GOAWAY keeps libh2o 2.2.5 busy for ever, where the
 * block began before. None is sent while a block is open; where one comes all the same, the connection is cut.
 */
static void ends_connections_that_send_continuation_in_a_drain(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&stage.held_count, 1));
    stage_drain();
    usleep(1600 * 1000); /* the last GOAWAY comes after a second */
    wire_frames_add(&frames, WIRE_HEADERS, 0, 3, "\x82", 1);
    wire_frames_add(&frames, 9, 0, 3, "\x82", 1);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(wire_read_end(wire));
    stage_release();
    assert_true(stage_wait(&stage.idle_calls, 1));
    assert_int_equal(metric_read(METRIC_CUT_CONTINUATION_IN_DRAIN), 1);
    wire_close(wire);
}

static void waits_with_the_last_goaway_for_a_request_that_has_begun_to_arrive(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "POST", "/echo", 5, 0, false);
    wire_frames_add(&frames, WIRE_DATA, 0, 1, "ab", 2);
    assert_true(wire_frames_send(&frames, wire));
    usleep(200 * 1000);
    stage_drain();
    usleep(2600 * 1000);
    wire_frames_add(&frames, WIRE_DATA, WIRE_END_STREAM, 1, "c", 1);
    assert_true(wire_frames_send(&frames, wire));
    bool was_reset;
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    assert_true(stage_wait(&stage.idle_calls, 1));
    wire_close(wire);
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(ends_connections_that_flood_with_what_costs_them_nothing),
        STAGE_TEST(lets_as_many_frames_pass_as_it_says),
        STAGE_TEST(ends_connections_whose_fields_are_no_requests),
        STAGE_TEST(ends_connections_that_reset_what_they_ask_for),
        STAGE_TEST(counts_streams_that_it_was_made_to_reset),
        STAGE_TEST(refuses_header_blocks_that_are_too_large),
        STAGE_TEST(refuses_header_blocks_in_too_many_pieces),
        STAGE_TEST(survives_windows_that_open_while_a_write_is_blocked),
        STAGE_TEST(answers_what_came_while_a_write_was_blocked),
        STAGE_TEST(goes_on_when_the_window_was_opened_while_a_write_was_blocked),
        STAGE_TEST(ends_connections_that_send_continuation_in_a_drain),
        STAGE_TEST(waits_with_the_last_goaway_for_a_request_that_has_begun_to_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
