/* What a server says of itself, in answer to initialize (old generation) and server/discover (new one). */
#include "base/fault.h"
#include "private_result.h"

enum { HIDDEN_MAX = 8 };

/* The versions that both sides speak; NULL if there is none. */
static const struct json_value *common_versions(struct arena *arena, const struct json_value *list)
{
    struct json_value *common = ARENA_NEW(arena, struct json_value);
    common->kind = JSON_ARRAY;
    const struct json_value **place = &common->first;
    const struct json_value *element = list != NULL && list->kind == JSON_ARRAY ? list->first : NULL;
    for (; element != NULL; element = element->next) {
        if (!json_is_string(element) || !(mcp_version_is_supported(MCP_NEW, element->text) ||
                                          mcp_version_is_supported(MCP_OLD, element->text)))
            continue;
        struct json_value *copy = ARENA_NEW(arena, struct json_value);
        *copy = message_edit_string(element->text);
        common->count++;
        *place = copy;
        place = &copy->next;
    }
    return common->count != 0 ? common : NULL;
}

static size_t hide(const char *const *hidden, struct message_edit *edits)
{
    size_t count = 0;
    for (; *hidden != NULL; hidden++) {
        INVARIANT(count < HIDDEN_MAX);
        edits[count++] = (struct message_edit){{"result", "capabilities", *hidden, NULL}, NULL};
    }
    return count;
}

enum fault mcp_list_write_description(struct arena *arena, const struct mcp_answer *answer,
                                      const struct mcp_list_view *view, const char *const *hidden,
                                      struct text *text)
{
    struct message_edit edits[HIDDEN_MAX + PRIVATE_RESULT_EDITS + 1];
    if (answer->kind != MCP_ANSWER_RESULT) {
        *text = mcp_answer_write(arena, answer);
        return FAULT_NONE;
    }
    size_t count = hide(hidden, edits);
    if (view->generation == MCP_NEW) {
        const struct json_value *said = json_member(answer->result, TEXT("supportedVersions"));
        const struct json_value *versions = common_versions(arena, said);
        if (versions == NULL)
            return FAULT_MCP_UPSTREAM_ANSWER;
        edits[count++] = (struct message_edit){{"result", "supportedVersions", NULL}, versions};
        count += private_result_edits(arena, answer, view, &edits[count]);
    } else if (!mcp_version_is_supported(MCP_OLD, json_text_of(answer->result, "protocolVersion"))) {
        return FAULT_MCP_UPSTREAM_ANSWER;
    }
    *text = message_edit_text(arena, answer->whole, edits, count);
    return FAULT_NONE;
}
