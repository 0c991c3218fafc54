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
    struct team_rights rights;
};

struct admin_call;

/* Verifies the bearer token of a call over the network, then starts the call's own flow; or answers and ends
 * it. right: without it in any team the call is refused here; 0: any session will do. */
void admin_door_open(struct admin_call *call, unsigned right, const struct flow_step *steps);

#endif
