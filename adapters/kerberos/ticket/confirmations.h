/* Contexts of tokens that the gateway has shown to a service and whose answers it has not brought yet. Bounded:
 * the one that has waited longest is given up, and of an account that has its share, its own. Safe on several
 * threads. */
#ifndef KERBEROS_CONFIRMATIONS_H
#define KERBEROS_CONFIRMATIONS_H

#include "delegation.h"

struct confirmations;

struct confirmations *confirmations_open(size_t limit, size_t share); /* of it, for one account */
void confirmations_close(struct confirmations *confirmations);
/* Takes the context over; what it can be asked for by, in the arena. */
struct text confirmations_add(struct confirmations *confirmations, struct arena *arena, struct text account,
                              const struct delegation_context *context);
/* The caller's again, once; false: it is not known, or not any more. */
MUST_USE bool confirmations_take(struct confirmations *confirmations, struct text name,
                                 struct delegation_context *context);

#endif
