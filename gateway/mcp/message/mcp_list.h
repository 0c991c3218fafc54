/* What a client sees of a server's lists, and of what a server says of itself: entries that its caller may not
 * use are left out, and nobody else is shown it. Pure. */
#ifndef MCP_MCP_LIST_H
#define MCP_MCP_LIST_H

#include "mcp_answer.h"

/* Each entry is asked about, and meanwhile nobody else on the loop is served: a page may have so many. */
enum { MCP_LIST_ENTRIES_MAX = 4096 };

struct mcp_list_view {
    enum mcp_generation generation;
    int64_t ttl_ms_max; /* of the new generation's ttlMs; that of a server is lowered, never raised */
    /* Whether the entry stays. name: of the tool or prompt, the URI of a resource or the template of one. */
    bool (*keeps)(void *context, enum mcp_named named, struct text name, const struct json_value *entry);
    void *context;
};

/* Of tools/list, prompts/list, resources/list, resources/templates/list; NOTHING for any other method. */
enum mcp_named mcp_list_named(struct text method);
/* The member of the result that has the entries; NULL for any other method. */
const char *mcp_list_member(struct text method);

/* The answer to a list as the caller may see it, cursors as they are; in the new generation cacheScope is
 * private. An entry without a name of its kind is left out. FAULT_MCP_UPSTREAM_ANSWER if there is no list in
 * it, or too long a one; errors are written as they are. */
MUST_USE enum fault mcp_list_write(struct arena *arena, const struct mcp_answer *answer, struct text method,
                                   const struct mcp_list_view *view, struct text *text);

/* A cacheable result that is no list (resources/read, server/discover in the new generation): cacheScope and
 * ttlMs alone. Anything else is written as it is. */
struct text mcp_list_write_private(struct arena *arena, const struct mcp_answer *answer,
                                   const struct mcp_list_view *view);

/* What a server says of itself, in answer to initialize or server/discover: without the capabilities of these
 * names (ends with NULL), with no version that is not spoken here, private. All else stays: serverInfo,
 * instructions, logging. FAULT_MCP_UPSTREAM_ANSWER where no version of the two sides' is left. */
MUST_USE enum fault mcp_list_write_description(struct arena *arena, const struct mcp_answer *answer,
                                               const struct mcp_list_view *view, const char *const *hidden,
                                               struct text *text);

#endif
