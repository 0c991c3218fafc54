/* Records as RFC 5531 section 11 has them: a length of four bytes, of which the highest bit says that it is the
 * last piece. gssproxy sends each answer in one. */
#include "gssproxy.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "xdr.h"

enum { MARK = 4, RECORD_MAX = 1024 * 1024, SECOND_MS = 1000, MILLISECOND_US = 1000, MILLISECOND_NS = 1000000 };
static const uint32_t last_piece = UINT32_C(1) << 31;

struct gssproxy {
    int descriptor;
    int64_t limit_ms;
    void (*gone)(void);
    pthread_mutex_t mutex;    /* of what follows */
    uint32_t asked, answered; /* numbers of the last question and of the last answer */
    struct buffer coming;     /* of a record that is not whole */
    pthread_t watcher;
    int ending[2]; /* a pipe, whose end is the watcher's */
};

/* --- the end --- */

/* Also where nobody asks anything: who is asked next would have to wait for it. */
static void *watch(void *context)
{
    struct gssproxy *proxy = context;
    struct pollfd watched[] = {{proxy->descriptor, POLLRDHUP, 0}, {proxy->ending[0], POLLIN, 0}};
    int ready;
    do
        ready = poll(watched, 2, -1);
    while (ready < 0 && errno == EINTR);
    if (watched[1].revents == 0)
        proxy->gone();
    return NULL;
}

struct gssproxy *gssproxy_open(int descriptor, int64_t limit_ms, void (*gone)(void))
{
    struct gssproxy *proxy = calloc(1, sizeof(*proxy));
    INVARIANT(proxy != NULL);
    *proxy = (struct gssproxy){.descriptor = descriptor, .limit_ms = limit_ms, .gone = gone};
    INVARIANT(pthread_mutex_init(&proxy->mutex, NULL) == 0 && pipe(proxy->ending) == 0);
    INVARIANT(pthread_create(&proxy->watcher, NULL, watch, proxy) == 0);
    return proxy;
}

void gssproxy_close(struct gssproxy *proxy)
{
    if (proxy == NULL)
        return;
    close(proxy->ending[1]);
    pthread_join(proxy->watcher, NULL);
    close(proxy->ending[0]);
    pthread_mutex_destroy(&proxy->mutex);
    buffer_dispose(&proxy->coming);
    free(proxy);
}

/* What was said is no answer: nothing that follows can be trusted to be one. The watcher notices. */
static bool give_up(struct gssproxy *proxy)
{
    shutdown(proxy->descriptor, SHUT_RDWR);
    return false;
}

/* --- records --- */

static bool wait_for(const struct gssproxy *proxy, short events, int64_t until_us)
{
    struct pollfd waited = {proxy->descriptor, events, 0};
    for (;;) {
        int64_t rest_us = until_us - clock_monotonic_us();
        int ready = rest_us <= 0 ? 0 : poll(&waited, 1, (int)(rest_us / MILLISECOND_US) + 1);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return ready > 0;
        if (rest_us <= 0)
            return false;
    }
}

static bool is_for_later(ssize_t done)
{
    return done < 0 && (errno == EAGAIN || errno == EINTR);
}

