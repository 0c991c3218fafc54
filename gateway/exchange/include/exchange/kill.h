/* A kill: what a person names when something has to end, as the one row that ends it. Root and lease end for
 * good; everything else is barred until it is lifted, and what was issued before stays dead then. */
#ifndef EXCHANGE_KILL_H
#define EXCHANGE_KILL_H

#include "exchange/world.h"
#include "store/row.h"

struct kill {
    struct text kind, id; /* as guards and cutoffs have them */
    bool is_for_good;
};

/* kind is one of root, lease, agent, subject, client, issuer, target, team, adapter, everything; name what a
 * person knows it by: metadata.name or the identifier in a document, "ISSUER SUB" for agents and subjects, our
 * own issuer identifier for everything. KILL_KIND; KILL_NAME; KILL_NAME_OF_ALL; KILL_UNKNOWN if the world has
 * no such thing, when kill still has the name as given, to be used by who insists. Whether there is such a root
 * or lease only the store knows. */
MUST_USE enum fault kill_resolve(struct arena *arena, const struct world *world, struct text kind,
                                 struct text name, struct kill *kill);
/* The names by which what is issued under a document ends, the one to kill it by first: a target's audiences.
 * None for kinds that nothing is issued under. They are the document's. */
struct kill_names {
    struct text kind;
    const struct text *names;
    size_t count;
};
struct kill_names kill_names_of(const struct document *document);

/* The row that ends what bears a time up to at_us, now or a little later. is_past_only: what is issued after
 * that may live; nothing is barred. */
struct store_cutoff kill_cutoff(const struct kill *kill, int64_t at_us, bool is_past_only);
/* The rows that end as many leases, and what stands on them, in the transaction of this record. */
struct store_cutoff *kill_leases(struct arena *arena, const struct text *ids, size_t count, int64_t until_us,
                                 struct text record);
/* The row that takes a bar off again. */
struct store_cutoff kill_lift(const struct kill *kill, int64_t now_us);

#endif
