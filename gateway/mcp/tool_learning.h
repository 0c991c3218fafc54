/* What a server's tools are, asked of it for a call of one that was in no list so far: what is not known is not
 * called, and who calls need not have asked first. With the caller's own credential for the server. */
#ifndef MCP_TOOL_LEARNING_H
#define MCP_TOOL_LEARNING_H

#include "mcp_call.h"

/* Zeroed before use, but for the first. */
struct tool_learning {
    struct mcp_call *call;

    struct flow_wait wait;
    enum fault fault; /* why the server could not be asked */

    struct flow flow; /* its own, from here on */
    struct credential_supply supply;
    struct upstream_leg upstream;
    struct text answer; /* of a page that came as an event */
    struct text cursor; /* of the next; TEXT_NONE: there is none */
    bool is_whole;      /* the page was a list */
    unsigned pages;
    int64_t until_ms;  /* for all of its pages */
    enum fault reason; /* why it was given up */
};

/* Completes learning->wait. The catalog of definitions has what there is then. */
void tool_learning_start(struct tool_learning *learning);
/* Gives it up, as if the server had not answered. */
void tool_learning_give_up(struct tool_learning *learning, enum fault reason);

#endif
