/* Answers in pieces on a relay listener: at once, held back, cut off, reset under, drained; over HTTP/2 and
 * HTTP/1.1, for clients that read and clients that do not. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/http_client.h"
#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

enum { PIECE = 16 * 1024, PIECES = 240, WAITING_MAX = 256 * 1024 };

/* --- the handler --- */

/* One at a time is told what to do by the test; those that pour go on by themselves. */
struct pouring {
    struct request *request;
    unsigned left;
    bool is_gone;
};

static struct request *_Atomic kept;
static _Atomic unsigned begun, gone, ready, ended, poured, most_poured_at_once;
static char piece[PIECE];

static void fill_piece(void)
{
    for (size_t i = 0; i < sizeof(piece); i++)
        piece[i] = (char)('a' + i % 23);
}

static void begin_with(struct request *request, int status, const struct response_header *headers, size_t count)
{
    struct response head = {status, TEXT("text/event-stream"), TEXT_NONE, headers, count};
    request_begin_answer(request, &head);
    atomic_fetch_add(&begun, 1);
}

static void begin(struct request *request)
{
    begin_with(request, 200, NULL, 0);
}

static void pour(void *context)
{
    struct pouring *pouring = context;
    unsigned at_once = 0;
    bool has_room = true;
    while (has_room && pouring->left != 0 && !pouring->is_gone) {
        has_room = request_send(pouring->request, (struct text){piece, sizeof(piece)});
        pouring->left--;
        at_once++;
        atomic_fetch_add(&poured, 1);
    }
    if (at_once > atomic_load(&most_poured_at_once))
        atomic_store(&most_poured_at_once, at_once);
    if (pouring->left == 0) {
        request_end_answer(pouring->request, true);
        atomic_fetch_add(&ended, 1);
        free(pouring);
    }
}

static void stop_pouring(void *context)
{
    struct pouring *pouring = context;
    atomic_fetch_add(&gone, 1);
    request_end_answer(pouring->request, false);
    free(pouring);
}

static void note_ready(void *context)
{
    (void)context;
    atomic_fetch_add(&ready, 1);
}

static void note_gone(void *context)
{
    struct request *request = context;
    atomic_fetch_add(&gone, 1);
    if (request == atomic_load(&kept))
        atomic_store(&kept, NULL);
    request_end_answer(request, true);
}

static void start_pouring(struct request *request)
{
    struct pouring *pouring = calloc(1, sizeof(*pouring));
    *pouring = (struct pouring){.request = request, .left = PIECES};
    request_on_gone(request, stop_pouring, pouring);
    begin(request);
    request_on_ready(request, pour, pouring);
    pour(pouring);
}

static void keep(struct request *request)
{
    request_on_gone(request, note_gone, request);
    begin(request);
    request_on_ready(request, note_ready, NULL);
    request_send(request, TEXT("data: first\n\n"));
    atomic_store(&kept, request);
}

static void promise(struct request *request, const char *sent)
{
    static const struct response_header headers[] = {
        {"content-length", {"5", 1}}, {"connection", {"x-gone", 6}}, {"x-kept", {"yes", 3}}};
    begin_with(request, 404, headers, 3);
    request_send(request, text_of(sent));
    request_end_answer(request, true);
}

static void list_headers(struct request *request)
{
    struct text name, value;
    begin(request);
    for (size_t i = 0; request_header_at(request, i, &name, &value); i++) {
        request_send(request, name);
        request_send(request, TEXT("="));
        request_send(request, value);
        request_send(request, TEXT(";"));
    }
    request_end_answer(request, true);
}

static void handle(struct request *request)
{
    struct text path = request_path(request);
    if (text_is(path, "/pour")) {
        start_pouring(request);
    } else if (text_is(path, "/keep")) {
        keep(request);
    } else if (text_is(path, "/exact")) {
        promise(request, "12345");
    } else if (text_is(path, "/short")) {
        promise(request, "1234");
    } else if (text_is(path, "/long")) {
        promise(request, "123456");
    } else if (text_is(path, "/headers")) {
        list_headers(request);
    } else {
        begin_with(request, text_is(path, "/missing") ? 404 : 200, NULL, 0);
        request_send(request, text_is(path, "/empty") ? TEXT_NONE : TEXT("some"));
        request_end_answer(request, !text_is(path, "/broken"));
    }
}

