/* Rows that are the gateway's own in the store's table of what adapters keep: sealed JSON under names that no
 * document can have, each bound to its key, so that a row copied over another's place does not open. */
#ifndef CONSENT_OWN_STATE_H
#define CONSENT_OWN_STATE_H

#include "base/buffer.h"
#include "base/digest.h"
#include "keys/seal.h"
#include "store/store.h"
#include "json/json_value.h"

/* The key of a row: hexadecimal SHA-256 of what it is found by. */
struct text own_state_key(struct arena *arena, struct text name);
/* Whether a row with this JSON is not too large for the store. */
bool own_state_fits(struct text json);
/* A change that puts the JSON there, under compare-and-swap. TEXT_NONE removes it. */
void own_state_put(const struct sealer *sealer, struct arena *arena, const char *owner, struct text key,
                   struct text json, struct store_state *change);
/* Looks it up; done gets what own_state_read reads. query is the caller's until then. */
void own_state_find(struct store *store, const char *owner, struct text key, struct arena *arena,
                    struct store_query *query, void (*done)(struct store_query *query), void *context);
/* What a query of one found; *value is NULL, and *version 0, where there is nothing. */
MUST_USE enum fault own_state_read(const struct sealer *sealer, const struct store_query *query,
                                   const struct json_value **value, int64_t *version);

#endif
