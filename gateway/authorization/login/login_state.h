/* A login that was begun and not finished: a sealed row of the store under the hash of a ticket that one
 * browser has in a cookie. Used up once, on whichever gateway, before anything is done with what the browser
 * brings. */
#ifndef AUTHORIZATION_LOGIN_STATE_H
#define AUTHORIZATION_LOGIN_STATE_H

#include "keys/seal.h"
#include "runtime/flow.h"
#include "store/store.h"

#define LOGIN_STATE_COOKIE "__Host-dragoman-login"

/* RANDOM: 32 bytes as base64url, zero-terminated. */
enum { LOGIN_STATE_LIFETIME_S = 600, LOGIN_STATE_RANDOM_SIZE = 44 };

struct login_state {
    struct text issuer_name, issuer; /* the document's name, and the identifier it had then */
    struct text state, nonce, verifier;
    struct text token_endpoint; /* as the issuer said when the browser was sent there */
    bool names_itself;          /* the same: its answers say "iss" */
    struct text return_path;    /* one of ours */
    int64_t expires_at_s;
};

/* New state, nonce and verifier (RFC 7636 section 4.1), in the arena. */
void login_state_begin(struct arena *arena, int64_t now_s, struct login_state *state);
/* Makes a ticket, and the row for it as a change. */
void login_state_make(const struct sealer *sealer, struct arena *arena, const struct login_state *state,
                      char ticket[LOGIN_STATE_RANDOM_SIZE], struct store_state *change);

/* Zeroed before use, but for the first four. */
struct login_state_reading {
    struct store *store;
    const struct sealer *sealer;
    struct arena *arena;
    struct text ticket;
    struct flow_wait wait;
    enum fault fault; /* STORE_UNAVAILABLE; LOGIN_STATE: there is none, or no more */
    struct login_state state;
    int64_t version;
    struct store_query query;
};
/* Completes reading->wait. On a loop. */
void login_state_read(struct login_state_reading *reading);
/* The end of the row, for a transaction; stale if it was used up meanwhile. */
void login_state_use_up(const struct login_state_reading *reading, struct store_state *change);

#endif