/* Done on the loop for the request that is kept. */
struct command {
    struct loop_message message;
    struct text text;
    bool ends, is_whole;
    _Atomic unsigned is_done;
};

static void obey(struct loop_message *message)
{
    struct command *command = (struct command *)(void *)message;
    struct request *request = atomic_load(&kept);
    if (request != NULL && command->text.length != 0)
        request_send(request, command->text);
    if (request != NULL && command->ends) {
        atomic_store(&kept, NULL);
        request_end_answer(request, command->is_whole);
    }
    atomic_store(&command->is_done, 1);
}

static void tell(struct command *command)
{
    command->message.run = obey;
    loop_post(stage.loops[0], &command->message);
    assert_true(stage_wait(&command->is_done, 1));
}

static void say(const char *text)
{
    struct command command = {.text = text_of(text)};
    tell(&command);
}

static void finish(bool is_whole)
{
    struct command command = {.ends = true, .is_whole = is_whole};
    tell(&command);
}

static void wait_until_kept(void)
{
    for (unsigned ms = 0; ms < 5000 && atomic_load(&kept) == NULL; ms++)
        usleep(1000);
    assert_non_null(atomic_load(&kept));
}

/* --- set up --- */

static void forget(void)
{
    stage_handle_other = handle;
    fill_piece();
    atomic_store(&kept, NULL);
    begun = gone = ready = ended = poured = most_poured_at_once = 0;
}

static int start(void **state)
{
    (void)state;
    forget();
    stage_start(1, 4096, 128);
    return 0;
}

static int start_impatient(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    forget();
    limits.write_stall_s = 1;
    stage_start_with(&limits);
    return 0;
}

static int start_usual(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    forget();
    stage_start_with(&limits);
    return 0;
}

static int start_tight(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    forget();
    limits.unfinished_bytes_per_connection = 0; /* and thrice 8 MiB for the relay */
    stage_start_with(&limits);
    return 0;
}

static void wait_for_none_in_flight(void)
{
    for (unsigned ms = 0; ms < 5000 && metric_read(METRIC_REQUESTS_IN_FLIGHT) != 0; ms++)
        usleep(1000);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
}

static int stop(void **state)
{
    stage_tear_down(state);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
    return 0;
}

/* --- clients --- */

static struct wire *open_http2(const char *path, bool has_shut_windows)
{
    struct wire *wire = wire_open_tls(stage.relay_port, "h2");
    struct wire_frames frames = {0};
    assert_non_null(wire);
    wire_frames_preface(&frames);
    if (has_shut_windows)
        wire_frames_add(&frames, WIRE_SETTINGS, 0, 0, "\x00\x04\x00\x00\x00\x00", 6);
    wire_frames_request(&frames, 1, "GET", path, strlen(path), 0, true);
    assert_true(wire_frames_send(&frames, wire));
    return wire;
}

static struct wire *open_http1(const char *method, const char *path)
{
    char request[128];
    struct wire *wire = wire_open_tls(stage.relay_port, "http/1.1");
    assert_non_null(wire);
    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: a\r\nX-Mixed: One\r\n\r\n", method, path);
    assert_true(wire_write_text(wire, request));
    return wire;
}

static void open_window(struct wire *wire, uint32_t stream, uint16_t bytes)
{
    struct wire_frames frames = {0};
    const unsigned char more[4] = {0, 0, (unsigned char)(bytes >> 8), (unsigned char)bytes};
    wire_frames_add(&frames, 8, 0, stream, more, sizeof(more));
    assert_true(wire_frames_send(&frames, wire));
}

static int fetch(const char *path, struct buffer *body)
{
    char url[128];
    snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", stage.relay_port, path);
    struct http_request request = {.url = text_of(url), .answer_limit = 64 << 20, .timeout_ms = 20000};
    struct http_answer answer;
    if (http_fetch(&request, NULL, stage.certificate, &answer, body) != FAULT_NONE)
        return -1;
    return answer.status;
}

