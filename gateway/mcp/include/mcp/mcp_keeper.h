/* What all that has to do with MCP servers shares: connections to them on each loop, sessions of the older
 * protocol that are in use, how much each credential has open. One per gateway. */
#ifndef MCP_MCP_KEEPER_H
#define MCP_MCP_KEEPER_H

#include "runtime/address_guard.h"
#include "runtime/http_stream.h"
#include "runtime/loop.h"

struct mcp_keeper;
struct session_book;
struct open_book;
struct generation_book;

/* Before the loops run. guard and ca_file (NULL: the system's) are borrowed. */
struct mcp_keeper *mcp_keeper_create(struct loop *const *loops, size_t count, const struct address_guard *guard,
                                     const char *ca_file);
/* When no loop runs any more, and after the loops are destroyed. NULL is fine. */
void mcp_keeper_close(struct mcp_keeper *keeper);
void mcp_keeper_destroy(struct mcp_keeper *keeper);

/* Of the calling loop. */
struct http_streams *mcp_keeper_streams(struct mcp_keeper *keeper);
/* Of the gateway. */
struct session_book *mcp_keeper_sessions(struct mcp_keeper *keeper);
struct open_book *mcp_keeper_open(struct mcp_keeper *keeper);
struct generation_book *mcp_keeper_generations(struct mcp_keeper *keeper);

#endif
