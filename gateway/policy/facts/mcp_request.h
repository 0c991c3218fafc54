/* The part of a request that is about an MCP server, for facts.c. */
#ifndef POLICY_MCP_REQUEST_H
#define POLICY_MCP_REQUEST_H

#include "members.h"
#include "policy/facts.h"

/* What it is done to, with an entity of its own unless that is the server. */
struct cedar_uid mcp_request_resource(struct arena *arena, struct cedar_entities *entities,
                                      const struct policy_facts *facts);
/* mcp, arguments and numbers; entities gets the last two. */
void mcp_request_context(struct arena *arena, struct cedar_entities *entities, const struct policy_facts *facts,
                         struct members *members);

#endif