/* --- at once --- */

static void sends_head_and_events_at_once_over_http2(void **state)
{
    (void)state;
    char event[64] = "";
    bool was_reset;
    struct wire *wire = open_http2("/keep", false);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
    assert_memory_equal(event, "data: first\n\n", 13);
    wait_until_kept();
    for (unsigned i = 0; i < 3; i++) {
        say("data: again\n\n");
        assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 13);
        assert_memory_equal(event, "data: again\n\n", 13);
    }
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 1);
    finish(true);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, event, sizeof(event)), 0);
    wait_for_none_in_flight();
    assert_int_equal(gone, 0);
    wire_close(wire);
}

static void sends_head_and_events_at_once_over_http1(void **state)
{
    (void)state;
    struct wire *wire = open_http1("GET", "/keep");
    assert_true(wire_read_until(wire, "\r\n\r\nd\r\ndata: first\n\n\r\n"));
    assert_non_null(strstr(wire_received(wire), "transfer-encoding: chunked\r\n"));
    wait_until_kept();
    say("data: again\n\n");
    assert_true(wire_read_until(wire, "d\r\ndata: again\n\n\r\n"));
    finish(true);
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
    struct wire *wire = open_http1("GET", "/missing");
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
    struct wire *wire = open_http1("HEAD", "/exact");
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
    wire_close(wire);
}

/* --- cut off --- */

static void shows_clients_that_an_answer_was_cut_off(void **state)
{
    (void)state;
    unsigned char code[4];
    char data[8];
    struct wire *wire = open_http2("/broken", false);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 4); /* what came goes out */
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    assert_int_equal(code[3], 2);
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_request(&frames, 3, "GET", "/whole", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 3, &was_reset), 200);
    wire_close(wire);

    wire = open_http1("GET", "/broken");
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
    struct wire *wire = open_http2("/keep", true);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    wait_until_kept();
    open_window(wire, 1, 13); /* all of the first and no more */
    char data[16];
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    finish(false);
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    wait_for_none_in_flight();
    wire_close(wire);
}

static void cuts_answers_that_are_not_as_long_as_they_said(void **state)
{
    (void)state;
    static const char *const paths[] = {"/short", "/long"};
    for (size_t i = 0; i < 2; i++) {
        unsigned char code[4];
        struct wire *wire = open_http2(paths[i], false);
        assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
        wire_close(wire);
        wire = open_http1("GET", paths[i]);
        assert_true(wire_read_end(wire));
        assert_null(strstr(wire_received(wire), "123456"));
        wire_close(wire);
    }
    wait_for_none_in_flight();
}

/* --- back-pressure --- */

static void assert_poured(const struct buffer *body)
{
    assert_int_equal(body->length, (size_t)PIECES * PIECE);
    for (size_t i = 0; i < PIECES; i++)
        assert_memory_equal(body->base + i * PIECE, piece, PIECE);
}

static void sends_megabytes_whole_over_http2(void **state)
{
    (void)state;
    SCOPED_BUFFER body = {0};
    assert_int_equal(fetch("/pour", &body), 200);
    assert_poured(&body);
    assert_true(most_poured_at_once <= WAITING_MAX / PIECE);
    wait_for_none_in_flight();
    assert_int_equal(gone, 0);
}

static void holds_back_for_clients_that_do_not_open_their_window(void **state)
{
    (void)state;
    bool was_reset;
    struct wire *wire = open_http2("/pour", true);
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    usleep(200 * 1000);
    assert_int_equal(poured, WAITING_MAX / PIECE);
    unsigned char data[1];
    open_window(wire, 1, 1000);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 1000);
    assert_true(poured <= WAITING_MAX / PIECE + 1);
    struct wire_frames frames = {0};
    wire_frames_reset(&frames, 1);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&gone, 1));
    wait_for_none_in_flight();
    wire_close(wire);
}

