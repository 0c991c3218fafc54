/* What one person agreed to: for each client and target which scopes, and until when. One sealed row of the
 * store a person, changed by compare-and-swap. A consent's id is that of its record, and what is issued by it
 * stands on "lease ID": so a consent is ended, found and traced like everything else that was given. */
#ifndef CONSENT_CONSENTS_H
#define CONSENT_CONSENTS_H

#include "adapters/credential_order.h"
#include "keys/seal.h"
#include "policy/scope.h"
#include "runtime/flow.h"
#include "store/store.h"

enum { CONSENTS_MAX = 128, CONSENTS_GONE_MAX = 2 * CONSENTS_MAX }; /* of one person */
enum { CONSENT_ACCOUNT_BYTES_MAX = 256 };                          /* more of an account's name is not kept */

/* Whose a consent is, in its text and in parts. Documents have nothing that tells one from another that has its
 * name later; but a name that has gone to another team is another's program, to whom nobody has agreed. */
struct consent_program {
    struct text kind, name; /* of a record's account: "client" or "agent-class", metadata.name */
    struct text team;       /* TEXT_NONE: no team's */
    struct text client_id;  /* of one client of a class, which the document stands for; TEXT_NONE: no class */
};
/* "client/NAME", or "client/NAME@TEAM", and of a class " CLIENT_ID" behind it: what is agreed to for one of its
 * clients is for none of the others. account: as a record has it, kind and name. */
struct text consent_program_text(struct arena *arena, struct text account, struct text team,
                                 struct text client_id);
struct consent_program consent_program_of(struct text program);

struct consent {
    struct text id;
    struct text target;  /* metadata.name */
    struct text client;  /* whose: consent_program_text */
    struct text scope;   /* agreed to, parted by spaces; TEXT_NONE: none */
    struct text account; /* what the other side calls the account that was connected, or TEXT_NONE */
    bool has_connection; /* an account may be kept for it, which outlives it */
    bool is_unfinished;  /* nobody has come back from connecting it; older rows do not say it */
    int64_t given_at_s;
    int64_t expires_at_s; /* 0: it was ended, and is a trace of the connection */
};

/* Zeroed before use, but for the first four; all that is found is in the arena. */
struct consents {
    struct store *store;
    const struct sealer *sealer;
    struct arena *arena;
    struct credential_identity person;
    struct flow_wait wait;
    enum fault fault; /* STORE_UNAVAILABLE: not known; SEAL_BROKEN: not written under this sealing key */
    struct consent items[CONSENTS_MAX];
    size_t count;
    int64_t version; /* of the row; 0: there is none */
    /* Of those that were taken out or ended here and that had not expired: whoever writes the row ends them in
     * the same transaction (a cutoff of "lease ID"), for what was issued by them is found by nothing else from
     * then on. */
    struct text gone[CONSENTS_GONE_MAX];
    size_t gone_count;
    struct store_query query;
};

/* Completes consents->wait. On a loop. */
void consents_read(struct consents *consents);
/* The one of this client for this target that covers every scope and has not expired; NULL: there is none. */
const struct consent *consents_find(const struct consents *consents, struct text target, struct text client,
                                    const struct scope_set *scope, int64_t now_s);
/* Puts one in the place of the same client's for the same target, and of all that have expired for that target
 * when it is given: it has their connection and, if it names none, its account. Of what has expired elsewhere
 * only traces stay; where there are too many or the row would be too large those go, too, and then the oldest
 * of all. Of the account's name no more than 256 bytes are kept. */
void consents_add(struct consents *consents, const struct consent *consent);
/* An account was connected for this one. Where it has ended meanwhile another of its target has the connection
 * now, and where there is none this becomes a trace of it. There is one account for a person and a target:
 * whoever may use it uses this one from now on. Where the row has no room for its name it goes without. */
void consents_note_connection(struct consents *consents, const struct consent *connected);
/* Ends one. Of an account that may be connected the last consent is the only trace by which its person finds
 * it, so that one stays, over or not, and the row with it, until it is forgotten: what was connected is out of
 * their reach only once CONSENTS_MAX others, or more than the row can hold, have come since. */
void consents_end(struct consents *consents, size_t index);
/* The account there was forgotten: of that target nothing stays. Whether there was anything. */
bool consents_forget(struct consents *consents, struct text target);
/* The row as it is now, as a change for a transaction: stale if somebody else has changed it meanwhile. */
void consents_write(const struct consents *consents, struct store_state *change);

#endif
