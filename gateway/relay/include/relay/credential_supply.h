/* The credential that is put into a relayed call: found, where one that this lease made is still good, or made
 * by the target's egress adapter and recorded as the lease's own, so that whatever ends the lease ends it. The
 * agent never sees it. */
#ifndef RELAY_CREDENTIAL_SUPPLY_H
#define RELAY_CREDENTIAL_SUPPLY_H

#include "exchange/credential_book.h"
#include "relay/relayed_call.h"
#include "runtime/http_stream.h"

/* Zeroed before use, but for the first group. Everything is in the call's arena. */
struct credential_supply {
    struct relayed_call *call;
    struct text refused; /* lease of a supply, or the one it shares, that the upstream answered with 401 */
    bool is_for_call;    /* the adapter makes one for each call, and confirms what is answered to it */
    bool is_again;       /* in place of one that this call is recorded with */
    struct text channel_binding; /* of the upstream's certificate, or TEXT_NONE */
    /* One without effects outside, too, is made once for a lease, used until shortly before its end, and made
     * anew by one call while the others still use it. Not for what is made for each call. */
    bool is_kept;
    bool has_scope; /* what is made says this scope, which is one of the other side, not the agent's */
    struct text scope;
    int64_t lifetime_s; /* lives no longer than that; 0: than the target says */

    struct flow_wait wait;
    enum fault fault; /* the ladder of the call has its rung */
    struct kept_credential supply;
    struct text confirmation; /* by which the adapter confirms the answer; TEXT_NONE: it does not */
};

/* Completes supply->wait. Durable when it does: no credential leaves without its record. */
void credential_supply_start(struct credential_book *book, struct credential_supply *supply);

/* Whether another may be made where the upstream answers 401 to this one, once for a call. An upstream that
 * answers it whatever it is shown must not make a credential of every call. */
bool credential_supply_is_replaceable(const struct credential_supply *supply);

/* Whether the adapter makes one for each call. */
bool credential_is_for_call(const struct adapter *adapter);

#endif
