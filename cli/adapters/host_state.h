/* The gateway's side of state.get, state.put and state.claim, in memory, and in the moods that a program has to
 * cope with. One state may serve several processes one after another. Knows no sockets. */
#ifndef CLI_ADAPTERS_HOST_STATE_H
#define CLI_ADAPTERS_HOST_STATE_H

#include "json/json_writer.h"

enum state_mood {
    STATE_GOOD,
    STATE_CHATTY,         /* answers have members that nobody knows */
    STATE_CONFLICTS_ONCE, /* the first put is answered with -32010 */
    STATE_CONFLICTS,      /* every put */
    STATE_CLAIMED,        /* every claim is somebody else's: -32011 */
    STATE_FAILS,          /* everything is -32603 */
    STATE_SILENT,         /* nothing is answered */
};

struct state_entry {
    struct state_entry *next;
    struct text key, value; /* value base64url; TEXT_NONE: none */
    int64_t version, fence, claimed_until_ms;
};

struct host_state {
    struct arena *arena;
    enum state_mood mood;
    struct state_entry *entries;
    struct buffer kept; /* every value that was ever put, decoded, a line each */
    struct buffer kept_as_sent;
    unsigned gets, puts, claims, conflicts;
};

struct host_state *host_state_create(struct arena *arena);
void host_state_dispose(struct host_state *state); /* the arena keeps the rest */

/* Writes "result":... or "error":... . A sentence if the request breaks the protocol, else NULL. */
const char *host_state_answer(struct host_state *state, struct text method, const struct json_value *params,
                              int64_t now_ms, struct json_writer *writer);

#endif
