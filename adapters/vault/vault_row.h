/* The row of one kept key: which it is, and what its sealed value holds. */
#ifndef ADAPTERS_VAULT_ROW_H
#define ADAPTERS_VAULT_ROW_H

#include "adapters/adapter.h"
#include "keys/seal.h"

enum { VAULT_KEY_BYTES_MAX = 16384 };

/* What a vault's row is called in the state of adapters; subject.subject TEXT_NONE: for everybody. The team
 * stands in it: a target that has gone leaves its keys behind, and whoever makes one of that name is not who
 * gave them. */
struct text vault_row_name(struct arena *arena, const struct credential_target *target,
                           struct credential_identity subject);
/* What the names of all rows of a target begin with, and no other's. */
struct text vault_row_prefix(struct arena *arena, const struct credential_target *target);

struct vault_row {
    struct credential_identity subject; /* TEXT_NONE: for everybody */
    struct text key;
    int64_t kept_at_s;
};

/* Sealed for the row of this name: bound to it, so that one row's value is worth nothing in another. */
struct text vault_row_seal(const struct sealer *sealer, struct arena *arena, struct text name,
                           const struct vault_row *row);
/* In the arena. SEAL_BROKEN: it is not what was sealed for this row with this sealing key. */
MUST_USE enum fault vault_row_open(const struct sealer *sealer, struct arena *arena, struct text name,
                                   struct text sealed, struct vault_row *row);
/* By what a kept key is found when it turns up somewhere: a keyed hash, as people choose keys that can be
 * guessed. 64 hexadecimal digits in the arena. */
struct text vault_fingerprint(const struct sealer *sealer, struct arena *arena, struct text key);

#endif
