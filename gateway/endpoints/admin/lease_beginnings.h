/* How MCP sessions began. The lease of one has the id of the call that began it, whose record says for whom
 * that was; what the session stands on is what the credential of that call did. Used by
 * admin_leases_endpoint.c. */
#ifndef ENDPOINTS_LEASE_BEGINNINGS_H
#define ENDPOINTS_LEASE_BEGINNINGS_H

#include "admin_call.h"

struct lease_beginning {
    struct store_query call_find, credential_find;
    const struct json_value *call, *credential; /* their records; both NULL: it is no session, or not known */
    bool is_asked;
};

struct lease_beginnings {
    struct admin_call *call;
    struct lease_beginning *items; /* one for each row, in its place */
    size_t count, missing;
    enum fault fault;
    struct flow_wait wait;
};

/* Of these rows; wait is done once all are known, or fault says why not. */
void lease_beginnings_find(struct lease_beginnings *beginnings, struct admin_call *call,
                           const struct store_query *rows);

#endif
