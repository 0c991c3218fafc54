/* Issuers we believe, compiled from their documents, with live key sets behind them. An issuer's keys are
 * fetched in the background on one loop and published to all; reading them never waits unless there has never
 * been a set or the token names a key that is not in it. */
#ifndef TRUST_ISSUER_H
#define TRUST_ISSUER_H

#include "base/secret.h"
#include "config/documents.h"
#include "jose/key_set.h"
#include "runtime/flow.h"
#include "runtime/http_client.h"

/* Keeps the key sets of all issuers (and of clients with jwks_uri) across worlds, by where they come from. */
struct key_source;
struct key_keeper;

struct key_keeper_options {
    const struct address_guard *guard;
    const char *ca_file;            /* NULL = the system's */
    int64_t refresh_s;              /* between refreshes, when the answer says nothing; default 300 */
    int64_t stale_limit_s;          /* a set older than this is not used any more; default 86400 */
    int64_t unknown_key_interval_s; /* earns one fetch for an unknown key, three saved up; default 10 */
    int64_t wait_ms;                /* how long a request waits for a first or missing key; default 3000 */
    size_t answer_limit;            /* default 512 KiB */
};

/* The loop does the fetching; it must be running for anything to arrive. */
struct key_keeper *key_keeper_create(struct loop *loop, const struct key_keeper_options *options);
/* On the loop's thread, or when the loop has stopped and before it is destroyed. Lookups that wait end with
 * ISSUER_UNREACHABLE; sources still held stay readable until they are released and are not fetched any more. */
void key_keeper_destroy(struct key_keeper *keeper);

/* The source of an issuer's or client's keys: made or found again by its configuration, so that a reload keeps
 * good sets. discovery: url is the issuer identifier, and the metadata's issuer must equal it (RFC 8414
 * section 3.3, OpenID Connect Discovery section 4.3). Any thread. Released once per acquire; one that nobody
 * holds is dropped instead of its next refresh. Inline keys are there at once and need no keeper. */
struct key_source *key_source_acquire(struct key_keeper *keeper, enum issuer_keys_source kind, struct text url,
                                      const struct json_value *inline_jwks, enum algorithm rsa_algorithm);
void key_source_release(struct key_source *source);
/* Of the set; 0 if inline, -1 if there is none yet. */
int64_t key_source_age_s(const struct key_source *source);

enum { KEY_PROBLEM_SIZE = 192 };
struct key_source_status {
    int64_t age_s;                  /* as above */
    bool is_usable;                 /* signatures are checked with the set that is there */
    char problem[KEY_PROBLEM_SIZE]; /* of the last fetch; empty where there was none */
};
struct key_source_status key_source_status(const struct key_source *source);

/* Zeroed before use. The source must stay acquired and key_id in memory until the wait is done. */
struct key_lookup {
    struct flow_wait wait;
    enum fault fault;             /* TOKEN_KEY_UNKNOWN, ISSUER_UNREACHABLE */
    struct key_set *set;          /* shared; key_lookup_dispose gives it back */
    const struct public_key *key; /* in set, or the caller's own */
    struct loop_message message;  /* this and all below: the keeper's */
    struct loop_timer timer;
    struct loop *loop;
    struct key_source *source;
    struct text key_id;
    enum algorithm algorithm;
    int64_t fetch_number; /* the first fetch that was begun after this lookup: the one that settles it */
    bool is_waiting;
    struct key_lookup *next, *previous;
};
/* Finds a key by kid (or the only one of this algorithm) and completes lookup->wait: at once if the set has it,
 * else after a single-flight refresh within the unknown-kid budget, else with a fault. On the caller's loop. */
void key_source_find(struct key_source *source, struct text key_id, enum algorithm algorithm,
                     struct key_lookup *lookup);
void key_lookup_dispose(struct key_lookup *lookup);

struct issuer {
    const struct document *document;
    struct key_source *keys;
    unsigned algorithms; /* 1 << enum algorithm */
    bool is_self;        /* tokens of our own; keys come from the key ring */
    /* Of our client there, as login.secretFile has it; NULL: there is no login, or it is a public client. */
    struct secret *login_secret;
};

/* Among issuers sorted by identifier; NULL if there is none. Byte for byte: an issuer identifier is never
 * normalized (RFC 7519 section 4.1.1, RFC 9207 section 2.4). */
const struct issuer *issuer_find(const struct issuer *const *sorted, size_t count, struct text identifier);

#endif
