/* A link by which a person connects an account or consents: made in the exchange that found it missing, opened
 * once in one browser, followed step by step. The link is a random ticket and says nothing of anybody; what it
 * is for is a sealed row of the store under the ticket's hash, and each step is a compare-and-swap on it, so
 * that none happens twice, on whichever gateway. */
#ifndef CONSENT_INVITATION_H
#define CONSENT_INVITATION_H

#include "adapters/credential_order.h"
#include "base/digest.h"
#include "keys/seal.h"
#include "runtime/flow.h"
#include "store/store.h"

enum { INVITATION_TICKET_SIZE = 44 }; /* 32 random bytes as base64url, zero-terminated */

enum invitation_step {
    INVITATION_NEW,       /* the link was handed out */
    INVITATION_OPENED,    /* in one browser, which alone goes on from here */
    INVITATION_CONSENTED, /* and the person was sent to the other side */
    INVITATION_FINISHING  /* they are back; nothing comes after it but the end */
};

struct invitation {
    enum invitation_step step;
    struct text exchange;                     /* record that found it missing */
    struct text target;                       /* metadata.name */
    struct text client;                       /* as consents name it (consents.h) */
    struct credential_identity person, actor; /* who must come; who acts for them */
    struct text scope, task, purpose;         /* TEXT_NONE where there is none */
    struct text root;
    int64_t expires_at_s; /* the link, and the row */
    /* From CONSENTED on: the record of the consent, the state that the other side gives back, and what the
     * adapter wanted kept. */
    struct text consent, browser_state, keep;
};

/* Makes a new ticket and the row for it, as a change for the transaction of the refusal's record. */
void invitation_make(const struct sealer *sealer, struct arena *arena, const struct invitation *invitation,
                     char ticket[INVITATION_TICKET_SIZE], struct store_state *change);

/* Zeroed before use, but for the first four. ticket: that of the link, or later that of the browser. */
struct invitation_reading {
    struct store *store;
    const struct sealer *sealer;
    struct arena *arena;
    struct text ticket;
    struct flow_wait wait;
    enum fault
        fault; /* STORE_UNAVAILABLE: not known; DOCUMENT_UNKNOWN: there is none, or no more; SEAL_BROKEN */
    struct invitation invitation;
    int64_t version;
    struct store_query query;
};
void invitation_read(struct invitation_reading *reading);
/* The row of a reading as it is to be now, for a transaction; stale if any other step was taken meanwhile. */
void invitation_advance(const struct invitation_reading *reading, struct store_state *change);
/* Moves it to another ticket, the browser's, under which alone it is found from now on: two changes. */
void invitation_move(const struct invitation_reading *reading, char ticket[INVITATION_TICKET_SIZE],
                     struct store_state changes[2]);
void invitation_remove(const struct invitation_reading *reading, struct store_state *change);

#endif
