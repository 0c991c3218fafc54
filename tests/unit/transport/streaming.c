/* The handlers and clients of the tests of answers in pieces. */
#include "streaming.h"

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

/* --- the handler --- */

struct pouring {
    struct request *request;
    unsigned left;
    bool is_gone;
};

struct streaming streaming;

static void fill_piece(void)
{
    for (size_t i = 0; i < sizeof(streaming.piece); i++)
        streaming.piece[i] = (char)('a' + i % 23);
}

static void begin_with(struct request *request, int status, const struct response_header *headers, size_t count)
{
    struct response head = {status, TEXT("text/event-stream"), TEXT_NONE, headers, count};
    request_begin_answer(request, &head);
    atomic_fetch_add(&streaming.begun, 1);
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
        has_room = request_send(pouring->request, (struct text){streaming.piece, sizeof(streaming.piece)});
        pouring->left--;
        at_once++;
        atomic_fetch_add(&streaming.poured, 1);
    }
    if (at_once > atomic_load(&streaming.most_poured_at_once))
        atomic_store(&streaming.most_poured_at_once, at_once);
    if (pouring->left == 0) {
        request_end_answer(pouring->request, true);
        atomic_fetch_add(&streaming.ended, 1);
        free(pouring);
    }
}

static void stop_pouring(void *context)
{
    struct pouring *pouring = context;
    atomic_fetch_add(&streaming.gone, 1);
    request_end_answer(pouring->request, false);
    free(pouring);
}

static void note_ready(void *context)
{
    (void)context;
    atomic_fetch_add(&streaming.ready, 1);
}

static void note_gone(void *context)
{
    struct request *request = context;
    atomic_fetch_add(&streaming.gone, 1);
    if (request == atomic_load(&streaming.kept))
        atomic_store(&streaming.kept, NULL);
    request_end_answer(request, true);
}

static void start_pouring(struct request *request, unsigned pieces)
{
    struct pouring *pouring = calloc(1, sizeof(*pouring));
    *pouring = (struct pouring){.request = request, .left = pieces};
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
    atomic_store(&streaming.kept, request);
}

/* What the client sends meanwhile is there when the loop goes on. */
static void dawdle(struct request *request)
{
    request_on_gone(request, note_gone, request);
    begin(request);
    usleep(100 * 1000);
}

static void promise(struct request *request, const char *sent)
{
    static const struct response_header headers[] = {{"content-length", {"5", 1}},
                                                     {"connection", {"x-gone", 6}},
                                                     {"date", {"some day", 8}},
                                                     {"x-kept", {"yes", 3}}};
    begin_with(request, 404, headers, 4);
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
    if (text_is(path, "/pour") || text_is(path, "/pour/much")) {
        start_pouring(request, text_is(path, "/pour") ? PIECES : MUCH);
    } else if (text_is(path, "/keep")) {
        keep(request);
    } else if (text_is(path, "/dawdle")) {
        dawdle(request);
    } else if (text_is(path, "/exact")) {
        promise(request, "12345");
    } else if (text_is(path, "/short")) {
        promise(request, "1234");
    } else if (text_is(path, "/long")) {
        promise(request, "123456");
    } else if (streaming.relay != NULL && text_starts_with(path, TEXT("/relay"))) {
        streaming.relay(request);
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
    struct request *request = atomic_load(&streaming.kept);
    if (request != NULL && command->text.length != 0)
        request_send(request, command->text);
    if (request != NULL && command->ends) {
        atomic_store(&streaming.kept, NULL);
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

void streaming_say(const char *text)
{
    struct command command = {.text = text_of(text)};
    tell(&command);
}

void streaming_finish(bool is_whole)
{
    struct command command = {.ends = true, .is_whole = is_whole};
    tell(&command);
}

void streaming_wait_until_kept(void)
{
    for (unsigned ms = 0; ms < 5000 && atomic_load(&streaming.kept) == NULL; ms++)
        usleep(1000);
    assert_non_null(atomic_load(&streaming.kept));
}

/* --- set up --- */

static void streaming_forget(void)
{
    stage_handle_other = handle;
    fill_piece();
    atomic_store(&streaming.kept, NULL);
    streaming.begun = streaming.gone = streaming.ready = streaming.ended = 0;
    streaming.poured = streaming.most_poured_at_once = 0;
}

int streaming_start(void **state)
{
    (void)state;
    streaming_forget();
    stage_start(1, 4096, 128);
    return 0;
}

int streaming_start_impatient(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    streaming_forget();
    limits.write_stall_s = 1;
    stage_start_with(&limits);
    return 0;
}

int streaming_start_usual(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    streaming_forget();
    stage_start_with(&limits);
    return 0;
}

int streaming_start_tight(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    streaming_forget();
    limits.unfinished_bytes_per_connection = 0; /* and thrice 8 MiB for the relay */
    stage_start_with(&limits);
    return 0;
}

int streaming_start_crowded(void **state)
{
    (void)state;
    streaming_forget();
    stage_start_for_streams(1, 1, 2);
    return 0;
}

void streaming_wait_until_over(void)
{
    for (unsigned ms = 0; ms < 5000 && metric_read(METRIC_REQUESTS_IN_FLIGHT) != 0; ms++)
        usleep(1000);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
}

int streaming_stop(void **state)
{
    stage_tear_down(state);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
    return 0;
}

/* --- clients --- */

struct wire *streaming_open_http2(const char *path, bool has_shut_windows)
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

struct wire *streaming_open_http1(const char *method, const char *path)
{
    char request[128];
    struct wire *wire = wire_open_tls(stage.relay_port, "http/1.1");
    assert_non_null(wire);
    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: a\r\nX-Mixed: One\r\n\r\n", method, path);
    assert_true(wire_write_text(wire, request));
    return wire;
}

void streaming_open_window(struct wire *wire, uint32_t stream, uint16_t bytes)
{
    struct wire_frames frames = {0};
    const unsigned char more[4] = {0, 0, (unsigned char)(bytes >> 8), (unsigned char)bytes};
    wire_frames_add(&frames, 8, 0, stream, more, sizeof(more));
    assert_true(wire_frames_send(&frames, wire));
}

int streaming_fetch(const char *path, struct buffer *body)
{
    char url[128];
    snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", stage.relay_port, path);
    struct http_request request = {.url = text_of(url), .answer_limit = 64 << 20, .timeout_ms = 20000};
    struct http_answer answer;
    if (http_fetch(&request, NULL, stage.certificate, &answer, body) != FAULT_NONE)
        return -1;
    return answer.status;
}
