/* The inside of the catalog in memory: targets with their tools, under one lock, for mcp_catalog.c, which
 * answers, and mcp_catalog_keeper.c, which keeps it and the store alike. */
#ifndef MCP_CATALOG_BOOK_H
#define MCP_CATALOG_BOOK_H

#include <pthread.h>

#include "base/random.h"
#include "mcp/mcp_definition.h"

struct catalog_tool {
    char *name;
    size_t name_length;
    struct mcp_standing standing;
    struct mcp_header_parameters *parameters; /* one block with its texts; NULL: none */
    /* What the store does not have yet. */
    bool is_dirty;
    bool is_event;        /* the first sight, or a change of a confirmed one: it is recorded */
    int64_t not_before_s; /* that it is written */
    char *text;           /* canonical; NULL: too long to keep */
    size_t text_length;
    bool has_stored; /* the store has a row of it, which says that this was seen */
    unsigned char stored[DIGEST_SIZE];
};

/* Who was shown the whole list lately: not everybody sees the same. */
enum { CATALOG_LISTED_MAX = 16 };
struct catalog_listed {
    char lease[IDENTIFIER_SIZE];
    int64_t at_ms; /* monotonic; 0: nobody */
};

struct catalog_target {
    char *name;
    size_t name_length;
    struct catalog_listed listed[CATALOG_LISTED_MAX]; /* round and round */
    size_t next_listed;
    int64_t version;             /* of its row, as last read or written; 0: there is none */
    struct catalog_tool **tools; /* sorted by name */
    size_t count, capacity;
};

struct catalog_book {
    pthread_mutex_t mutex;
    struct catalog_target **targets;
    size_t count, capacity;
};

void catalog_book_open(struct catalog_book *book);
void catalog_book_close(struct catalog_book *book);

/* All of these under the lock. NULL: there is none, or no room. */
struct catalog_target *catalog_book_target(struct catalog_book *book, struct text name, bool is_to_be_made);
struct catalog_tool *catalog_target_tool(struct catalog_target *target, struct text name, bool is_to_be_made);

/* Takes over what was seen; digest: of canonical, which is long. False: nothing is to be written. */
bool catalog_tool_see(struct catalog_tool *tool, struct text canonical, const unsigned char digest[DIGEST_SIZE],
                      const struct mcp_header_parameters *now, int64_t now_s, bool is_confirmation_needed);
/* Takes over what the store has; what was seen here since and is not stored yet is seen again on top of it. */
void catalog_tool_load(struct catalog_tool *tool, const struct mcp_tool_row *row, int64_t now_s);
/* It is stored as it was when this digest was seen. */
void catalog_tool_settle(struct catalog_tool *tool, const unsigned char stored[DIGEST_SIZE], int64_t now_s);

#endif
