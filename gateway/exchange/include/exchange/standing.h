/* What a credential stands on: its lease and those it was made from, its tree, the issuers that vouched for its
 * subject and its actors, these themselves, the client that obtained it, the target it is for, its adapter, the
 * teams of both. The one place that knows; asked when something is issued, when it is shown again, and when
 * somebody introspects it, so that no path forgets one. */
#ifndef EXCHANGE_STANDING_H
#define EXCHANGE_STANDING_H

#include "exchange/world.h"
#include "ledger/cutoff_book.h"

struct standing {
    struct arena *arena;
    const struct world *world;
    struct store_guard *things; /* in the arena; texts point into tokens, the world and the arena */
    enum fault *faults;         /* what to say to a caller when the thing of the same place was ended */
    size_t count, room;         /* bounded by what a token may have: actors, ancestry */
    enum fault fault;           /* of what is added from here on */
};

/* Each adds to a standing whose arena and world are set. issued_at_us: whatever ended the thing up to then has
 * ended this too; 0 for things that end for good. What is there already stays once, with the earlier time and
 * the fault it has. */
void standing_add(struct standing *standing, struct text kind, struct text id, int64_t issued_at_us);
/* What ends with all that was issued up to a moment, by us or shown to us: the kill after a store was set back.
 */
void standing_add_to_everything(struct standing *standing, int64_t issued_at_us);
void standing_add_identity(struct standing *standing, struct text kind, const struct identity *identity,
                           int64_t issued_at_us);
void standing_add_client(struct standing *standing, struct text client_id, int64_t issued_at_us);
void standing_add_target(struct standing *standing, const struct target *target, int64_t issued_at_us);
/* Who acts, outermost first, with the issuers of their names, whose word counts as of vouched_at_us. */
void standing_add_actors(struct standing *standing, const struct identity *actors, size_t count,
                         int64_t issued_at_us, int64_t vouched_at_us);
/* A verified token of ours: claims carry a jti that we made. */
void standing_add_own_token(struct standing *standing, const struct jwt_claims *claims);
/* The same of what a record of a granted exchange says was issued: its canonical JSON. */
void standing_add_record(struct standing *standing, const struct json_value *record);
/* A verified token of a trusted issuer: who it names as of its iat (without one, as if it were older than any
 * cutoff), their issuers as of now. */
void standing_add_foreign_token(struct standing *standing, const struct verified_token *token, int64_t now_us);

/* Copies it there with all that its things are named by: for who asks about them for long. */
void standing_settle(struct standing *standing, struct arena *arena);

/* Whether this is one of its things, of whatever time. */
bool standing_has(const struct standing *standing, const struct store_guard *thing);
/* What to say when this one of its things was ended. */
enum fault standing_fault(const struct standing *standing, const struct store_guard *ended);

/* Whether the documents that a token of ours stands on are there and switched on right now. */
bool standing_is_on(const struct world *world, const struct jwt_claims *claims);

#endif
