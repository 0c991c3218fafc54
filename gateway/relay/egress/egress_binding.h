/* What the certificate of an upstream is bound by (RFC 5929 section 4.1), for credentials that are made for one
 * server alone: learned by a handshake without a request, and remembered for a while. */
#ifndef RELAY_EGRESS_BINDING_H
#define RELAY_EGRESS_BINDING_H

#include "exchange/credential_book.h"
#include "relay/relayed_call.h"
#include "runtime/http_stream.h"

/* Zeroed before use, but for the first three. */
struct egress_binding {
    struct relayed_call *call;
    struct text upstream; /* its URL */
    bool is_wanted;
    bool has_turn; /* to learn it, while others wait */
    struct credential_question question;
    struct kept_credential found; /* its credential is the binding's bytes */
    struct flow_wait learned;
    struct http_stream *stream;
    enum fault fault;
};

/* Start what the steps of the same name wait for; at once where nothing is wanted, or it is known. */
void egress_binding_ask(struct egress_binding *binding);
MUST_USE enum fault egress_binding_complete_question(struct egress_binding *binding);
void egress_binding_learn(struct egress_binding *binding);
MUST_USE enum fault egress_binding_complete(struct egress_binding *binding);
/* It is another by now. What is asked next is learned anew, unless somebody has done so meanwhile. */
void egress_binding_forget(struct egress_binding *binding);

#endif
