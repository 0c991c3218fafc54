/* A session with an MCP server on its way to the agent that asked for it: what session_opening.c, which tells
 * its story, shares with the file that writes the answer. */
#ifndef MCP_SESSION_OPENING_H
#define MCP_SESSION_OPENING_H

#include "access/mcp_access.h"
#include "answer_view.h"
#include "exchange/token_exchange.h"
#include "mcp_client.h"
#include "relay/credential_supply.h"
#include "session/session_rows.h"

struct opened_tool {
    struct text name, scopes; /* scopes: what it takes, of MCP_STEP_UP */
    enum mcp_verdict verdict;
};

struct session_opening {
    struct relayed_call relayed; /* first */
    struct session_request request;
    struct inner_exchange exchange;
    struct mcp_access access;
    struct answer_view view;
    struct credential_supply supply;
    struct mcp_client client;
    struct opened_tool *tools;
    size_t tool_count;
    struct session_rows rows; /* of a session of the older protocol that is the agent's from here on */
    bool has_session;
    struct ledger_entry entry;

    bool is_given;               /* the answer is on its way */
    struct ledger_entry undoing; /* the end of a credential that is not given */
    struct store_cutoff end;
};

static inline const struct mcp_document *session_opening_server(const struct session_opening *x)
{
    return &x->relayed.target->document->target.mcp;
}

/* session_answer.c: the token response, with what there is to know of the session. */
struct text session_answer_write(struct session_opening *x);

#endif
