/* Looks every second, for as long as a call through egress goes on, whether what it is made with is still good
 * and whether anybody waits for it: a kill reaches answers that stream, too. That a credential has run out
 * meanwhile ends nothing: the call began in its time. */
#ifndef RELAY_EGRESS_WATCH_H
#define RELAY_EGRESS_WATCH_H

#include "egress_upstream.h"
#include "relay/relayed_call.h"

/* Zeroed before use, but for the first two. */
struct egress_watch {
    struct relayed_call *call;
    struct egress_upstream *upstream; /* is given up with CALL_CREDENTIAL_ENDED */
    struct standing standing;
    struct loop_timer timer;
    struct flow look; /* one look, which may wait for the store */
    struct ledger_liveness liveness;
    unsigned unknown;                              /* looks in a row that found nothing out */
    bool is_begun, is_looking, is_stale, is_ended; /* stale: the look is about what does not matter any more */
    struct flow_wait idle;
};

/* supply: the lease of the credential that was put in. */
void egress_watch_begin(struct egress_watch *watch, struct text supply, struct text adapter);
/* Until it is begun again, for another credential. */
void egress_watch_pause(struct egress_watch *watch);
/* Completes watch->idle when no look is under way any more; at once if none was begun. */
void egress_watch_end(struct egress_watch *watch);

#endif
