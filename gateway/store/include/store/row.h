/* The rows the store keeps, as its users write and read them: records, single-use values, cutoffs with the
 * guards that ask for them, leases and their use, scope versions, what is held and how often, the state of
 * adapters, documents, signing keys. */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { STORE_HASH_SIZE = 32 };

/* A record as the store indexes it; the meaning is in canonical. Texts may be TEXT_NONE where a column is
 * nullable. */
struct store_record {
    struct text id; /* identifier_make: time-ordered; its day is the period */
    int64_t at_us;
    struct text kind;    /* "exchange", "admin", ... */
    struct text outcome; /* "granted", "refused", "done" */
    struct text reason;  /* fault_row()->reason */
    struct text root, parent, team, client, actor, subject, target;
    int64_t expires_at_s;                /* of the credential; 0 if none was issued */
    struct text canonical;               /* JSON bytes */
    unsigned char hash[STORE_HASH_SIZE]; /* SHA-256 of canonical */
};

/* Whether a credential was issued with it. */
static inline bool store_record_has_lease(const struct store_record *record)
{
    return record->expires_at_s != 0 && text_is(record->outcome, "granted");
}

struct store_single_use {
    unsigned char digest[STORE_HASH_SIZE]; /* over (kind, issuer, client, value) */
    int64_t expires_at_s; /* kept at least until then; after it the value counts as used, seen or not */
};

/* Ends things: whatever of this kind and id was issued at or before at_us is dead. One that stands is a bar: it
 * also refuses whatever would be issued from now on, until it is lifted; what was dead stays dead. */
struct store_cutoff {
    struct text kind; /* "lease", "root", "key", "client", ... */
    struct text id;
    int64_t at_us;
    int64_t expires_at_s; /* when nothing it could end is alive any more; 0 = never dropped */
    bool stands;          /* never dropped while it does */
    bool is_lift; /* written only: takes the bar off, dropped after expires_at_s; STORE_STALE without one */
    struct text reason;                   /* of who writes it, or TEXT_NONE */
    struct text record;                   /* id of that change's record, or TEXT_NONE */
    struct text lift_reason, lift_record; /* filled by queries: of who took the bar off */
    int64_t killed_epoch; /* filled by queries: of the commit that killed; tells kills of one thing apart */
    int64_t epoch;        /* filled by queries: of the commit that wrote it last */
};

/* What must not have been cut off when this commits: found by a bar, or by a cutoff at or after issued_at_us.
 */
struct store_guard {
    struct text kind, id;
    int64_t issued_at_us; /* 0: any cutoff there ever was */
};

/* Compare and bump: whoever decided on what a scope held says which version of it they have seen. With the
 * commit it is another, drawn by chance and not counted, so that a version never comes again: not after the row
 * was dropped, and not in a store that has lost its last commits. A scope stands in a transaction once. */
struct store_version {
    struct text scope;
    int64_t version; /* the one expected; 0 = there is none */
    /* Dropped after that, and 0 again; by the store not before STORE_VERSION_KEPT_S after the commit, nor
     * before the holdings of the same transaction are over. So who saw 0 and meets 0 has missed nothing that
     * still counts, however long they took: what came and was dropped in between is over as well. */
    int64_t expires_at_s;
};

enum { STORE_VERSION_KEPT_S = 7200, STORE_TALLY_KEPT_S = 7200 };

/* That somebody has a credential. holder is whom it counts against, and the scope of the version that orders
 * decisions on what they hold: an opaque key of the submitter's, a digest of kind and identity. One that is
 * there already is only kept longer, if it is to be. */
enum { STORE_HOLDER_MAX = 64 };
struct store_holding {
    struct text holder; /* at most STORE_HOLDER_MAX bytes */
    struct text id;     /* of its record */
    struct text root, agent, domain, target, scopes;
    int64_t issued_at_us;
    int64_t expires_at_s;
    int64_t kept_until_s; /* held until then, and dropped after it */
    size_t holder_index;  /* filled by queries: among those asked about */
};

/* One more event in a minute of a holder's; dropped STORE_TALLY_KEPT_S later. */
struct store_tally {
    struct text holder;
    int64_t minute; /* since 1970 */
};

/* Whom STORE_QUERY_HELD asks about, and what it fills. last_minute and last_hour are of a window of 60 and 3600
 * seconds up to at_s, the minute in which the window begins by the share of it that is inside, rounded up: as
 * if its events were spread evenly. What is told of minutes to come counts as now. */
struct store_holder {
    struct text name;
    int64_t version; /* never newer than the holdings and numbers beside it */
    int64_t last_minute, last_hour;
};

