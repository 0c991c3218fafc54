/* The box around the id of a task (an extension of 2026-07-28): what a call began is asked about by a client
 * that began it, and by nobody else, whatever credential the server is shown. What is inside says besides which
 * tool it was, so that policy is asked about that each time. Pure but for the nonce. */
#ifndef MCP_TASK_BOX_H
#define MCP_TASK_BOX_H

#include "relay/relayed_call.h"

struct task_box {
    struct text id;   /* the server's */
    struct text tool; /* that was called */
};

MUST_USE enum fault task_box_seal(const struct relayed_call *call, struct arena *arena,
                                  const struct task_box *task, struct text *sealed);
/* MCP_STATE for what was not sealed here for this caller, at this server. */
MUST_USE enum fault task_box_open(const struct relayed_call *call, struct arena *arena, struct text sealed,
                                  struct task_box *task);

#endif
