/* Writing what was seen into the store, some tools of one target at a time, with the record of it. */
#ifndef MCP_CATALOG_WRITE_H
#define MCP_CATALOG_WRITE_H

#include "mcp_catalog_parts.h"

/* Takes what is due into write->entry, which is then to be appended; false: nothing is. */
bool catalog_write_begin(struct catalog_write *write, struct catalog_book *book, struct gateway *gateway,
                         int64_t now_us);
/* What became of it. Where another gateway was first nothing is lost: it stays due, and is read again before.
 */
void catalog_write_end(struct catalog_write *write, struct catalog_book *book, int64_t now_s);

#endif
