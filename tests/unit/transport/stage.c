/* The shared server of this room's tests. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "certificate.h"

struct stage stage;
void (*stage_handle_other)(struct request *request);

/* --- the handler --- */

static char frame[16 * 1024];

static void answer(struct request *request, int status, struct text body)
{
    struct response response = {.status = status, .content_type = TEXT("text/plain"), .body = body};
    request_answer(request, &response);
}

static void count_gone(void *context)
{
    (void)context;
    atomic_fetch_add(&stage.gone, 1);
}

static void release_held(struct loop_message *message)
{
    struct held *held = (struct held *)(void *)((char *)message - offsetof(struct held, release));
    answer(held->request, 200, TEXT("released"));
    atomic_fetch_add(&stage.released, 1);
}

static void hold(struct request *request)
{
    request_on_gone(request, count_gone, NULL);
    pthread_mutex_lock(&stage.mutex);
    unsigned position = atomic_load(&stage.held_count);
    if (position == STAGE_HELD_MAX)
        abort();
    stage.held[position] = (struct held){.request = request, .release = {.run = release_held}};
    atomic_store(&stage.held_count, position + 1);
    pthread_mutex_unlock(&stage.mutex);
}

static void echo(struct request *request)
{
    static const char *const listeners[] = {[REQUEST_LISTENER_PUBLIC] = "public",
                                            [REQUEST_LISTENER_ADMIN] = "admin",
                                            [REQUEST_LISTENER_ADMIN_TLS] = "admin over TLS",
                                            [REQUEST_LISTENER_FIXTURE] = "fixture",
                                            [REQUEST_LISTENER_RELAY] = "relay",
                                            [REQUEST_LISTENER_MONITORING] = "monitoring"};
    SCOPED_BUFFER body = {0};
    buffer_print(&body, "%.*s %.*s?", TEXT_ARGUMENTS(request_method(request)),
                 TEXT_ARGUMENTS(request_path(request)));
    buffer_print(&body, "%d:%.*s", request_has_query(request), TEXT_ARGUMENTS(request_query(request)));
    for (size_t i = 0; request_header(request, "x-test", i).base != NULL; i++)
        buffer_print(&body, " [%.*s]", TEXT_ARGUMENTS(request_header(request, "x-test", i)));
    buffer_print(&body, " %.*s %s", TEXT_ARGUMENTS(request_peer_address(request)),
                 listeners[request_listener(request)]);
    struct response_header headers[] = {{"x-echo", TEXT("a\r\nx-injected: b")},
                                        {"cache-control", TEXT("no-store")}};
    struct response response = {200, TEXT("text/plain"), buffer_text(&body), headers, 2};
    request_answer(request, &response);
}

static void measure(struct request *request)
{
    char length[32];
    snprintf(length, sizeof(length), "%zu", request_body(request).length);
    if (request_body_is_too_large(request))
        answer(request, 413, TEXT("too large"));
    else
        answer(request, 200, text_of(length));
}

static void handle(struct request *request, void *context)
{
    (void)context;
    atomic_fetch_add(&stage.calls, 1);
    for (unsigned i = 0; i < stage.loop_count; i++) {
        if (request_loop(request) == stage.loops[i])
            atomic_store(&stage.loops_seen[i], 1);
    }
    struct text path = request_path(request);
    if (text_is(path, "/hold"))
        hold(request);
    else if (text_is(path, "/echo"))
        echo(request);
    else if (text_is(path, "/frame"))
        answer(request, 200, (struct text){frame, sizeof(frame)});
    else if (text_is(path, "/body"))
        measure(request);
    else if (stage_handle_other != NULL && !text_is(path, "/hello"))
        stage_handle_other(request);
    else
        answer(request, text_is(path, "/hello") ? 200 : 404, TEXT("hello"));
}

/* --- its life --- */

void stage_prepare(struct server_options *options)
{
    memset(&stage, 0, sizeof(stage));
    pthread_mutex_init(&stage.mutex, NULL);
    snprintf(stage.directory, sizeof(stage.directory), "/tmp/transport-XXXXXX");
    if (mkdtemp(stage.directory) == NULL)
        abort();
    certificate_write(stage.directory);
    snprintf(stage.certificate, sizeof(stage.certificate), "%s/tls.crt", stage.directory);
    snprintf(stage.key, sizeof(stage.key), "%s/tls.key", stage.directory);
    snprintf(stage.unix_path, sizeof(stage.unix_path), "%s/admin.sock", stage.directory);
    *options = (struct server_options){
        .listeners = {{REQUEST_LISTENER_PUBLIC, TEXT("127.0.0.1"), 0, true, NULL},
                      {REQUEST_LISTENER_FIXTURE, TEXT("127.0.0.1"), 0, false, NULL},
                      {REQUEST_LISTENER_ADMIN, TEXT_NONE, 0, false, stage.unix_path},
                      {REQUEST_LISTENER_RELAY, TEXT("127.0.0.1"), 0, true, NULL},
                      {REQUEST_LISTENER_MONITORING, TEXT("0.0.0.0"), 0, false, NULL}},
        .listener_count = 5,
        .certificate_file = stage.certificate,
        .key_file = stage.key,
        .limits = server_usual_limits(),
        .body_limit = 64 * 1024,
        .relay_body_limit = 8 * 1024 * 1024,
        .in_flight_limit = 4096,
        .in_flight_limit_per_connection = 128,
        .handle = handle,
    };
}

