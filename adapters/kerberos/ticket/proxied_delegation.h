/* The steps of delegation.h where gssproxy has the gateway's key: it does what GSSAPI does otherwise, and gives
 * what only it can read. No ticket ever comes out of it. For delegation.c. */
#ifndef KERBEROS_PROXIED_DELEGATION_H
#define KERBEROS_PROXIED_DELEGATION_H

#include "delegation.h"
#include "gssproxy.h"

MUST_USE bool proxied_log_in(struct gssproxy *proxy, struct arena *arena, struct text principal,
                             struct gssproxy_answer *login, struct kerberos_failure *failure);
/* Principals with their realm. What it gives lies in the arena. */
MUST_USE bool proxied_impersonate(struct gssproxy *proxy, struct arena *arena, struct text gateway,
                                  struct text subject, struct text *evidence, struct kerberos_failure *failure);

/* What a context is where gssproxy has begun it. */
struct proxied_context {
    struct arena *arena; /* of all in it: a key that is good for this one answer */
    struct gssproxy *proxy;
    struct text context, service;
};

MUST_USE bool proxied_initiate(struct gssproxy *proxy, const struct gssproxy_initiation *initiation,
                               struct arena *arena, struct delegation_token *token,
                               struct kerberos_failure *failure);
MUST_USE bool proxied_confirm(const struct proxied_context *context, struct text answer);
void proxied_abandon(struct proxied_context *context); /* NULL is fine */

#endif
