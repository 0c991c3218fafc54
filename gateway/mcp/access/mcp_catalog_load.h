/* Reading the catalog from the store: which targets have changed, and the tools of those. */
#ifndef MCP_CATALOG_LOAD_H
#define MCP_CATALOG_LOAD_H

#include "mcp_catalog_parts.h"

void catalog_load_begin(struct catalog_load *load);
void catalog_load_end(struct catalog_load *load);
/* The next query; false: everything that has changed was read. */
bool catalog_load_next(struct catalog_load *load);
/* What it found into the book. */
MUST_USE enum fault catalog_load_take(struct catalog_load *load, struct catalog_book *book,
                                      const struct sealer *sealer, int64_t now_s);

#endif