void stage_forget(void)
{
    unlink(stage.certificate);
    unlink(stage.key);
    unlink(stage.unix_path);
    if (rmdir(stage.directory) != 0)
        perror(stage.directory);
    pthread_mutex_destroy(&stage.mutex);
}

struct start {
    unsigned number;
    _Atomic unsigned is_attached;
};

static void *run(void *context)
{
    struct start *start = context;
    struct loop *loop = stage.loops[start->number];
    server_attach(stage.server, loop);
    atomic_store(&start->is_attached, 1);
    loop_run(loop);
    return NULL;
}

static void start(unsigned loops, unsigned limit, unsigned limit_per_connection, unsigned streams,
                  const struct server_limits *limits)
{
    struct server_options options;
    char detail[256] = "";
    stage_prepare(&options);
    options.limits = *limits;
    options.in_flight_limit = limit;
    options.in_flight_limit_per_connection = limit_per_connection;
    options.stream_limit = streams;
    if (server_create(&options, &stage.server, detail) != FAULT_NONE) {
        fprintf(stderr, "%s\n", detail);
        abort();
    }
    stage.tls_port = server_port(stage.server, 0);
    stage.clear_port = server_port(stage.server, 1);
    stage.relay_port = server_port(stage.server, 3);
    stage.monitoring_port = server_port(stage.server, 4);
    stage.loop_count = loops;
    for (unsigned i = 0; i < loops; i++)
        stage.loops[i] = loop_create();
    for (unsigned i = 0; i < loops; i++) {
        struct start begun = {.number = i};
        if (pthread_create(&stage.threads[i], NULL, run, &begun) != 0 || !stage_wait(&begun.is_attached, 1))
            abort();
    }
}

void stage_start(unsigned loops, unsigned limit, unsigned limit_per_connection)
{
    struct server_limits limits = server_usual_limits();
    /* Wide, so that the library's own limit on bodies is met before ours on unfinished requests. */
    limits.unfinished_bytes_per_connection = 64 * 1024 * 1024;
    limits.unfinished_bytes_per_address = 64 * 1024 * 1024;
    limits.unfinished_bytes = 64 * 1024 * 1024;
    start(loops, limit, limit_per_connection, 0, &limits);
}

void stage_start_for_streams(unsigned limit, unsigned limit_per_connection, unsigned streams)
{
    struct server_limits limits = server_usual_limits();
    start(1, limit, limit_per_connection, streams, &limits);
}

void stage_start_with(const struct server_limits *limits)
{
    start(1, 4096, 128, 0, limits);
}

void stage_release(void)
{
    pthread_mutex_lock(&stage.mutex);
    unsigned count = atomic_load(&stage.held_count);
    for (unsigned i = atomic_load(&stage.released); i < count; i++)
        loop_post(request_loop(stage.held[i].request), &stage.held[i].release);
    pthread_mutex_unlock(&stage.mutex);
    if (!stage_wait(&stage.released, count))
        abort();
}

static void count_idle(void *context)
{
    (void)context;
    atomic_fetch_add(&stage.idle_calls, 1);
}

void stage_drain(void)
{
    server_drain(stage.server, count_idle, NULL);
}

static void end_loops(void)
{
    for (unsigned i = 0; i < stage.loop_count; i++) {
        loop_stop(stage.loops[i]);
        pthread_join(stage.threads[i], NULL);
    }
}

void stage_stop(void)
{
    end_loops();
    server_destroy(stage.server);
    for (unsigned i = 0; i < stage.loop_count; i++)
        loop_destroy(stage.loops[i]);
    stage_forget();
}

bool stage_wait(_Atomic unsigned *counter, unsigned value)
{
    for (unsigned tenths_of_ms = 0; atomic_load(counter) < value; tenths_of_ms++) {
        if (tenths_of_ms == 100 * 1000)
            return false;
        usleep(100);
    }
    return true;
}

int stage_set_up(void **state)
{
    (void)state;
    stage_start(1, 4096, 128);
    return 0;
}

int stage_tear_down(void **state)
{
    (void)state;
    stage_stop();
    return 0;
}
