/* Versions that never come again, windows over minutes, and the newest of what several hold. Called by both
 * engines. */
#include "held.h"

#include <stdlib.h>

#include "base/random.h"

enum { SECONDS_PER_MINUTE = 60 };

/* 62 bits of chance: that one of a scope's versions is drawn again while somebody still decides on the first
 * does not happen. */
int64_t held_draw_version(void)
{
    uint64_t bits;
    random_bytes(&bits, sizeof(bits));
    return (int64_t)(bits >> 2) + 1;
}

int64_t held_version_expiry(const struct store_transaction *transaction, const struct store_version *version)
{
    int64_t expiry_s = version->expires_at_s;
    for (size_t i = 0; i < transaction->holding_count; i++)
        if (transaction->holdings[i].kept_until_s > expiry_s)
            expiry_s = transaction->holdings[i].kept_until_s;
    return expiry_s;
}

int64_t held_version_kept_until(int64_t expiry_s, int64_t now_s)
{
    return expiry_s > now_s + STORE_VERSION_KEPT_S ? expiry_s : now_s + STORE_VERSION_KEPT_S;
}

/* The part of a minute's events that lies in a window which began as many seconds into that minute as have
 * passed of the present one. Rounded up: who may do something three times does not do it a fourth. */
static int64_t share(int64_t events, int64_t seconds_passed)
{
    return (events * (SECONDS_PER_MINUTE - seconds_passed) + SECONDS_PER_MINUTE - 1) / SECONDS_PER_MINUTE;
}

void held_count(struct store_holder *holder, const struct held_tallies *tallies, int64_t at_s)
{
    int64_t seconds_passed = at_s % SECONDS_PER_MINUTE;
    holder->last_minute = tallies->now + share(tallies->minute_before, seconds_passed);
    holder->last_hour = tallies->now + tallies->hour + share(tallies->hour_before, seconds_passed);
}

static int compare_newest_first(const void *first, const void *second)
{
    const struct store_holding *a = first, *b = second;
    int order = text_compare(b->id, a->id);
    return order != 0 ? order : (a->holder_index > b->holder_index) - (a->holder_index < b->holder_index);
}

void held_keep_newest(struct store_query *query)
{
    if (query->holding_count != 0)
        qsort(query->holdings, query->holding_count, sizeof(*query->holdings), compare_newest_first);
    query->is_whole = query->holding_count <= query->limit;
    if (!query->is_whole)
        query->holding_count = query->limit;
}
