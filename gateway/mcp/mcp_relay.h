/* What comes back from an MCP server, and how it reaches the client: whole, or event by event. Parts of
 * mcp_call.c, which says when. */
#ifndef MCP_MCP_RELAY_H
#define MCP_MCP_RELAY_H

#include "mcp_call.h"

/* Sends what mcp_request_write wrote. */
void mcp_relay_start(struct mcp_call *x);
/* What the head of the answer says: NONE where there is something to hand on. */
MUST_USE enum fault mcp_relay_judge(struct mcp_call *x);
/* Whether the session may be one that the server does not know any more; certain where it said so. */
bool mcp_relay_is_doubtful(const struct mcp_call *x);
/* Asks the server something harmless in the session; completes x->ping.headed. */
void mcp_relay_ping(struct mcp_call *x);
/* What there is to be handed on: neither, where the head has said all. */
bool mcp_relay_is_stream(const struct mcp_call *x);
bool mcp_relay_is_whole(const struct mcp_call *x);
/* An answer that is no stream, once it is there: what of it is seen. */
MUST_USE enum fault mcp_relay_look(struct mcp_call *x);

/* Begins the answer to the client and lets events go to it; completes x->upstream.ended. */
void mcp_relay_open(struct mcp_call *x);
/* When that has ended: what is still due to the client, whose answer is over then. */
void mcp_relay_close(struct mcp_call *x);
/* The whole answer, in place of a stream. */
void mcp_relay_answer(struct mcp_call *x);

/* Ended by a kill: the server is told that nobody waits for it and, where the kill was of more than this token
 * or what the server was shown, that its session is over. */
void mcp_relay_say_goodbye(struct mcp_call *x);
/* Ends at the server, best effort too, a session that began there and is not given to anybody. */
void mcp_relay_undo(struct mcp_call *call);

#endif
