/* The exporters of all loops, their headers, and the wait at the end. */
#include "runtime/trace_keeper.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/broadcast.h"
#include "runtime/trace.h"
#include "trace_exporter.h"

struct place {
    struct loop_message message; /* first */
    struct trace_keeper *keeper;
    struct trace_exporter *exporter;
};

struct trace_keeper {
    struct trace_exporter_options options;
    struct secret *headers;
    struct broadcast loops; /* for the places alone */
    pthread_mutex_t mutex;  /* guards left */
    pthread_cond_t changed;
    size_t left; /* exporters that are being flushed */
    struct place places[];
};

/* --- headers --- */

static bool is_header(struct text line)
{
    struct text name = text_cut(&line, ':');
    return text_is_token(name) && text_trim(line).length != 0 && text_is_printable(line);
}

/* One a line; empty lines are none. */
static bool read_headers(struct trace_keeper *keeper)
{
    if (keeper->headers == NULL)
        return true;
    struct trace_exporter_options *options = &keeper->options;
    struct text rest = {(const char *)secret_bytes(keeper->headers), secret_length(keeper->headers)};
    while (rest.length != 0) {
        struct text line = text_cut(&rest, '\n');
        if (line.length != 0 && line.base[line.length - 1] == '\r')
            line.length--;
        if (text_trim(line).length == 0)
            continue;
        if (!is_header(line) || options->header_count == TRACE_HEADERS_MAX)
            return false;
        options->headers[options->header_count++] = line;
    }
    return true;
}

/* --- its life --- */

static void release(struct trace_keeper *keeper)
{
    secret_destroy(keeper->headers);
    free((char *)(uintptr_t)keeper->options.url.base);
    free((char *)(uintptr_t)keeper->options.ca_file);
    pthread_cond_destroy(&keeper->changed);
    pthread_mutex_destroy(&keeper->mutex);
    free(keeper);
}

enum fault trace_keeper_create(struct loop *const *loops, size_t count,
                               const struct trace_keeper_options *options, struct trace_keeper **out)
{
    struct trace_keeper *keeper = calloc(1, sizeof(*keeper) + count * sizeof(keeper->places[0]));
    INVARIANT(keeper != NULL);
    keeper->headers = options->headers;
    keeper->options = (struct trace_exporter_options){
        .url = {strndup(options->url.base, options->url.length), options->url.length},
        .ca_file = options->ca_file != NULL ? strdup(options->ca_file) : NULL,
        .guard = options->guard,
        .percent = options->percent,
        .timeout_ms = options->timeout_ms,
        .version = options->version};
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&keeper->mutex, NULL);
    pthread_cond_init(&keeper->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!read_headers(keeper)) {
        release(keeper);
        return FAULT_DOCUMENT_INVALID;
    }
    broadcast_open(&keeper->loops, loops, count);
    for (size_t i = 0; i < count; i++)
        keeper->places[i] =
            (struct place){.keeper = keeper, .exporter = trace_exporter_create(loops[i], &keeper->options)};
    *out = keeper;
    return FAULT_NONE;
}

void trace_keeper_attach(struct trace_keeper *keeper, size_t loop)
{
    trace_attach(keeper == NULL ? NULL : trace_exporter_sink(keeper->places[loop].exporter));
}

void trace_keeper_close(struct trace_keeper *keeper)
{
    for (size_t i = 0; keeper != NULL && i < keeper->loops.count; i++)
        trace_exporter_close(keeper->places[i].exporter);
}

void trace_keeper_destroy(struct trace_keeper *keeper)
{
    if (keeper == NULL)
        return;
    for (size_t i = 0; i < keeper->loops.count; i++)
        trace_exporter_destroy(keeper->places[i].exporter);
    release(keeper);
}

/* --- its end --- */

static void note_flushed(void *context)
{
    struct trace_keeper *keeper = context;
    pthread_mutex_lock(&keeper->mutex);
    keeper->left--;
    pthread_cond_broadcast(&keeper->changed);
    pthread_mutex_unlock(&keeper->mutex);
}

static void flush_here(struct loop_message *message)
{
    struct place *place = (struct place *)message;
    trace_exporter_flush(place->exporter, note_flushed, place->keeper);
}

void trace_keeper_flush(struct trace_keeper *keeper, int64_t most_s)
{
    struct timespec deadline;
    if (keeper == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += most_s;
    keeper->left = keeper->loops.count;
    for (size_t i = 0; i < keeper->loops.count; i++) {
        keeper->places[i].message.run = flush_here;
        loop_post(keeper->loops.loops[i], &keeper->places[i].message);
    }
    pthread_mutex_lock(&keeper->mutex);
    while (keeper->left != 0 && pthread_cond_timedwait(&keeper->changed, &keeper->mutex, &deadline) == 0)
        ;
    pthread_mutex_unlock(&keeper->mutex);
}
