/* A result of the new generation that depends on who asks: nobody else may be shown it, and it is soon asked
 * for again. Pure. */
#ifndef MCP_PRIVATE_RESULT_H
#define MCP_PRIVATE_RESULT_H

#include "mcp_list.h"
#include "message_edit.h"

enum { PRIVATE_RESULT_EDITS = 2 };

/* cacheScope private and ttlMs no more than the view's most; 0 in the old generation, which knows neither. */
size_t private_result_edits(struct arena *arena, const struct mcp_answer *answer,
                            const struct mcp_list_view *view, struct message_edit edits[PRIVATE_RESULT_EDITS]);

#endif
