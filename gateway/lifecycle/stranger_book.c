/* One page per minute: addresses in the order they came, found through a hash table of chains. One lock, taken
 * by refusals and by addresses that may be over their limit; whoever is neither passes without it. */
#include "lifecycle/stranger_book.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/metrics.h"

enum { KEY_SIZE = 16, REASONS = 6, MINUTE_S = 60 };
static const int64_t minute_us = INT64_C(60) * 1000000;

struct reason_count {
    enum fault reason;
    uint32_t count;
};

struct stranger {
    char key[KEY_SIZE];
    uint32_t next; /* of its chain, plus one; 0 ends it */
    bool is_reported;
    int64_t refusals, held_off;
    struct reason_count reasons[REASONS]; /* the first that came; the others are in refusals alone */
};

struct stranger_book {
    struct stranger_limits limits;
    uint64_t seed; /* so that nobody can choose addresses that share a chain */
    pthread_mutex_t mutex;
    int64_t minute;
    _Atomic uint32_t over; /* addresses at their limit this minute */
    uint32_t count;
    uint32_t *chains; /* as many as strangers: the first of each, plus one */
    struct stranger *strangers;
};

struct stranger_book *stranger_book_create(const struct stranger_limits *limits)
{
    struct stranger_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL && limits->addresses > 0 && pthread_mutex_init(&book->mutex, NULL) == 0);
    book->limits = *limits;
    random_bytes(&book->seed, sizeof(book->seed));
    book->chains = calloc((size_t)limits->addresses, sizeof(*book->chains));
    book->strangers = calloc((size_t)limits->addresses, sizeof(*book->strangers));
    INVARIANT(book->chains != NULL && book->strangers != NULL);
    return book;
}

/* --- addresses --- */

static bool is_mapped(const char *key) /* RFC 4291 section 2.5.5.2 */
{
    static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(key, prefix, sizeof(prefix)) == 0;
}

static void write_key(const char *key, struct buffer *out)
{
    char name[INET6_ADDRSTRLEN] = "";
    if (is_mapped(key))
        inet_ntop(AF_INET, key + 12, name, sizeof(name));
    else
        inet_ntop(AF_INET6, key, name, sizeof(name));
    buffer_print(out, "%s%s", name, is_mapped(key) ? "" : "/64");
}

static uint32_t *chain_of(struct stranger_book *book, const char *key)
{
    uint64_t halves[2];
    memcpy(halves, key, sizeof(halves));
    uint64_t mixed = (halves[0] ^ book->seed) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 29) ^ halves[1]) * 0xbf58476d1ce4e5b9u;
    return &book->chains[(mixed >> 32) % (uint64_t)book->limits.addresses];
}

static struct stranger *find(struct stranger_book *book, const char *key)
{
    for (uint32_t at = *chain_of(book, key); at != 0; at = book->strangers[at - 1].next)
        if (memcmp(book->strangers[at - 1].key, key, KEY_SIZE) == 0)
            return &book->strangers[at - 1];
    return NULL;
}

/* NULL if the page is full. */
static struct stranger *find_or_add(struct stranger_book *book, const char *key)
{
    struct stranger *stranger = find(book, key);
    if (stranger != NULL || book->count == book->limits.addresses)
        return stranger;
    uint32_t *chain = chain_of(book, key);
    stranger = &book->strangers[book->count++];
    *stranger = (struct stranger){.next = *chain};
    memcpy(stranger->key, key, KEY_SIZE);
    *chain = book->count;
    return stranger;
}

/* --- the end of a minute --- */

static void write_line(const struct stranger_book *book, const struct stranger *stranger)
{
    SCOPED_BUFFER address = {0}, reasons = {0};
    char minute[CLOCK_TEXT_SIZE];
    clock_format(book->minute * minute_us, minute);
    write_key(stranger->key, &address);
    int64_t others = stranger->refusals;
    for (size_t i = 0; i < REASONS && stranger->reasons[i].count != 0; i++) {
        others -= stranger->reasons[i].count;
        buffer_print(&reasons, "%s%s=%u", i == 0 ? "" : " ", fault_row(stranger->reasons[i].reason)->reason,
                     stranger->reasons[i].count);
    }
    if (others != 0)
        buffer_print(&reasons, " others=%lld", (long long)others);
    LOG(LOG_WARNING, "strangers_refused", log_text("address", buffer_text(&address)),
        log_text("minute", text_of(minute)), log_number("refused", stranger->refusals),
        log_number("held_off", stranger->held_off), log_text("reasons", buffer_text(&reasons)));
}

