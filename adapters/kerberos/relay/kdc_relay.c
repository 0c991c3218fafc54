/* Each thread has one connection at a time, from its accept to its end. A pipe whose one end is closed wakes
 * them all. */
#include "kdc_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kdc_client.h"
#include "kdc_exchange.h"
#include "kdc_message.h"

enum {
    STACK_SIZE = 512 * 1024, /* the resolver has its buffers there */
    GIVES_WAY_AFTER_MS = 250,
    FAILED_ACCEPT_MS = 50,
    LINE_SIZE = 512
};

struct kdc_relay {
    struct kdc_relay_options options;
    struct arena *arena; /* of the names */
    struct text *names;
    struct kdc_address addresses[KDC_COUNT_MAX];
    struct kdc_health *health;
    int stop[2];
    pthread_t threads[KDC_RELAY_THREADS_MAX];
    unsigned started;
};

static void tell(struct kdc_relay *relay, enum adapter_log_level level, size_t kdc, const char *phrase)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof(line), "KDC %.*s %s", TEXT_ARGUMENTS(relay->names[kdc]), phrase);
    relay->options.log(relay->options.log_context, level, line);
}

static bool is_stopping(const struct kdc_relay *relay)
{
    struct pollfd looked = {.fd = relay->stop[0], .events = POLLIN};
    return poll(&looked, 1, 0) > 0;
}

static struct stream_limit limit_of(const struct kdc_relay *relay, int64_t until_ms)
{
    return (struct stream_limit){.until_ms = until_ms, .stop = relay->stop[0], .rival = -1};
}

/* One KDC. What it did is remembered, unless it was not given the time or all is ending. */
static enum kdc_exchange_end ask(struct kdc_relay *relay, size_t kdc, struct text request, int64_t share_ms,
                                 struct arena *arena, struct text *answer)
{
    int64_t began_ms = stream_now_ms();
    const struct stream_limit limit = limit_of(relay, began_ms + share_ms);
    enum kdc_exchange_end end = kdc_exchange(&relay->addresses[kdc], request, &limit, arena, answer);
    int64_t timeout_ms = relay->options.exchange_timeout_ms;
    if (end == KDC_ANSWERED) {
        if (kdc_health_answered(relay->health, kdc, stream_now_ms()))
            tell(relay, ADAPTER_LOG_INFO, kdc, "answers again");
        return end;
    }
    if (is_stopping(relay) || (end == KDC_SILENT && !kdc_share_is_enough(share_ms, timeout_ms)))
        return end;
    const char *why = kdc_exchange_phrase(end);
    if (kdc_health_failed(relay->health, kdc, began_ms, stream_now_ms(), why))
        tell(relay, ADAPTER_LOG_WARNING, kdc, why);
    return end;
}

/* By turns until one answers or the time is over. That a KDC says it is unavailable is an answer too, for where
 * no other has a better one. */
static bool ask_in_turn(struct kdc_relay *relay, struct text request, int64_t until_ms, struct arena *arena,
                        struct text *answer)
{
    struct kdc_turn turn;
    struct text got;
    bool is_answered = false;
    *answer = TEXT_NONE;
    if (!kdc_health_begin(relay->health, stream_now_ms(), &turn))
        return false;
    for (size_t i = 0; i < turn.count && !is_answered; i++) {
        int64_t left_ms = until_ms - stream_now_ms();
        if (left_ms <= 0 || is_stopping(relay))
            break;
        int64_t share_ms = kdc_share_ms(left_ms, relay->options.exchange_timeout_ms, i + 1 >= turn.sound);
        enum kdc_exchange_end end = ask(relay, turn.kdcs[i], request, share_ms, arena, &got);
        is_answered = end == KDC_ANSWERED;
        if (is_answered || end == KDC_UNAVAILABLE)
            *answer = got;
    }
    kdc_health_end(relay->health, &turn);
    return is_answered;
}

/* A connection that has nothing to say is dropped when the time of an exchange is over, and sooner where
 * another waits that no thread is left for: a client of ours sends its request at once and as one piece. */
static struct stream_limit limit_of_client(const struct kdc_relay *relay, int64_t until_ms, int64_t now_ms)
{
    struct stream_limit limit = limit_of(relay, until_ms);
    limit.rival = relay->options.listener;
    limit.rival_from_ms = now_ms + GIVES_WAY_AFTER_MS;
    return limit;
}

