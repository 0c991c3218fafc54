/* Grants: where the subject of a token request comes from. One row for each grant_type; all else - the client,
 * the target, what the documents and policies say, consent, the record - is the same for every grant and stands
 * in token_exchange.c, so that no check is there on one path and missing on its sibling.
 *
 * What a grant has to supply is exchange->subject.token, as verification_complete fills it from a token. Where
 * no token speaks for the subject (somebody logged in and a code is redeemed, or a client acts for itself) it
 * is filled by hand:
 * - issuer: the kind: Issuer that vouches for the subject; its domain has to let it leave.
 * - identity: issuer's identifier and the subject there.
 * - attributes: mapped ones, for policies and token claims; acr, amr, auth_time_s as the login had them.
 * - root: of the tree that begins here; up to 128 bytes, visible ASCII, not guessable where others may not join
 *   it.
 * - claims: issued_at_s, when the issuer vouched (a kill of the subject after that ends it); expires_at_s,
 *   nothing issued outlives it, 0 = no limit; the rest zeroed, all = NULL.
 * - has_scope, scope: what was agreed to; nothing wider is issued. Without: what is asked for and offered.
 * - fingerprint: TEXT_NONE, or the digest of what was redeemed, for the record.
 * Beside it, in exchange->proof: what is used up by the answer, and what the subject stands on besides. */
#ifndef EXCHANGE_GRANT_GRANT_H
#define EXCHANGE_GRANT_GRANT_H

#include "base/arena.h"
#include "base/fault.h"

struct exchange;
struct exchange_request;
struct form;
struct ledger_entry;
struct store_cutoff;

struct grant {
    const char *name; /* grant_type */
    /* Of RFC 8693: its answer says issued_token_type, and a token that is bad is invalid_request. That of any
     * other is invalid_grant (RFC 6749 section 5.2). */
    bool is_exchange;
    bool names_target;          /* what is redeemed may say which target it is for, so the request need not */
    bool takes_agents_unproven; /* without client authentication the assertion is the agent's own proof */
    bool takes_public_clients;  /* who proves nothing may redeem it: it has a proof of its own */
    /* Its own parameters; NULL: it has none. Pure. */
    enum fault (*read)(const struct form *form, struct exchange_request *request);
    /* Whose subject it may be, without believing anything; NULL: whoever calls. What fails is a rung of the
     * ladder.
     */
    enum fault (*identify)(struct exchange *exchange);
    /* Starts what exchange->subject.lookup.wait waits for; NULL: nothing. */
    void (*find)(struct exchange *exchange);
    /* Fills exchange->subject.token, or says with a rung why not. */
    enum fault (*complete)(struct exchange *exchange);
};

/* NULL for a grant_type that is not known. */
const struct grant *grant_named(struct text grant_type);

/* Beside the subject: what a grant leaves for the record's transaction. Zeroed where there is nothing. */
struct grant_proof {
    /* Used up with what is issued, by the same commit, and by that alone: a request that is refused may come
     * again. (kind, issuer, client, value) is the key of ledger_entry_use_once; kind TEXT_NONE: not used up. */
    struct text kind, issuer, client, value;
    int64_t expires_at_s;   /* until when it could be redeemed, leeway included */
    bool is_in_transaction; /* the last entry that was written has it */
    /* Identifiers of leases that what is issued stands on besides: ends with any of them. */
    struct text leases[2];
    size_t lease_count;
    /* The first of leases, and with it what was issued before, ends where it is shown again (RFC 6749 section
     * 4.1.2). */
    bool ends_if_replayed;
    struct store_cutoff *end;
};

/* grant_proof.c: into the transaction that reserves or records what is issued. */
void grant_proof_use_up(struct exchange *exchange, struct ledger_entry *entry);
/* Into the transaction of a refusal's record: what the proof gave before ends, if it was redeemed before. */
void grant_proof_end(struct exchange *exchange, struct ledger_entry *entry);
/* Why an entry was not stored: GRANT_REPLAYED where the proof may be what was used before. */
enum fault grant_proof_fault(const struct exchange *exchange, enum fault fault);

/* client_credentials_grant.c: the subject is whoever calls, as it has proved. */
enum fault grant_take_caller(struct exchange *exchange);

/* jwt_bearer_grant.c: what an ID-JAG that was verified makes of the request. */
enum fault jwt_bearer_take_assertion(struct exchange *exchange);

/* One file each. */
extern const struct grant token_exchange_grant, authorization_code_grant, client_credentials_grant,
    jwt_bearer_grant;

#endif
