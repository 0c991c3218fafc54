/* Contexts of tokens that the gateway has shown to a service and whose answers it has not brought yet. Bounded:
 * the one that has waited longest is given up. Safe on several threads. */
#ifndef KERBEROS_CONFIRMATIONS_H
#define KERBEROS_CONFIRMATIONS_H

#include <gssapi/gssapi.h>

#include "base/arena.h"

struct confirmations;

struct confirmations *confirmations_open(size_t limit);
void confirmations_close(struct confirmations *confirmations);
/* Takes the context over; what it can be asked for by, in the arena. */
struct text confirmations_add(struct confirmations *confirmations, struct arena *arena, gss_ctx_id_t context);
/* The caller's again, once; GSS_C_NO_CONTEXT: it is not known, or not any more. */
gss_ctx_id_t confirmations_take(struct confirmations *confirmations, struct text name);

#endif
