/* Clients that registered themselves (RFC 7591): a sealed row each, in one of so many places, so that there are
 * never more. A place is free once its row's time is over: an hour after it registered, or long after a person
 * last agreed to it. Its client_id says the place and 16 random bytes, which the row has, too. */
#ifndef AUTHORIZATION_REGISTERED_CLIENT_H
#define AUTHORIZATION_REGISTERED_CLIENT_H

#include "code/client_document.h"
#include "keys/seal.h"
#include "runtime/flow.h"
#include "store/store.h"

enum { REGISTERED_CLIENT_UNUSED_S = 3600 };

/* Zeroed before use, but for the first four. */
struct registered_client_reading {
    struct store *store;
    const struct sealer *sealer;
    struct arena *arena;
    int64_t place;
    struct flow_wait wait;
    enum fault fault;
    struct text client_id; /* TEXT_NONE: the place is free */
    struct client_words words;
    int64_t expires_at_s, version;
    struct store_query query;
};
/* The place that a client_id names; -1: it is none of ours. */
int64_t registered_client_place(struct text client_id);
/* Completes reading->wait. On a loop. */
void registered_client_read(struct registered_client_reading *reading);
/* A new client in the place of the reading, with its client_id: a change that is stale if somebody else has
 * taken the place meanwhile. */
struct text registered_client_make(const struct registered_client_reading *reading,
                                   const struct client_words *words, int64_t expires_at_s,
                                   struct store_state *change);
/* The row as it was read, to be kept until then. */
void registered_client_prolong(const struct registered_client_reading *reading, int64_t expires_at_s,
                               struct store_state *change);

#endif
