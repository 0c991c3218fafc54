/* See stream_stage.h. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certificate.h"
#include "stream_stage.h"

struct stage stage;

static void on_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    struct stage_seen *seen = context;
    (void)headers;
    (void)count;
    seen->status = status;
}

static bool on_data(void *context, struct text piece)
{
    struct stage_seen *seen = context;
    for (size_t i = 0; i < piece.length; i++)
        seen->number = seen->number * 10 + (unsigned)(piece.base[i] - '0');
    return true;
}

static void on_end(void *context, enum fault fault)
{
    struct stage_seen *seen = context;
    struct text binding = http_stream_binding(seen->stream);
    seen->fault = fault;
    snprintf(seen->detail, sizeof(seen->detail), "%s", http_stream_detail(seen->stream));
    memcpy(seen->binding, binding.base, binding.length);
    seen->binding_length = binding.length;
    if (++stage.ended == stage.wanted)
        loop_stop(stage.loop);
}

int stage_open(void **state)
{
    const struct address_guard *guard;
    struct text exceptions[] = {TEXT("127.0.0.0/8")};
    size_t bad;
    (void)state;
    stage = (struct stage){.directory = "/tmp/stream-stage-XXXXXX"};
    assert_non_null(mkdtemp(stage.directory));
    certificate_write(stage.directory);
    snprintf(stage.certificate, sizeof(stage.certificate), "%s/tls.crt", stage.directory);
    stage.arena = arena_create();
    stage.loop = loop_create();
    assert_int_equal(address_guard_create(stage.arena, exceptions, 1, &guard, &bad), FAULT_NONE);
    stage.streams = http_streams_create(stage.loop, guard, stage.certificate);
    stage.server = keeping_server_start(stage.directory);
    snprintf(stage.url, sizeof(stage.url), "https://127.0.0.1:%u/", keeping_server_port(stage.server));
    return 0;
}

int stage_close(void **state)
{
    char key[96];
    (void)state;
    http_streams_destroy(stage.streams);
    keeping_server_stop(stage.server);
    loop_destroy(stage.loop);
    arena_destroy(stage.arena);
    snprintf(key, sizeof(key), "%s/tls.key", stage.directory);
    unlink(stage.certificate);
    unlink(key);
    return rmdir(stage.directory);
}

struct http_stream_request stage_request(void)
{
    return (struct http_stream_request){
        .url = text_of(stage.url), .connect_ms = 5000, .first_byte_ms = 5000, .idle_ms = 5000};
}

void stage_start(const struct http_stream_request *request, struct stage_seen *seen)
{
    static const struct http_stream_events events = {on_head, on_data, on_end};
    *seen = (struct stage_seen){0};
    seen->stream = http_stream_start(stage.streams, request, &events, seen);
}

void stage_wait(unsigned ends)
{
    stage.ended = 0;
    stage.wanted = ends;
    loop_run(stage.loop);
}

void stage_run(const struct http_stream_request *request)
{
    stage_start(request, &stage.seen);
    stage_wait(1);
    stage.number = stage.seen.number;
    stage.status = stage.seen.status;
    stage.fault = stage.seen.fault;
}
