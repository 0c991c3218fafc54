/* The record of one exchange or one administrative change: who, for whom, through whom, from where, to what,
 * what was asked, what was given and why. Canonical bytes are JSON with fixed member order and no white space;
 * their SHA-256 is the record's hash. No secret and no token is in it, only fingerprints. */
#ifndef LEDGER_RECORD_H
#define LEDGER_RECORD_H

#include "base/digest.h"
#include "base/random.h"
#include "store/store.h"
#include "json/json_writer.h"

struct record_identity {
    struct text issuer, subject;
};

struct record {
    struct text id; /* exchange id; also the jti of what was issued */
    int64_t at_us;
    struct text kind;    /* "exchange", "revocation", "document", "key", ... */
    struct text outcome; /* "granted", "refused", "done" */
    enum fault fault;    /* reason of a refusal */
    struct text team;
    struct text client;           /* client_id or agent class */
    struct text client_method;    /* how it proved itself */
    struct text thumbprint;       /* x5t#S256 of the certificate that what was issued is bound to */
    struct record_identity agent; /* who made the call: client or platform identity */
    struct record_identity subject;
    struct text subject_fingerprint, actor_fingerprint; /* SHA-256 of the tokens, hexadecimal */
    const struct record_identity *chain;                /* of what was issued, outermost first */
    size_t chain_length;
    struct text root, task, purpose;
    struct text parent; /* id of the record whose credential was the subject token, or TEXT_NONE */
    struct text subject_domain, target_domain, target, audience;
    struct text target_team; /* that owned it then */
    struct text scope_asked, scope_given;
    struct text token_type;
    int64_t expires_at_s; /* 0 = nothing issued */
    struct text key_id;   /* that signed it */
    int64_t generation;   /* of the documents that decided */
    struct text source_address;
    const struct json_value *ladder; /* or ladder_json */
    struct text ladder_json;         /* raw JSON array */
    struct text change;              /* administrative: what changed, raw JSON */
    const struct text *stands_on;    /* what was issued comes from, beside what stands above: "kind id" each */
    size_t stands_on_count;
    struct text policy_version; /* of the policies that decided; TEXT_NONE if none were asked */
    struct text facts;          /* what they looked at, raw JSON */
    struct text
        authorization_details; /* given or, of a refusal, asked for: where they stand in no facts; raw JSON */
    struct text account;       /* who the subject is where the credential is good, as its adapter says */
    struct text call;          /* that was refused: method, path, host; raw JSON */
    struct text handed_over;   /* the subject's attributes that the adapter was given; raw JSON */
};

/* Canonical bytes, hash and index columns; everything in the arena. */
struct store_record record_seal(struct arena *arena, const struct record *record);

#endif
