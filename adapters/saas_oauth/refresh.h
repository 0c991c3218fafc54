/* One refresh under the claim: the mark that one is under way, the request, and what is kept of its answer. */
#ifndef SAAS_OAUTH_REFRESH_H
#define SAAS_OAUTH_REFRESH_H

#include "connection.h"
#include "grant.h"

struct refresh {
    const struct grant_run *run;
    struct connection connection; /* as it was read under the claim of connection.fence */
    struct text token_key, scope; /* of the token that is wanted; scope: theirs, of the order */
};

/* What the other side is asked for: the order's scopes, or where it has none scopes_least(). */
struct text refresh_scope(const struct refresh *refresh);

/* CONFLICT: the claim was over and somebody else has changed what is kept; everything is to be looked at again.
 */
MUST_USE enum adapter_outcome refresh_run(struct refresh *refresh, struct connection_token *token);

#endif
