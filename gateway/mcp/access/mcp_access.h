/* Whether somebody may use an MCP server, one of its tools, resources or prompts, or be asked something by it:
 * first the target's rules (spec.mcp), then the policies, then whether what a tool says of itself is confirmed.
 * What is answered is the story's (mcp_call.c); what is kept, too. docs/policy.md has what policies see. */
#ifndef MCP_ACCESS_H
#define MCP_ACCESS_H

#include "relay/relayed_call.h"

enum mcp_access_kind {
    MCP_ACCESS_SERVER,   /* initialize, discover, ping, lists, listen, logging: action use_server */
    MCP_ACCESS_TOOL,     /* tools/call: call_tool */
    MCP_ACCESS_RESOURCE, /* resources/read, (un)subscribe, completion of its template: read_resource */
    MCP_ACCESS_PROMPT,   /* prompts/get, completion of its arguments: get_prompt */
    /* What the server asks of the client, in either shape: ask_sampling, ask_elicitation, ask_roots. */
    MCP_ACCESS_SAMPLING,
    MCP_ACCESS_ELICITATION,
    MCP_ACCESS_ROOTS,
};

/* Texts and values are borrowed. */
struct mcp_access_question {
    enum mcp_access_kind kind;
    struct text name;                   /* of the tool or prompt, URI of the resource; else TEXT_NONE */
    const struct json_value *arguments; /* params.arguments of tools/call and prompts/get; NULL: none */
    struct text method;                 /* of the message: "tools/call" */
    struct text generation;             /* protocol version that holds for it: "2026-07-28" */
    /* The entry of tools/list, as the server wrote it: it is noted in the catalog of definitions if a rule of
     * the target fits its name. NULL: the message is no list, or this is no tool. */
    const struct json_value *definition;
    bool is_listing; /* an entry of a list, a capability that is offered: asked without arguments */
};

enum mcp_verdict {
    MCP_ALLOWED,
    MCP_DENIED,    /* answered as what the server does not have, byte for byte; not listed */
    MCP_STEP_UP,   /* obtainable with more scopes: 403 insufficient_scope with x->needed_scopes; listed */
    MCP_LOGIN,     /* a policy wants the person to log in (again): 401 of RFC 9470; listed */
    MCP_APPROVAL,  /* a person has to approve it, which cannot be asked yet; listed */
    MCP_SUSPENDED, /* answered as MCP_DENIED, the record says why; not listed */
};

struct mcp_access {
    enum mcp_verdict verdict;
    enum fault fault; /* NONE where allowed; else what the record says: CALL_SCOPE, MCP_APPROVAL,
                         MCP_NAME_SUSPENDED, MCP_NAME_UNKNOWN, STEP_UP_REQUIRED, rows of policies */
    /* That fits: scopes and lifetime of the upstream's credential. NULL: no name */
    const struct mcp_rule *rule;
    struct text scopes;   /* MCP_STEP_UP: all that it takes, parted by spaces */
    struct text approval; /* MCP_APPROVAL: which kind, as the policy says it */
    bool has_effects;     /* a policy that permits it says so */
};

/* What the call as a whole is about, once per call, when its credential, target and scopes are known. Writes
 * rungs of the ladder, x->facts and x->facts_json for the record and the outside decision point
 * (relayed_call_consult comes next), x->has_effects, x->needed_scopes, and what a policy tells the caller.
 * Returns access->fault. */
MUST_USE enum fault mcp_access_ask(struct relayed_call *x, const struct mcp_access_question *question,
                                   struct mcp_access *access);

/* The same aside, as often as one likes after mcp_access_ask: entries of lists, capabilities, what the server
 * asks. Nothing of x is changed but its arena, and the outside decision point is not asked. */
void mcp_access_look(struct relayed_call *x, const struct mcp_access_question *question,
                     struct mcp_access *access);

/* MCP_ALLOWED and whatever is obtainable. */
static inline bool mcp_access_is_listed(const struct mcp_access *access)
{
    return access->verdict != MCP_DENIED && access->verdict != MCP_SUSPENDED;
}

#endif
