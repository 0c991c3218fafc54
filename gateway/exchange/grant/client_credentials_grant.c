/* client_credentials (RFC 6749 section 4.4): on nobody's behalf. The subject is the client that has proved
 * itself, or the agent whose platform's token did; who acts is the same, so there is no chain (decision 0050).
 */
#include "exchange.h"

/* No token of ours or anybody's is shown, so nothing is carried on; each request is the root of a tree of its
 * own, by which what came of it is found and ended. */
static void take_client(struct exchange *x)
{
    const struct call *call = &x->call;
    x->is_client_alone = true;
    x->subject.issuer = &call->world->self;
    x->subject.token = (struct verified_token){
        .issuer = &call->world->self, .identity = call->caller->identity, .root = call->id};
}

/* The platform's token is the subject's as much as the caller's: everything it says holds. */
static void take_agent(struct exchange *x)
{
    const struct client_authentication *authentication = &x->call.authentication;
    x->subject.issuer = authentication->verification.issuer;
    x->subject.token = authentication->verification.token;
    x->request.subject_token = authentication->assertion;
    x->request.subject_type = TOKEN_TYPE_JWT;
}

enum fault grant_take_caller(struct exchange *x)
{
    const struct caller *caller = x->call.caller;
    if (caller->agent_class != NULL)
        take_agent(x);
    else
        take_client(x);
    ladder_pass(&x->call.ladder, "subject_is_caller", document_label(caller->document),
                caller->identity.subject);
    return FAULT_NONE;
}

const struct grant client_credentials_grant = {
    .name = "client_credentials",
    .complete = grant_take_caller,
};
