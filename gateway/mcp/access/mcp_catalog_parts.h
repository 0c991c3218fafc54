/* What answering and keeping the catalog share. */
#ifndef MCP_CATALOG_PARTS_H
#define MCP_CATALOG_PARTS_H

#include "mcp_catalog.h"
#include "mcp_catalog_book.h"

/* What is read: the rows of all targets, then the tools of those that have changed. */
struct catalog_load {
    struct arena *arena; /* NULL: nothing is being read */
    struct text *targets;
    int64_t *versions;
    size_t count, next;
    bool has_heads;
    struct text after;
    struct arena *page;
    struct store_query query;
};

/* What is written: some tools of one target. */
struct catalog_write {
    struct arena *arena; /* NULL: nothing is being written */
    struct catalog_target *target;
    struct catalog_tool **tools;
    struct mcp_standing *standings; /* as they are written */
    size_t count;
    struct ledger_entry entry;
    struct flow flow;
};

struct mcp_catalog {
    struct catalog_book book;
    struct gateway *gateway;
    struct loop *loop;
    struct loop_timer timer;
    struct loop_message message;
    _Atomic bool is_poked;
    bool is_closed, has_to_look_again;
    struct catalog_load load;
    struct catalog_write write;
};

#endif
