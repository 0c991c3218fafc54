/* Watches, for as long as a call goes on, whether what it is made with is still good and whether anybody waits
 * for it: a kill reaches answers that stream, too, at most 100 ms after this gateway knows of it. That a
 * credential has run out meanwhile ends nothing: the call began in its time. */
#ifndef RELAY_CALL_WATCH_H
#define RELAY_CALL_WATCH_H

#include "relay/relayed_call.h"
#include "relay/watch_list.h"

/* Zeroed before use, but for the first group. Stays where it is until it was ended. */
struct call_watch {
    struct relayed_call *call;
    /* CALL_CREDENTIAL_ENDED or CALLER_GONE, maybe more than once. It only notes that, and acts when the loop
     * turns. */
    void (*give_up)(void *context, enum fault reason);
    void *context;
    /* Lease and root that the call stands on beside its credential's; TEXT_NONE: none. */
    struct text session, session_root;

    struct standing standing;
    struct watch_entry entry;
    struct flow look; /* one look, which may wait for the store */
    struct ledger_liveness liveness;
    unsigned unknown;                              /* looks in a row that found nothing out */
    bool is_begun, is_looking, is_stale, is_ended; /* stale: the look is about what does not matter any more */
    struct flow_wait idle;
};

/* supply: the lease of the credential that was put in; TEXT_NONE: there is none. */
void call_watch_begin(struct call_watch *watch, struct text supply, struct text adapter);
/* Whether it can: not while it looks. */
bool call_watch_can_settle(const struct call_watch *watch);
/* Needs nothing any more but what lies in that arena, and in the call itself. */
void call_watch_settle(struct call_watch *watch, struct arena *arena);
/* Whether something of this was ended, by what this loop knows without asking anybody: for the moment before a
 * request goes where it cannot be called back from. */
bool call_watch_knows_ended(const struct relayed_call *call, const struct standing *standing);
/* Until it is begun again, for another credential. */
void call_watch_pause(struct call_watch *watch);
/* Completes watch->idle when no look is under way any more; at once if none was begun. */
void call_watch_end(struct call_watch *watch);

#endif
