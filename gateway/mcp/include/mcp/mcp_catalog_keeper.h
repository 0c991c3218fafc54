/* The life of the catalog of definitions: made before the loops run, from the store, and kept up with it on one
 * of them. One per gateway. */
#ifndef MCP_CATALOG_KEEPER_H
#define MCP_CATALOG_KEEPER_H

#include "exchange/gateway.h"

struct mcp_catalog;

/* When worlds, store and sealer are there. STORE_UNAVAILABLE, SEAL_BROKEN. */
MUST_USE enum fault mcp_catalog_create(struct gateway *gateway, struct loop *loop,
                                       struct mcp_catalog **catalog);
/* When no loop runs any more and before the store is closed. NULL is fine. */
void mcp_catalog_close(struct mcp_catalog *catalog);
/* After the loops are destroyed. NULL is fine. */
void mcp_catalog_destroy(struct mcp_catalog *catalog);

/* The store has something else now: it is read at once. From any thread. */
void mcp_catalog_refresh(struct mcp_catalog *catalog);

#endif
