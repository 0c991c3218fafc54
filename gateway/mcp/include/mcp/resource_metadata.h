/* What an MCP server says of itself as a protected resource (RFC 9728), and the scopes that its rules name. */
#ifndef MCP_RESOURCE_METADATA_H
#define MCP_RESOURCE_METADATA_H

#include "exchange/world.h"
#include "json/json_writer.h"

/* The server that a path behind the well-known part is about, such as /mcp/files; NULL: none, or it is off. */
const struct target *mcp_resource_named(const struct world *world, struct text suffix);
/* The members of its metadata. */
void mcp_write_resource_metadata(const struct world *world, const struct target *server,
                                 struct json_writer *writer);
/* Where that is (section 3.1): the well-known part stands between host and path of the endpoint. */
struct text mcp_resource_metadata_url(struct arena *arena, const struct target *server);

/* Of all rules, those that the target offers; never offline_access, which is no scope of a resource. */
void mcp_all_scopes(const struct target *server, struct scope_set *all);
/* The fewest with which something can be used: those of one rule, the first of several; none where a rule needs
 * none. */
void mcp_least_scopes(const struct target *server, struct scope_set *least);

#endif
