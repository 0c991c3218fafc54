/* What a Target says of an MCP server (Model Context Protocol) that it stands for, and the Gateway of all of
 * them, as plain data; see config/document.h, which includes it. */
#ifndef CONFIG_MCP_DOCUMENT_H
#define CONFIG_MCP_DOCUMENT_H

#include "config/text_list.h"

/* Some of a server's tools, resources or prompts, and what it takes to use them. */
struct mcp_rule {
    struct text_list names;           /* patterns: "*" is any run of characters */
    struct text_list scopes;          /* of the caller's credential: all of them are needed */
    struct text_list upstream_scopes; /* of the credential that is put in; empty: the caller's */
    int64_t upstream_lifetime_s;      /* of that credential at most; 0: the target's */
};

/* spec.mcp of a Target. The endpoint is the first of its audiences, the server itself egress.upstream. */
struct mcp_document {
    bool is_server;            /* spec.mcp is written */
    struct mapping_list tools; /* struct mcp_rule; the first that fits counts, what none fits is denied */
    struct mapping_list resources, prompts;
    struct text_list server_requests; /* sampling, elicitation, roots: what the server may ask a client */
    bool is_definition_confirmed;     /* a tool is used once somebody has confirmed what it says of itself */
    bool is_direct;                   /* agents may be given what the server itself takes */
    int64_t session_idle_s, session_lifetime_s; /* of sessions of the older protocol */
    int64_t calls_at_once, streams_at_once;     /* of one credential on one gateway */
};

/* spec.mcp of the Gateway. */
struct mcp_gateway_document {
    struct text_list origins; /* of pages that may call; requests without Origin are no page's */
    int64_t body_bytes, event_bytes, answer_bytes;
    int64_t keep_alive_s, stall_s, call_s;
};

#endif
