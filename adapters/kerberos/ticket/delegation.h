/* Protocol transition and constrained delegation ([MS-SFU] 3.1.5, RFC 4121) by MIT's GSSAPI: the gateway's key
 * becomes a ticket of somebody else's for one service; or by gssproxy, where that has the key. Nothing is
 * remembered here but the gateway's own login, which libkrb5 renews from the keytab by itself; nothing of the
 * SDK is known. Safe on several threads. */
#ifndef KERBEROS_DELEGATION_H
#define KERBEROS_DELEGATION_H

#include <gssapi/gssapi.h>

#include "base/arena.h"
#include "base/fault.h"
#include "kerberos_error.h"

struct delegation;
struct delegation_credential;
struct gssproxy;
struct proxied_context;

/* principal, without realm, is in the keytab ("MEMORY:name"). Everything is copied. */
struct delegation *delegation_open(struct text realm, struct text principal, struct text keytab);
/* The same by gssproxy, which is borrowed. */
struct delegation *delegation_open_proxied(struct text realm, struct text principal, struct gssproxy *proxy);
void delegation_close(struct delegation *delegation);
/* Whether a ticket that was got stays in the credential that it was got by; gssproxy asks for it each time. */
bool delegation_keeps_tickets(const struct delegation *delegation);
/* By gssproxy only: whether it lets the gateway in. */
MUST_USE bool delegation_check_login(const struct delegation *delegation, struct arena *arena,
                                     struct kerberos_failure *failure);
/* With a keytab only: the gateway's own login, for what it asks in its own name. GSSAPI's to release. */
MUST_USE bool delegation_log_in(const struct delegation *delegation, gss_cred_id_t *gateway,
                                struct kerberos_failure *failure);
/* "tls-server-end-point:" and the digest by RFC 5929 section 4.1, in the arena; none for TEXT_NONE. */
gss_channel_bindings_t delegation_binding(struct arena *arena, struct text digest);
/* The realm that it was opened for. */
struct text delegation_realm(const struct delegation *delegation);

/* S4U2Self: evidence that the subject came to us, as a credential that only S4U2Proxy is to be done with: it
 * has the gateway's own login in it and is never handed out. account is one component, without realm. False,
 * with what went wrong; also where the KDC answered for another name than was asked for. */
MUST_USE bool delegation_impersonate(struct delegation *delegation, struct text account,
                                     struct delegation_credential **evidence, struct kerberos_failure *failure);
/* Another credential with all that this one has in it: what is got by it stays apart. */
MUST_USE bool delegation_copy(const struct delegation_credential *credential,
                              struct delegation_credential **copy, struct kerberos_failure *failure);
/* GSSAPI's, which stays with the other; GSS_C_NO_CREDENTIAL where gssproxy has it. */
gss_cred_id_t delegation_gss_credential(const struct delegation_credential *credential);

struct delegation_request {
    const struct delegation_credential *credential; /* of delegation_impersonate */
    struct text service;                            /* "HTTP/app.corp.example", of this realm */
    uint32_t lifetime_s; /* of a ticket that has to be asked for; 0: one is there already (never by gssproxy) */
    struct text channel_binding; /* digest by RFC 5929 section 4.1; TEXT_NONE: the token is bound to none */
    bool is_mutual;              /* the answer will be checked with the context */
};
/* What the answer of a service is checked with, as long as the delegation is open. */
struct delegation_context {
    gss_ctx_id_t context;
    gss_name_t service;              /* the delegation's */
    struct proxied_context *proxied; /* or that, by gssproxy */
};
struct delegation_token {
    struct text token; /* in the arena: the krb5 mechanism's first token (RFC 4121 section 4.1) */
    int64_t rest_s;    /* of the ticket */
    struct delegation_context context; /* where is_mutual: the caller's, until delegation_abandon */
};

/* S4U2Proxy, unless the credential has the ticket already, and an AP-REQ made with it. */
MUST_USE bool delegation_initiate(struct delegation *delegation, const struct delegation_request *request,
                                  struct arena *arena, struct delegation_token *token,
                                  struct kerberos_failure *failure);
/* Whether the service's answer (AP-REP, RFC 4120 section 3.2.4) is one that only the holder of its key can have
 * given. */
MUST_USE bool delegation_confirm(struct delegation_context *context, struct text answer);

void delegation_release(struct delegation_credential *credential); /* NULL is fine */
void delegation_abandon(struct delegation_context *context);       /* also one that is all zero */

#endif
