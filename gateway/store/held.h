/* What both engines say alike of versions, holdings and tallies: the next version, how long it is kept, what is
 * the newest of several holders' holdings, how often something happened. No statements: those are the engines'.
 */
#ifndef STORE_HELD_H
#define STORE_HELD_H

#include "store/store.h"

/* Never 0, and never one that was there before. */
int64_t held_draw_version(void);

/* Until when a version that this transaction bumps stands for all that the transaction adds under it. */
int64_t held_version_expiry(const struct store_transaction *transaction, const struct store_version *version);
/* The same as it is stored: not before STORE_VERSION_KEPT_S from now. schema/postgres does this by the server's
 * clock. */
int64_t held_version_kept_until(int64_t expiry_s, int64_t now_s);

/* Events of one holder by minutes, relative to the minute of at_s. */
struct held_tallies {
    int64_t now;           /* this minute's, and later ones' */
    int64_t minute_before; /* of the minute before */
    int64_t hour;          /* of the 59 minutes before this one */
    int64_t hour_before;   /* of the 60th before this one */
};
void held_count(struct store_holder *holder, const struct held_tallies *tallies, int64_t at_s);

/* Newest first, at most limit of them; is_whole says whether none is missing. */
void held_keep_newest(struct store_query *query);

#endif
