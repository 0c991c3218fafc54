/* A few numbers for each KDC behind one mutex, which is held for no more than looking through them. */
#include "kdc_health.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buffer.h"

enum { SHARE_MIN_MS = 300, SHARES = 3 };

struct kdc_row {
    unsigned failures; /* in a row */
    const char *why;
    int64_t failed_at_ms, answered_at_ms, out_until_ms;
};

struct kdc_health {
    pthread_mutex_t mutex; /* over everything but count */
    size_t count;
    size_t preferred; /* the one that answered last */
    bool is_probing;
    int64_t rests_until_ms; /* where all are out */
    struct kdc_row rows[KDC_COUNT_MAX];
};

struct kdc_health *kdc_health_create(size_t count)
{
    struct kdc_health *health = calloc(1, sizeof(*health));
    INVARIANT(health != NULL && count >= 1 && count <= KDC_COUNT_MAX);
    INVARIANT(pthread_mutex_init(&health->mutex, NULL) == 0);
    health->count = count;
    for (size_t i = 0; i < count; i++)
        health->rows[i].failed_at_ms = health->rows[i].answered_at_ms = INT64_MIN;
    return health;
}

void kdc_health_destroy(struct kdc_health *health)
{
    pthread_mutex_destroy(&health->mutex);
    free(health);
}

enum { RANK_PREFERRED, RANK_SOUND, RANK_ON_TRIAL, RANK_OUT, RANK_COUNT };

static unsigned rank_of(const struct kdc_health *health, size_t kdc, int64_t now_ms)
{
    const struct kdc_row *row = &health->rows[kdc];
    if (row->failures != 0)
        return now_ms < row->out_until_ms ? RANK_OUT : RANK_ON_TRIAL;
    return kdc == health->preferred ? RANK_PREFERRED : RANK_SOUND;
}

static void choose(const struct kdc_health *health, int64_t now_ms, struct kdc_turn *turn)
{
    *turn = (struct kdc_turn){.count = 0};
    for (unsigned rank = 0; rank < RANK_COUNT; rank++) {
        if (rank == RANK_OUT)
            turn->sound = turn->count;
        for (size_t i = 0; i < health->count; i++)
            if (rank_of(health, i, now_ms) == rank)
                turn->kdcs[turn->count++] = i;
    }
    turn->is_probe = turn->sound == 0;
    if (turn->is_probe)
        turn->sound = turn->count;
}

bool kdc_health_begin(struct kdc_health *health, int64_t now_ms, struct kdc_turn *turn)
{
    pthread_mutex_lock(&health->mutex);
    choose(health, now_ms, turn);
    bool is_let = !turn->is_probe || (!health->is_probing && now_ms >= health->rests_until_ms);
    if (is_let && turn->is_probe)
        health->is_probing = true;
    pthread_mutex_unlock(&health->mutex);
    return is_let;
}

void kdc_health_end(struct kdc_health *health, const struct kdc_turn *turn)
{
    pthread_mutex_lock(&health->mutex);
    if (turn->is_probe)
        health->is_probing = false;
    pthread_mutex_unlock(&health->mutex);
}

bool kdc_health_answered(struct kdc_health *health, size_t kdc, int64_t now_ms)
{
    pthread_mutex_lock(&health->mutex);
    struct kdc_row *row = &health->rows[kdc];
    bool is_news = row->failures != 0;
    row->failures = 0;
    row->answered_at_ms = now_ms;
    health->preferred = kdc;
    pthread_mutex_unlock(&health->mutex);
    return is_news;
}

static int64_t pause_after(unsigned failures)
{
    int64_t pause_ms = KDC_PAUSE_FIRST_MS;
    while (--failures != 0 && pause_ms < KDC_PAUSE_LONGEST_MS)
        pause_ms *= 2;
    return pause_ms < KDC_PAUSE_LONGEST_MS ? pause_ms : KDC_PAUSE_LONGEST_MS;
}

static int64_t rest_after(int64_t waited_ms)
{
    return waited_ms < KDC_PAUSE_FIRST_MS ? waited_ms : KDC_PAUSE_FIRST_MS;
}

bool kdc_health_failed(struct kdc_health *health, size_t kdc, int64_t began_ms, int64_t now_ms, const char *why)
{
    pthread_mutex_lock(&health->mutex);
    struct kdc_row *row = &health->rows[kdc];
    bool is_known = began_ms < row->failed_at_ms || began_ms < row->answered_at_ms;
    bool is_news = !is_known && row->failures == 0;
    if (!is_known) {
        row->failures++;
        row->why = why;
        row->failed_at_ms = now_ms;
        row->out_until_ms = now_ms + pause_after(row->failures);
        health->rests_until_ms = now_ms + rest_after(now_ms - began_ms);
    }
    pthread_mutex_unlock(&health->mutex);
    return is_news;
}

static bool is_told(const struct kdc_row *row, bool is_all, int64_t now_ms)
{
    return row->failures != 0 && (is_all || now_ms - row->failed_at_ms < KDC_FAILURE_TOLD_MS);
}

static void tell(const struct kdc_row *row, struct text name, int64_t now_ms, bool is_first, struct buffer *out)
{
    int64_t ago_s = (now_ms - row->failed_at_ms) / 1000;
    buffer_print(out, "%s%.*s %s (%lld s ago)", is_first ? "" : ", ", TEXT_ARGUMENTS(name), row->why,
                 (long long)ago_s);
}

static size_t count_failing(const struct kdc_health *health)
{
    size_t failing = 0;
    for (size_t i = 0; i < health->count; i++)
        failing += health->rows[i].failures != 0;
    return failing;
}

enum kdc_standing kdc_health_standing(struct kdc_health *health, const struct text *names, int64_t now_ms,
                                      struct arena *arena, struct text *sentence)
{
    struct buffer out = buffer_in(arena, 256);
    size_t told = 0;
    pthread_mutex_lock(&health->mutex);
    bool is_all = count_failing(health) == health->count;
    buffer_print(&out, is_all ? "no KDC answers: " : "not every KDC answers: ");
    for (size_t i = 0; i < health->count; i++) {
        if (is_told(&health->rows[i], is_all, now_ms))
            tell(&health->rows[i], names[i], now_ms, told++ == 0, &out);
    }
    pthread_mutex_unlock(&health->mutex);
    *sentence = told != 0 ? buffer_text(&out) : TEXT("no KDC is known to be out");
    if (is_all)
        return KDC_STANDING_NONE;
    return told != 0 ? KDC_STANDING_DEGRADED : KDC_STANDING_GOOD;
}

static int64_t share_min_ms(int64_t timeout_ms)
{
    return timeout_ms / SHARES < SHARE_MIN_MS ? timeout_ms / SHARES : SHARE_MIN_MS;
}

int64_t kdc_share_ms(int64_t left_ms, int64_t timeout_ms, bool is_last)
{
    int64_t share_ms = left_ms / SHARES;
    if (share_ms < share_min_ms(timeout_ms))
        share_ms = share_min_ms(timeout_ms);
    return is_last || share_ms > left_ms ? left_ms : share_ms;
}

bool kdc_share_is_enough(int64_t share_ms, int64_t timeout_ms)
{
    return share_ms >= share_min_ms(timeout_ms);
}
