/* What an agent that shows its own platform's token gets for it: a credential of ours for the target, by an
 * exchange like any other, recorded as one; remembered until it ends, so that the next call costs none. */
#ifndef RELAY_EGRESS_SESSION_H
#define RELAY_EGRESS_SESSION_H

#include "exchange/credential_book.h"
#include "exchange/token_exchange.h"
#include "relay/relayed_call.h"

/* Zeroed before use. */
struct egress_session {
    struct relayed_call *call;
    bool is_wanted;
    bool has_turn; /* to open it, while others wait */
    struct credential_question question;
    struct kept_credential found;
    struct inner_exchange inner;
};

/* fault: why what is shown is no credential of ours. */
bool egress_session_is_wanted(const struct relayed_call *call, enum fault fault);
/* Start what the steps of the same name wait for; at once where no session is wanted, or there is one. */
void egress_session_ask(struct egress_session *session);
MUST_USE enum fault egress_session_complete_question(struct egress_session *session);
void egress_session_open(struct egress_session *session);
/* The call goes on as if it had shown what the session has. */
MUST_USE enum fault egress_session_complete(struct egress_session *session);

#endif