static struct stranger *most_refused(struct stranger_book *book)
{
    struct stranger *most = NULL;
    for (uint32_t i = 0; i < book->count; i++) {
        struct stranger *stranger = &book->strangers[i];
        if (!stranger->is_reported && stranger->refusals >= book->limits.log_from &&
            (most == NULL || stranger->refusals > most->refusals))
            most = stranger;
    }
    return most;
}

static void report(struct stranger_book *book)
{
    if (book->limits.log_from == 0)
        return;
    struct stranger *stranger = most_refused(book);
    for (int64_t lines = 0; lines < book->limits.lines_per_minute && stranger != NULL; lines++) {
        write_line(book, stranger);
        stranger->is_reported = true;
        stranger = most_refused(book);
    }
}

static void close_page(struct stranger_book *book)
{
    report(book);
    metric_add(METRIC_STRANGERS, -(int64_t)book->count);
    book->count = 0;
}

/* A call that began in the minute before still counts in this one; only a clock that was set back by more turns
 * the page too. */
static void turn_page(struct stranger_book *book, int64_t now_us)
{
    int64_t minute = now_us / minute_us;
    if (minute == book->minute || minute == book->minute - 1)
        return;
    close_page(book);
    memset(book->chains, 0, (size_t)book->limits.addresses * sizeof(*book->chains));
    book->minute = minute;
    atomic_store(&book->over, 0);
}

void stranger_book_destroy(struct stranger_book *book)
{
    if (book == NULL)
        return;
    close_page(book);
    pthread_mutex_destroy(&book->mutex);
    free(book->chains);
    free(book->strangers);
    free(book);
}

void stranger_book_turn(struct stranger_book *book, int64_t now_us)
{
    pthread_mutex_lock(&book->mutex);
    turn_page(book, now_us);
    pthread_mutex_unlock(&book->mutex);
}

/* --- what callers meet --- */

static void count_reason(struct stranger *stranger, enum fault reason)
{
    for (size_t i = 0; i < REASONS; i++) {
        struct reason_count *known = &stranger->reasons[i];
        if (known->count != 0 && known->reason != reason)
            continue;
        known->reason = reason;
        known->count++;
        return;
    }
}

void stranger_book_note(struct stranger_book *book, struct text address, enum fault reason, int64_t now_us)
{
    INVARIANT(address.length == KEY_SIZE);
    pthread_mutex_lock(&book->mutex);
    turn_page(book, now_us);
    uint32_t were = book->count;
    struct stranger *stranger = find_or_add(book, address.base);
    metric_add(METRIC_STRANGERS, book->count - were);
    if (stranger == NULL) {
        metric_add(METRIC_STRANGERS_UNCOUNTED, 1);
    } else {
        count_reason(stranger, reason);
        if (++stranger->refusals == book->limits.refusals_per_minute) {
            atomic_fetch_add(&book->over, 1);
            metric_add(METRIC_STRANGERS_HELD_OFF, 1);
        }
    }
    pthread_mutex_unlock(&book->mutex);
}

enum fault stranger_book_admit(struct stranger_book *book, struct text address, int64_t now_us,
                               int64_t *retry_after_s)
{
    if (atomic_load_explicit(&book->over, memory_order_relaxed) == 0)
        return FAULT_NONE;
    INVARIANT(address.length == KEY_SIZE);
    pthread_mutex_lock(&book->mutex);
    turn_page(book, now_us);
    struct stranger *stranger = find(book, address.base);
    bool is_over = stranger != NULL && book->limits.refusals_per_minute != 0 &&
                   stranger->refusals >= book->limits.refusals_per_minute;
    if (is_over)
        stranger->held_off++;
    pthread_mutex_unlock(&book->mutex);
    *retry_after_s = is_over ? MINUTE_S - now_us / 1000000 % MINUTE_S : 0;
    return is_over ? FAULT_ADDRESS_RATE : FAULT_NONE;
}