/* One that could not be sent whole is followed by nothing that could be understood. */
static bool send_record(struct gssproxy *proxy, struct text record, int64_t until_us)
{
    while (record.length > 0) {
        ssize_t sent = send(proxy->descriptor, record.base, record.length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
            record = (struct text){record.base + sent, record.length - (size_t)sent};
        else if (!is_for_later(sent) || !wait_for(proxy, POLLOUT, until_us))
            return give_up(proxy);
    }
    return true;
}

/* Until so many bytes are there; what has come meanwhile stays for the next who waits. */
static bool receive(struct gssproxy *proxy, size_t length, int64_t until_us)
{
    struct buffer *coming = &proxy->coming;
    while (coming->length < length) {
        size_t missing = length - coming->length;
        ssize_t got = recv(proxy->descriptor, buffer_reserve(coming, missing), missing, MSG_DONTWAIT);
        if (got > 0)
            coming->length += (size_t)got;
        else if (!is_for_later(got) || !wait_for(proxy, POLLIN, until_us))
            return false;
    }
    return true;
}

static bool receive_record(struct gssproxy *proxy, int64_t until_us, struct text *record)
{
    if (!receive(proxy, MARK, until_us))
        return false;
    struct xdr_reader reader = {.rest = buffer_text(&proxy->coming)};
    uint32_t mark = xdr_number(&reader), length = mark & ~last_piece;
    if ((mark & last_piece) == 0 || length > RECORD_MAX)
        return give_up(proxy);
    if (!receive(proxy, MARK + (size_t)length, until_us))
        return false;
    *record = (struct text){proxy->coming.base + MARK, length};
    return true;
}

/* The answer to the next question that has none: they come in their order, as one is asked at a time. */
static bool receive_next(struct gssproxy *proxy, int64_t until_us, struct arena *arena, struct text *answer)
{
    struct text record;
    uint32_t id;
    if (!receive_record(proxy, until_us, &record))
        return false;
    if (!gssproxy_read_id(record, &id) || id != proxy->answered + 1)
        return give_up(proxy);
    *answer = arena_copy(arena, record);
    proxy->answered = id;
    buffer_dispose(&proxy->coming); /* wiped: it may have had a key of a context in it */
    return true;
}

/* --- questions --- */

struct question {
    void (*write)(struct buffer *out, uint32_t id, const struct question *question);
    struct text login, principal;
    const struct gssproxy_initiation *initiation;
};

static bool ask_in_turn(struct gssproxy *proxy, const struct question *question, int64_t until_us,
                        struct arena *arena, struct text *answer)
{
    SCOPED_BUFFER message = {0}, record = {0}; /* wiped */
    while (proxy->answered != proxy->asked) {
        if (!receive_next(proxy, until_us, arena, answer)) /* nobody waits for it any more */
            return false;
    }
    question->write(&message, proxy->asked + 1, question);
    xdr_put_number(&record, (uint32_t)message.length | last_piece);
    buffer_append(&record, buffer_text(&message));
    proxy->asked++;
    return send_record(proxy, buffer_text(&record), until_us) && receive_next(proxy, until_us, arena, answer);
}

static bool ask(struct gssproxy *proxy, const struct question *question, struct arena *arena,
                struct text *answer)
{
    struct timespec until;
    int64_t until_us = clock_monotonic_us() + proxy->limit_ms * MILLISECOND_US;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += proxy->limit_ms / SECOND_MS;
    until.tv_nsec += proxy->limit_ms % SECOND_MS * MILLISECOND_NS;
    until.tv_sec += until.tv_nsec / (SECOND_MS * MILLISECOND_NS);
    until.tv_nsec %= SECOND_MS * MILLISECOND_NS;
    if (pthread_mutex_clocklock(&proxy->mutex, CLOCK_MONOTONIC, &until) != 0)
        return false;
    bool is_answered = ask_in_turn(proxy, question, until_us, arena, answer);
    pthread_mutex_unlock(&proxy->mutex);
    return is_answered;
}

static void write_login(struct buffer *out, uint32_t id, const struct question *question)
{
    gssproxy_write_login(out, id, question->principal);
}

static void write_impersonation(struct buffer *out, uint32_t id, const struct question *question)
{
    gssproxy_write_impersonation(out, id, question->login, question->principal);
}

static void write_initiation(struct buffer *out, uint32_t id, const struct question *question)
{
    gssproxy_write_initiation(out, id, question->initiation);
}

bool gssproxy_log_in(struct gssproxy *proxy, struct arena *arena, struct text principal,
                     struct gssproxy_answer *answer)
{
    const struct question question = {.write = write_login, .principal = principal};
    struct text bytes;
    return ask(proxy, &question, arena, &bytes) && gssproxy_read_credential(bytes, answer);
}

bool gssproxy_impersonate(struct gssproxy *proxy, struct arena *arena, struct text login, struct text principal,
                          struct gssproxy_answer *answer)
{
    const struct question question = {.write = write_impersonation, .login = login, .principal = principal};
    struct text bytes;
    return ask(proxy, &question, arena, &bytes) && gssproxy_read_credential(bytes, answer);
}

bool gssproxy_initiate(struct gssproxy *proxy, struct arena *arena,
                       const struct gssproxy_initiation *initiation, struct gssproxy_answer *answer)
{
    const struct question question = {.write = write_initiation, .initiation = initiation};
    struct text bytes;
    return ask(proxy, &question, arena, &bytes) && gssproxy_read_initiation(bytes, answer);
}