static void holds_back_for_clients_of_http1_that_do_not_read(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    assert_true(wire_write_text(wire, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(stage_wait(&begun, 1));
    usleep(300 * 1000);
    unsigned before = poured;
    assert_true(before < PIECES); /* the kernel takes some of it */
    usleep(200 * 1000);
    assert_int_equal(poured, before);
    assert_true(wire_read_until(wire, "\r\n0\r\n\r\n"));
    assert_int_equal(poured, PIECES);
    assert_int_equal(ended, 1);
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
    assert_true(stage_wait(&begun, 100));
    usleep(200 * 1000);
    unsigned whole = WAITING_MAX / PIECE;
    assert_true(poured < 97 * whole);
    assert_true(poured >= 90 * whole);
    wire_close(wire);
    assert_true(stage_wait(&gone, 100));
    wait_for_none_in_flight();
}

/* --- clients that go, or take nothing --- */

static void is_told_when_a_stream_is_reset_in_the_middle(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct wire *wire = open_http2("/pour", false);
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
    for (unsigned ms = 0; ms < 5000 && gone + ended < begun; ms++)
        usleep(1000);
    assert_int_equal(gone + ended, begun);
    wait_for_none_in_flight();
}

static void is_told_when_a_connection_of_http1_breaks(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    assert_true(wire_write_text(wire, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(stage_wait(&begun, 1));
    usleep(50 * 1000);
    wire_close(wire);
    assert_true(stage_wait(&gone, 1));
    wait_for_none_in_flight();
}

static void opened_windows_and_resets_in_one_burst_abort_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct wire *wire = i % 20 == 0 ? wire_open_tls(stage.relay_port, "h2") : NULL;
        static struct wire *current;
        static uint32_t stream;
        struct wire_frames frames = {0};
        if (wire != NULL) {
            wire_close(current);
            current = wire;
            stream = 1;
            wire_frames_preface(&frames);
            wire_frames_add(&frames, WIRE_SETTINGS, 0, 0, "\x00\x04\x00\x00\x00\x00", 6);
        }
        wire_frames_request(&frames, stream, "GET", "/pour", 5, 0, true);
        assert_true(wire_frames_send(&frames, current));
        usleep(i * 3);
        wire_frames_reset(&frames, stream);
        wire_frames_add(&frames, 8, 0, stream, "\x00\x00\x00\xff", 4);
        assert_true(wire_frames_send(&frames, current));
        stream += 2;
        if (i == 199)
            wire_close(current);
    }
    SCOPED_BUFFER body = {0};
    assert_int_equal(fetch("/whole", &body), 200);
}

static void resets_the_one_stream_of_which_nothing_is_taken(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_ANSWERS_STALLED);
    unsigned char code[4], data[1];
    struct wire *wire = open_http2("/pour", true);
    struct wire_frames frames = {0};
    wire_frames_request(&frames, 3, "GET", "/pour", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    for (unsigned i = 0; i < 8; i++) { /* the other one is taken from all the time */
        open_window(wire, 3, 100);
        assert_int_equal(wire_read_frame(wire, WIRE_DATA, 3, data, sizeof(data)), 100);
        usleep(i < 7 ? 250 * 1000 : 0);
    }
    assert_int_equal(wire_read_frame(wire, WIRE_RST_STREAM, 1, code, sizeof(code)), 4);
    assert_int_equal(code[3], 8);
    assert_int_equal(metric_read(METRIC_ANSWERS_STALLED), before + 1);
    assert_int_equal(gone, 1);
    open_window(wire, 3, 100);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 3, data, sizeof(data)), 100);
    wire_close(wire);
    assert_true(stage_wait(&gone, 2));
}

static void leaves_streams_alone_that_have_nothing_to_say(void **state)
{
    (void)state;
    char data[16];
    struct wire *http2 = open_http2("/keep", false);
    assert_int_equal(wire_read_frame(http2, WIRE_DATA, 1, data, sizeof(data)), 13);
    wait_until_kept();
    usleep(3500 * 1000);
    say("data: again\n\n");
    assert_int_equal(wire_read_frame(http2, WIRE_DATA, 1, data, sizeof(data)), 13);
    finish(true);
    wire_close(http2);
    wait_for_none_in_flight();
}

