/* Lists are written anew entry by entry; the rest of an answer is passed on as it is. */
#include "mcp_list.h"

#include "base/fault.h"
#include "private_result.h"

struct list_row {
    const char *method, *member, *name;
    enum mcp_named named;
};

static const struct list_row list_rows[] = {
    {"tools/list", "tools", "name", MCP_NAMED_TOOL},
    {"prompts/list", "prompts", "name", MCP_NAMED_PROMPT},
    {"resources/list", "resources", "uri", MCP_NAMED_RESOURCE},
    {"resources/templates/list", "resourceTemplates", "uriTemplate", MCP_NAMED_RESOURCE},
};

static const struct list_row *row_of(struct text method)
{
    for (size_t i = 0; i < sizeof(list_rows) / sizeof(list_rows[0]); i++)
        if (method.base != NULL && text_is(method, list_rows[i].method))
            return &list_rows[i];
    return NULL;
}

enum mcp_named mcp_list_named(struct text method)
{
    const struct list_row *row = row_of(method);
    return row != NULL ? row->named : MCP_NAMED_NOTHING;
}

const char *mcp_list_member(struct text method)
{
    const struct list_row *row = row_of(method);
    return row != NULL ? row->member : NULL;
}

/* -- nobody else is shown it */

struct text mcp_list_write_private(struct arena *arena, const struct mcp_answer *answer,
                                   const struct mcp_list_view *view)
{
    struct message_edit edits[PRIVATE_RESULT_EDITS];
    bool is_cacheable = answer->kind == MCP_ANSWER_RESULT && !answer->is_input_required;
    size_t count = is_cacheable ? private_result_edits(arena, answer, view, edits) : 0;
    return message_edit_text(arena, answer->whole, edits, count);
}

/* -- lists */

/* Shares members with the list it is made of, and leaves that alone. */
static const struct json_value *kept_entries(struct arena *arena, const struct json_value *list,
                                             const struct list_row *row, const struct mcp_list_view *view)
{
    struct json_value *kept = ARENA_NEW(arena, struct json_value);
    kept->kind = JSON_ARRAY;
    const struct json_value **place = &kept->first;
    for (const struct json_value *entry = list->first; entry != NULL; entry = entry->next) {
        struct text name = json_text_of(entry, row->name);
        if (name.length == 0 || !view->keeps(view->context, row->named, name, entry))
            continue;
        struct json_value *copy = ARENA_NEW(arena, struct json_value);
        *copy = *entry;
        copy->next = NULL;
        kept->count++;
        *place = copy;
        place = &copy->next;
    }
    return kept;
}

enum fault mcp_list_write(struct arena *arena, const struct mcp_answer *answer, struct text method,
                          const struct mcp_list_view *view, struct text *text)
{
    const struct list_row *row = row_of(method);
    INVARIANT(row != NULL);
    if (answer->kind == MCP_ANSWER_ERROR) {
        *text = mcp_answer_write(arena, answer);
        return FAULT_NONE;
    }
    const struct json_value *list = json_member(answer->result, text_of(row->member));
    if (list == NULL || list->kind != JSON_ARRAY || list->count > MCP_LIST_ENTRIES_MAX)
        return FAULT_MCP_UPSTREAM_ANSWER;
    struct message_edit edits[PRIVATE_RESULT_EDITS + 1];
    size_t count = private_result_edits(arena, answer, view, edits);
    edits[count++] = (struct message_edit){{"result", row->member, NULL}, kept_entries(arena, list, row, view)};
    *text = message_edit_text(arena, answer->whole, edits, count);
    return FAULT_NONE;
}
