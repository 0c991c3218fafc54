/* Both members are required of cacheable results (2026-07-28): a server that forgot one gets what is safe. */
#include "private_result.h"

static int64_t time_to_live(const struct mcp_answer *answer, const struct mcp_list_view *view)
{
    int64_t ttl = 0;
    if (!json_integer(json_member(answer->result, TEXT("ttlMs")), &ttl) || ttl < 0 || view->ttl_ms_max < 0)
        return 0;
    return ttl < view->ttl_ms_max ? ttl : view->ttl_ms_max;
}

size_t private_result_edits(struct arena *arena, const struct mcp_answer *answer,
                            const struct mcp_list_view *view, struct message_edit edits[PRIVATE_RESULT_EDITS])
{
    if (view->generation != MCP_NEW)
        return 0;
    struct json_value *scope = ARENA_NEW(arena, struct json_value), *ttl = ARENA_NEW(arena, struct json_value);
    *scope = message_edit_string(TEXT("private"));
    ttl->kind = JSON_NUMBER;
    ttl->text = arena_print(arena, "%lld", (long long)time_to_live(answer, view));
    edits[0] = (struct message_edit){{"result", "cacheScope", NULL}, scope};
    edits[1] = (struct message_edit){{"result", "ttlMs", NULL}, ttl};
    return PRIVATE_RESULT_EDITS;
}
