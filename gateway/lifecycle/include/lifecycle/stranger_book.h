/* Refusals of callers nobody knows yet, by address and minute: how many and why. Such refusals are not recorded
 * (that would let anybody fill the store), so this is where operators see where they come from, and where an
 * address that has too many of them is held off before its next signature costs anything. Bounded; in memory of
 * this gateway, shared by its threads. An address is 16 bytes as request_peer_network gives them: the /64 of an
 * IPv6 client, which it has to itself, or IPv4 mapped into IPv6. Time is wall time. */
#ifndef LIFECYCLE_STRANGER_BOOK_H
#define LIFECYCLE_STRANGER_BOOK_H

#include <stdint.h>

#include "base/fault.h"
#include "base/text.h"

struct stranger_book;

struct stranger_limits {
    int64_t refusals_per_minute; /* of one address; 0 = unlimited */
    int64_t addresses;           /* counted in one minute; the refusals of more are counted together */
    int64_t log_from;         /* refusals of one address in a minute from which the log names it; 0 = never */
    int64_t lines_per_minute; /* most such lines, those with the most refusals first */
};

struct stranger_book *stranger_book_create(const struct stranger_limits *limits);
void stranger_book_destroy(struct stranger_book *book); /* logs what the last minute brought; NULL is fine */

/* ADDRESS_RATE, with *retry_after_s, while this address has as many refusals this minute as are borne. Costs
 * one load as long as no address has. */
MUST_USE enum fault stranger_book_admit(struct stranger_book *book, struct text address, int64_t now_us,
                                        int64_t *retry_after_s);
/* A caller from there was refused for this reason before it was known. */
void stranger_book_note(struct stranger_book *book, struct text address, enum fault reason, int64_t now_us);
/* Writes to the log what a minute that is over brought, and forgets it. The next refusal does so as well; this
 * is for when none comes. */
void stranger_book_turn(struct stranger_book *book, int64_t now_us);

#endif
