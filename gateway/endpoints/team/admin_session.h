/* Who calls the admin API over the network: the session that a call shows, and its rights right now. A call on
 * the Unix socket has none and needs none. The door in admin_door.c opens it before any endpoint runs. */
#ifndef ENDPOINTS_ADMIN_SESSION_H
#define ENDPOINTS_ADMIN_SESSION_H

#include "team/team_rights.h"

struct admin_session {
    bool is_open; /* false: a call on the Unix socket */
    struct identity identity;
    struct text id, root; /* jti and txn */
    int64_t expires_at_s;
    const struct store_guard
        *things; /* that it stands on, as of epoch: what it stores holds if none was killed */
    size_t thing_count;
    struct store_counter epoch;
    const struct token_attribute *attributes; /* that the session carries */
    size_t attribute_count;
    struct team_rights rights;
};

struct admin_call;

/* Whether no policy forbids it (decision 0033): a session's rights need no permit. A team as a whole has no
 * kind; without a name there is nothing to ask about. */
bool admin_policy_allows(const struct admin_call *call, enum admin_right right,
                         const struct policy_administered *document);

/* Verifies the bearer token of a call over the network, then starts the call's own flow; or answers and ends
 * it. right: without it in any team the call is refused here; 0: any session will do. */
void admin_door_open(struct admin_call *call, unsigned right, const struct flow_step *steps);

#endif
