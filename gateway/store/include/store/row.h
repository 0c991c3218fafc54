/* The rows the store keeps, as its users write and read them: records, single-use values, cutoffs with the
 * guards that ask for them, documents, signing keys. */
#ifndef STORE_ROW_H
#define STORE_ROW_H

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

struct store_single_use {
    unsigned char digest[STORE_HASH_SIZE]; /* over (kind, issuer, client, value) */
    int64_t expires_at_s;                  /* kept at least until then */
};

/* Ends things: whatever of this kind and id was issued at or before at_us is dead. */
struct store_cutoff {
    struct text kind; /* "lease", "root", "key", "client", ... */
    struct text id;
    int64_t at_us;
    int64_t expires_at_s; /* when nothing it could end is alive any more; 0 = never dropped */
};

/* What must not have been cut off when this commits. */
struct store_guard {
    struct text kind, id;
    int64_t issued_at_us;
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
