/* The box around a server's requestState (new generation): what a client keeps between two rounds of one call
 * cannot be read, changed, or shown for another call, by another caller, at another server or too late. Pure
 * but for the nonce. */
#ifndef MCP_REQUEST_STATE_H
#define MCP_REQUEST_STATE_H

#include "keys/seal.h"
#include "json/json_value.h"

/* The client repeats the call, so all of this is the same then. */
struct request_state_call {
    struct text owner;  /* whose: what names the caller whatever token is shown */
    struct text target; /* the document's name */
    struct text method, name;
    struct text arguments; /* as request_state_arguments has them */
};

/* A call's arguments in few bytes, for as long as the arena: NULL: none; the order of members is nothing. */
struct text request_state_arguments(struct arena *arena, const struct json_value *arguments);

enum { REQUEST_STATE_BYTES_MAX = 65536 }; /* of the server's */

/* FAULT_MCP_UPSTREAM_ANSWER for a state that is too long. */
MUST_USE enum fault request_state_seal(const struct sealer *sealer, struct arena *arena,
                                       const struct request_state_call *call, struct text state,
                                       int64_t expires_at_s, struct text *sealed);
/* FAULT_MCP_STATE for anything that was not sealed here for this very call, or is over. It may be shown again
 * until then: the server's own state is the same, and the protocol has no single use. */
MUST_USE enum fault request_state_open(const struct sealer *sealer, struct arena *arena,
                                       const struct request_state_call *call, struct text sealed, int64_t now_s,
                                       struct text *state);

#endif