/* One exchange; whether there may be another on the same connection. */
static bool serve_exchange(struct kdc_relay *relay, int client, struct arena *arena)
{
    struct text request, answer;
    int64_t timeout_ms = relay->options.exchange_timeout_ms, now_ms = stream_now_ms();
    struct stream_limit limit = limit_of_client(relay, now_ms + timeout_ms, now_ms);
    if (stream_wait(client, POLLIN, &limit) != STREAM_DONE)
        return false;
    limit.until_ms = stream_now_ms() + timeout_ms;
    if (stream_read_frame(client, KDC_REQUEST_MAX, &limit, arena, &request) != STREAM_DONE)
        return false;
    const struct text message = {request.base + KDC_LENGTH_SIZE, request.length - KDC_LENGTH_SIZE};
    if (!kdc_is_request(message))
        return false;
    bool is_answered = ask_in_turn(relay, request, limit.until_ms, arena, &answer);
    limit.rival = -1;
    /* After an answer that says to ask another KDC libkrb5 waits on this connection until it ends. */
    return stream_write(client, answer, &limit) == STREAM_DONE && is_answered;
}

static void serve(struct kdc_relay *relay, int client)
{
    bool is_open = true;
    while (is_open) {
        SCOPED_ARENA arena = arena_create();
        is_open = serve_exchange(relay, client, arena);
    }
}

/* Another thread was faster; or, of descriptors or memory, there is none left, and trying at once would not
 * bring any. */
static void wait_after_failure(const struct kdc_relay *relay, int failure)
{
    struct pollfd waited = {.fd = relay->stop[0], .events = POLLIN};
    if (failure != EAGAIN && failure != EWOULDBLOCK)
        poll(&waited, 1, FAILED_ACCEPT_MS);
}

static void *run(void *context)
{
    struct kdc_relay *relay = context;
    struct pollfd waited[] = {{.fd = relay->options.listener, .events = POLLIN},
                              {.fd = relay->stop[0], .events = POLLIN}};
    for (;;) {
        if (poll(waited, 2, -1) < 0)
            continue;
        if (waited[1].revents != 0)
            return NULL;
        int client = accept4(relay->options.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            wait_after_failure(relay, errno);
            continue;
        }
        if (kdc_client_is_own(client))
            serve(relay, client);
        close(client);
    }
}

static void start_threads(struct kdc_relay *relay)
{
    pthread_attr_t attributes;
    bool is_started = true;
    INVARIANT(pthread_attr_init(&attributes) == 0);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    while (is_started && relay->started < relay->options.threads) {
        is_started = pthread_create(&relay->threads[relay->started], &attributes, run, relay) == 0;
        relay->started += is_started;
    }
    pthread_attr_destroy(&attributes);
    INVARIANT(relay->started != 0); /* with fewer than wanted things take longer; with none nothing happens */
}

static bool read_hosts(const struct kdc_relay_options *options, struct kdc_host hosts[KDC_COUNT_MAX])
{
    bool is_good = options->kdc_count >= 1 && options->kdc_count <= KDC_COUNT_MAX;
    for (size_t i = 0; is_good && i < options->kdc_count; i++)
        is_good = kdc_host_read(options->kdcs[i], &hosts[i]);
    return is_good;
}

static unsigned threads_of(const struct kdc_relay_options *options)
{
    if (options->threads == 0)
        return KDC_RELAY_THREADS;
    return options->threads < KDC_RELAY_THREADS_MAX ? options->threads : KDC_RELAY_THREADS_MAX;
}

struct kdc_relay *kdc_relay_open(const struct kdc_relay_options *options)
{
    struct kdc_host hosts[KDC_COUNT_MAX];
    if (!read_hosts(options, hosts))
        return NULL;
    struct kdc_relay *relay = calloc(1, sizeof(*relay));
    INVARIANT(relay != NULL);
    relay->options = *options;
    relay->options.threads = threads_of(options);
    relay->arena = arena_create();
    relay->names = ARENA_ARRAY(relay->arena, struct text, options->kdc_count);
    relay->options.kdcs = relay->names;
    for (size_t i = 0; i < options->kdc_count; i++) {
        relay->names[i] = arena_copy(relay->arena, options->kdcs[i]);
        kdc_address_open(&relay->addresses[i], &hosts[i]);
    }
    relay->health = kdc_health_create(options->kdc_count);
    INVARIANT(pipe2(relay->stop, O_CLOEXEC | O_NONBLOCK) == 0);
    int flags = fcntl(options->listener, F_GETFL);
    INVARIANT(flags >= 0 && fcntl(options->listener, F_SETFL, flags | O_NONBLOCK) == 0);
    start_threads(relay);
    return relay;
}

void kdc_relay_close(struct kdc_relay *relay)
{
    if (relay == NULL)
        return;
    close(relay->stop[1]);
    while (relay->started != 0)
        pthread_join(relay->threads[--relay->started], NULL);
    close(relay->stop[0]);
    for (size_t i = 0; i < relay->options.kdc_count; i++)
        kdc_address_close(&relay->addresses[i]);
    kdc_health_destroy(relay->health);
    arena_destroy(relay->arena);
    free(relay);
}

enum kdc_standing kdc_relay_standing(struct kdc_relay *relay, struct arena *arena, struct text *sentence)
{
    return kdc_health_standing(relay->health, relay->names, stream_now_ms(), arena, sentence);
}
