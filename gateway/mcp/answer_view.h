/* What a client sees of what an MCP server says: lists without what it may not use, its own words in place of
 * the server's where those would tell what there is, nothing that the server may not ask. One for each call. */
#ifndef MCP_ANSWER_VIEW_H
#define MCP_ANSWER_VIEW_H

#include "message/mcp_list.h"
#include "relay/relayed_call.h"

enum { ANSWER_VIEW_REFUSALS_MAX = 64 };

/* Zeroed before use, but for the first group. */
struct answer_view {
    struct relayed_call *call;
    /* NULL: a stream of the older protocol that answers nothing in particular */
    const struct mcp_message *message;
    enum mcp_generation generation;
    struct text version;
    struct text arguments; /* of a message of the new generation: request_state_arguments, once it was sent */
    struct text task;      /* the box by which the call asks about a task; TEXT_NONE: it does not */

    bool is_permitted_known;
    struct mcp_permitted permitted;
    unsigned refusals; /* of what the server asked, in this call */
};

/* One message of the server, as it is seen. Texts lie in the arena. */
struct answer_seen {
    struct text text;    /* TEXT_NONE: nothing of it */
    struct text refusal; /* to be sent to the server, which waits for an answer; TEXT_NONE: none */
    int status;          /* of HTTP, where it is not the server's; 0: that */
    bool is_final;       /* the answer to the call's message */
    bool is_result;      /* and no error */
};

/* MCP_UPSTREAM_ANSWER for what is no message, or not one that may come here. bytes: the largest. */
MUST_USE enum fault answer_view_take(struct answer_view *view, struct arena *arena, struct text body,
                                     size_t bytes, struct answer_seen *seen);
/* What the server may ask of this client: the target says so, and policies permit it. */
const struct mcp_permitted *answer_view_permitted(struct answer_view *view);
/* Whether the client may hear of this resource. */
bool answer_view_shows_resource(struct answer_view *view, struct text uri);

#endif