/* A credential that is more than its record: it has a handle by which it is withdrawn, a fingerprint by which
 * it is recognised, or a session. What it stands on is kept while it is pending or live, for finding it. A live
 * one without a handle is nobody's to withdraw: neither LEASES_DUE nor LEASES_DOOMED finds it.
 *
 * Its row is kept STORE_LEASE_KEPT_S after the credential's end, for whoever asks what became of it. */
enum { STORE_LEASE_KEPT_S = 7 * 86400, STORE_SHARING_MAX_S = 2 * 86400 /* that one which shares may live */ };
struct store_lease {
    struct text id;    /* of its exchange and record */
    struct text state; /* "pending", "live", "withdrawing", "ended", "lost" */
    struct text adapter, target;
    struct text handle;      /* sealed by the adapter; bytes, or TEXT_NONE */
    struct text fingerprint; /* or TEXT_NONE */
    int64_t issued_at_us;
    int64_t expires_at_s;
    int64_t kept_until_s;      /* set once, when it is inserted: the row is dropped the day after */
    int64_t attempts;          /* of withdrawing it */
    int64_t next_attempt_at_s; /* when somebody has to look at it; 0 = never */
    /* Another lease, whose credential this one is given as well; TEXT_NONE: it has its own. Written with
     * revision 0 only. One that shares has no handle and no fingerprint; LEASES_DOOMED finds it besides what it
     * stands on by its id, and by the root of its record. */
    struct text shares;
    /* By which name others may share this one's credential, which says all that it is for; TEXT_NONE: nobody
     * may. Written with revision 0 only. */
    struct text shared_as;
    int64_t revision; /* compare-and-swap: the one it has now, 0 = must not exist; else STORE_STALE */
    const struct store_guard *stands_on; /* written with revision 0 only */
    size_t stands_on_count;
};

/* A lease whose credential others share: that it is shared by this name, pending or live, and not looked at
 * (next_attempt_at_s) before this; else STORE_STALE. The revision of a live one moves with that. */
struct store_share {
    struct text lease, shared_as;
    int64_t until_s;
};

/* How often a lease was used in a minute: what is added to its row, by as many gateways as there are. Kept for
 * STORE_USE_KEPT_DAYS days and dropped by the day. */
enum { STORE_USE_KEPT_DAYS = 30 };
struct store_use {
    struct text lease;
    int64_t minute; /* since 1970 */
    int64_t calls, refused;
};

/* A row that an adapter keeps. The value is sealed by its owner: opaque bytes. Versions and fences only grow,
 * and none comes again for the same key: a row without a value is kept for STORE_STATE_KEPT_S after its value
 * went or its last claim ended, so that who comes late meets its numbers, and those of a key that begins anew
 * after that are higher than any that was dropped. Changes of a transaction are made in their order. */
enum { STORE_STATE_KEY_MAX = 512, STORE_STATE_VALUE_MAX = 65536, STORE_STATE_KEPT_S = 172800 };
enum store_state_change { STORE_STATE_PUT, STORE_STATE_CLAIM };
struct store_state {
    struct text adapter, key; /* whose, and its own name for it: UTF-8 of 1 to STORE_STATE_KEY_MAX bytes */
    enum store_state_change change;
    struct text value; /* PUT: at most STORE_STATE_VALUE_MAX bytes; TEXT_NONE removes it, if it is there */
    /* PUT: compare-and-swap: the version it has now; 0 = there is no value; -1 = whatever. Else STORE_STALE. */
    int64_t expected_version;
    /* PUT: not 0 = only under the claim that has this fence, over or not while nobody has claimed it since.
     * CLAIM: 0 = a new claim, else prolongs the one with this fence, or ends it. Else STORE_STALE. Filled by
     * queries, and by a transaction that stored a CLAIM: a new one has one more than the row ever had. */
    int64_t fence;
    int64_t claimed_until_ms; /* CLAIM: until when, by the submitter's clock; filled by queries */
    int64_t now_ms;           /* CLAIM, a new one: STORE_STALE if another's ends later than this */
    int64_t expires_at_s;     /* PUT: dropped after that by store_drop_before; 0 = kept */
    int64_t version;          /* filled by queries, and by a transaction that stored it: the one it has now */
    int64_t new_fence;        /* the store's */
};

struct store_document {
    struct text kind, name, team;
    struct text body;   /* canonical JSON; TEXT_NONE deletes */
    int64_t generation; /* filled by queries */
    /* Compare-and-swap: the generation this document must have now, 0 = must not exist, -1 = whatever. */
    int64_t expected_generation;
};

struct store_key {
    struct text id;        /* kid */
    struct text algorithm; /* "ES256" */
    struct text state;     /* "published", "active", "retired", "revoked" */
    struct text sealed;    /* private key, sealed; bytes */
    struct text public_jwk;
    int64_t created_at_s, activate_at_s, retire_at_s, remove_at_s; /* 0 = not set */
};

#endif
