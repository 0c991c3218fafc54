/* What a Target says of an MCP server (Model Context Protocol) that it stands for, and the Gateway of all of
 * them, as plain data; see config/document.h, which includes it. */
#ifndef CONFIG_MCP_DOCUMENT_H
#define CONFIG_MCP_DOCUMENT_H

#include "config/text_list.h"
#include "json/json_value.h"

/* Some of a server's tools, resources or prompts, and what it takes to use them. */
struct mcp_rule {
    struct text_list names;           /* patterns: "*" is any run of characters */
    struct text_list scopes;          /* of the caller's credential: all of them are needed */
    struct text_list upstream_scopes; /* of the credential that is put in; empty: the caller's */
    int64_t upstream_lifetime_s;      /* of that credential at most; 0: the target's */
};

/* "*" is any run of characters, also of none; whatever else is itself, byte for byte. */
bool mcp_pattern_fits(struct text pattern, struct text name);

struct openapi;   /* openapi/openapi.h */
struct tree_node; /* config's own */

/* spec.mcp.openapi: the server is no MCP server but an HTTP API, whose operations are the tools. */
struct openapi_document {
    struct text file;                  /* TEXT_NONE: it stands in the document itself, or there is none */
    const struct json_value *document; /* as it stands there; an object, or NULL */
    const struct tree_node *tree;      /* as it was written, wherever; NULL: none */
    const struct openapi *compiled;    /* NULL: it is an MCP server */
};

/* spec.mcp of a Target. The endpoint is the first of its audiences, the server itself egress.upstream. */
struct mcp_document {
    bool is_server; /* spec.mcp is written */
    struct openapi_document openapi;
    struct mapping_list tools; /* struct mcp_rule; the first that fits counts, what none fits is denied. With
                                  openapi one for each tool, of its rule and what its operation needs */
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