static void ends_connections_of_http1_that_take_nothing(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_CUT_WRITE_STALL);
    struct wire *wire = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    assert_true(wire_write_text(wire, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(stage_wait(&gone, 1));
    assert_int_equal(metric_read(METRIC_CUT_WRITE_STALL), before + 1);
    wire_close(wire);
}

/* --- drain --- */

static void goes_on_while_draining_and_then_lets_go(void **state)
{
    (void)state;
    char data[16];
    unsigned char goaway[8];
    struct wire *wire = open_http2("/keep", false);
    struct wire *http1 = open_http1("GET", "/pour");
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    wait_until_kept();
    stage_drain();
    assert_true(wire_read_frame(wire, WIRE_GOAWAY, 0, goaway, sizeof(goaway)) >= 8);
    assert_true(wire_read_frame(wire, WIRE_GOAWAY, 0, goaway, sizeof(goaway)) >= 8); /* the last one */
    say("data: again\n\n");
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    assert_int_equal(stage.idle_calls, 0);
    assert_true(wire_read_until(http1, "\r\n0\r\n\r\n"));
    finish(true);
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 0);
    assert_true(stage_wait(&stage.idle_calls, 1));
    wire_close(wire);
    wire_close(http1);
}

static void is_cut_by_a_server_that_is_destroyed(void **state)
{
    (void)state;
    struct wire *wire = open_http2("/keep", false);
    struct wire *http1 = wire_open_tls_window(stage.relay_port, "http/1.1", 4096);
    char data[16];
    assert_true(wire_write_text(http1, "GET /pour HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(wire_read_frame(wire, WIRE_DATA, 1, data, sizeof(data)), 13);
    assert_true(stage_wait(&begun, 2));
    stage_stop();
    assert_int_equal(gone, 2);
    wire_close(wire);
    wire_close(http1);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
}

/* --- the listener --- */

static void send_body(struct wire *wire, size_t length)
{
    struct wire_frames frames = {0};
    char *body = calloc(1, PIECE);
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "PUT", "/body", 5, 0, false);
    for (size_t at = 0; at < length; at += PIECE) {
        size_t now = length - at < PIECE ? length - at : PIECE;
        wire_frames_add(&frames, WIRE_DATA, at + now == length ? WIRE_END_STREAM : 0, 1, body, now);
    }
    assert_true(wire_frames_send(&frames, wire));
    free(body);
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

static void hands_over_every_method_but_connect_and_trace(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET",    "POST",    "PUT",     "PATCH",
                                          "DELETE", "OPTIONS", "CONNECT", "TRACE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        struct wire *wire = open_http1(methods[i], "/echo");
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
    struct wire *wire = open_http1("GET", "/headers");
    assert_true(wire_read_until(wire, "x-mixed=One;"));
    wire_close(wire);
}

int main(void)
{
#define TEST(name)           cmocka_unit_test_setup_teardown(name, start, stop)
#define TEST_USUAL(name)     cmocka_unit_test_setup_teardown(name, start_usual, stop)
#define TEST_IMPATIENT(name) cmocka_unit_test_setup_teardown(name, start_impatient, stop)
#define TEST_TIGHT(name)     cmocka_unit_test_setup_teardown(name, start_tight, stop)
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
        TEST(is_told_when_a_stream_is_reset_in_the_middle),
        TEST(is_told_when_a_connection_of_http1_breaks),
        TEST(opened_windows_and_resets_in_one_burst_abort_nothing),
        TEST_IMPATIENT(resets_the_one_stream_of_which_nothing_is_taken),
        TEST_IMPATIENT(leaves_streams_alone_that_have_nothing_to_say),
        TEST_IMPATIENT(ends_connections_of_http1_that_take_nothing),
        TEST(goes_on_while_draining_and_then_lets_go),
        cmocka_unit_test_setup(is_cut_by_a_server_that_is_destroyed, start),
        TEST_USUAL(takes_bodies_up_to_eight_mebibytes),
        TEST_USUAL(takes_them_over_http1_as_well),
        TEST(hands_over_every_method_but_connect_and_trace),
        TEST(names_every_header_of_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
