/* Changes of our own signing keys: what an operator's and a scheduled one have in common, and the schedule,
 * which publishes a successor when a key has signed for as long as spec.signing.rotateEvery says. On several
 * gateways one of them does; the others find it done. */
#ifndef EXCHANGE_KEY_SCHEDULE_H
#define EXCHANGE_KEY_SCHEDULE_H

#include "exchange/gateway.h"

/* The longest life of what a key of ours may have signed, of the documents as they are. */
int64_t key_change_live_s(const struct world *world);
/* The change as its record says it, in the arena. revoked: the kid that was taken out, or TEXT_NONE. */
struct text key_change_describe(struct arena *arena, const struct key_plan *plan, struct text revoked,
                                bool is_scheduled);
/* Rows and turn into an entry that has begun; the plan stays until it is done. */
void key_change_add(struct ledger_entry *entry, const struct key_plan *plan);
/* What has become of the entry: STORE_CONFLICT where another change came first. */
enum fault key_change_fault(enum fault fault);

/* When a successor of this key is published, so that it signs for rotateEvery and no longer; 0: never, as
 * another one follows it already, its algorithm is asked for no more, or rotateEvery is 0. */
int64_t key_schedule_at_s(const struct world *world, const struct key_snapshot *keys,
                          const struct signing_key *key);

struct key_schedule;

/* It looks on that loop, as soon as that runs. */
struct key_schedule *key_schedule_create(struct gateway *gateway, struct loop *loop);
/* After the loops and the store. NULL is fine. */
void key_schedule_destroy(struct key_schedule *schedule);

#endif
