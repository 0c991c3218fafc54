/* One message to an MCP server on its way: what mcp_call.c, which tells its story, shares with the files that
 * have its parts. */
#ifndef MCP_MCP_CALL_H
#define MCP_MCP_CALL_H

#include "access/mcp_access.h"
#include "answer_view.h"
#include "message/mcp_headers.h"
#include "relay/call_watch.h"
#include "relay/credential_supply.h"
#include "relay/egress_session.h"
#include "session/session_rows.h"
#include "session/session_search.h"
#include "stream/client_leg.h"
#include "stream/upstream_leg.h"
#include "task_box.h"

enum mcp_verb { MCP_POST, MCP_GET, MCP_DELETE };

/* Of a server that is an HTTP API (bridge/bridge_call.h). */
struct bridge_leg {
    const struct openapi_operation *operation; /* that is called */
    struct text url;
    bool is_answered_here; /* with the call's body, at this status */
    int status;
};

/* What it takes to come to an answer. */
struct mcp_steps {
    struct egress_session own;   /* of an agent that shows its platform's token */
    struct session_rows rows;    /* of a session that is opened or ended */
    struct ledger_entry entry;   /* of a call that goes on */
    struct ledger_entry opening; /* of a session whose call is recorded already */
    struct ledger_entry ending;  /* of one that the server does not know any more */
    struct upstream_leg ping;    /* whether it does */
};

struct mcp_call {
    struct relayed_call relayed; /* first */
    struct mcp_steps *steps;     /* NULL once it is settled */

    enum mcp_verb verb;
    bool is_preflight;
    bool has_message; /* read, as far as it was one */
    struct mcp_message message;
    struct arena *reading; /* of the message, until it was written anew; NULL: it was */
    enum mcp_generation generation;
    struct text version;

    struct session_search session; /* of the older protocol */
    struct task_box task;          /* that the message is about */
    struct mcp_access access;
    struct tool_learning *learning; /* NULL: the tool is known, or it is none */
    bool is_counted;                /* among what is open */

    struct credential_supply supply;
    struct http_stream_header *headers;
    size_t header_count;
    struct text body;

    struct upstream_leg upstream;
    struct bridge_leg bridge;
    struct client_leg client;
    struct call_watch watch;
    struct answer_view view;
    struct answer_seen seen; /* of an answer that is no stream */
    bool is_answered;        /* the answer to the message has gone to the client */
    bool has_event_id;       /* what is lost on the way can be asked for again */
    int64_t used_noted_s, flow_noted_s;

    struct flow_wait collected, handed_on;
    bool is_over;  /* what there is to say was said, or is there to be */
    bool is_again; /* with another credential, after a 401 */
    bool is_gone;  /* the session, at the server */
};

static inline bool mcp_call_is_request(const struct mcp_call *x)
{
    return x->verb == MCP_POST && x->message.kind == MCP_REQUEST;
}
/* Its server is an HTTP API, whose operations are the tools. */
static inline bool mcp_call_is_bridged(const struct mcp_call *x)
{
    return x->relayed.target->document->target.mcp.openapi.compiled != NULL;
}
/* It begins a session of the older protocol. */
static inline bool mcp_call_is_beginning(const struct mcp_call *x)
{
    return x->generation == MCP_OLD && mcp_call_is_request(x) && mcp_message_is(&x->message, "initialize");
}
/* It stays open for what the server says unasked. */
static inline bool mcp_call_is_stream(const struct mcp_call *x)
{
    return x->verb == MCP_GET || (x->verb == MCP_POST && mcp_message_is(&x->message, "subscriptions/listen"));
}

/* mcp_settle.c: a stream has begun, and goes on for hours: lets go of all that it took to get there. */
void mcp_call_settle(struct mcp_call *x);

/* mcp_answer_fault.c: the answer that is due to the call's fault. */
void mcp_answer_fault(struct mcp_call *x);
/* The same as one message, for a stream that has begun: the error of the call's own id. */
struct text mcp_answer_fault_message(struct mcp_call *x, enum fault fault);

#endif
