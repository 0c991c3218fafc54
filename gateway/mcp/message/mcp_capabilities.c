/* Where each generation, and the tasks of 2025-11-25, say what a client can be asked for. */
#include "mcp_capabilities.h"

static const char *const initialize_path[] = {"params", "capabilities", NULL};
static const char *const meta_path[] = {"params", "_meta", MCP_META_CAPABILITIES, NULL};

/* Where capabilities are in this message; NULL: nowhere. */
static const char *const *path_of(const struct mcp_message *message)
{
    if (message->generation == MCP_NEW)
        return meta_path;
    return mcp_message_is(message, "initialize") ? initialize_path : NULL;
}

static void leave_out(struct message_edit *edit, const char *const *path, const char *const *below)
{
    size_t length = 0;
    *edit = (struct message_edit){0};
    for (; *path != NULL; path++)
        edit->path[length++] = *path;
    for (; *below != NULL; below++)
        edit->path[length++] = *below;
}

size_t mcp_capabilities_hide(const struct mcp_message *message, const struct mcp_permitted *permitted,
                             struct message_edit edits[MCP_CAPABILITY_EDITS_MAX])
{
    static const char *const sampling[] = {"sampling", NULL}, *const elicitation[] = {"elicitation", NULL},
                             *const roots[] = {"roots", NULL};
    static const char *const sampling_task[] = {"tasks", "requests", "sampling", NULL},
                             *const elicitation_task[] = {"tasks", "requests", "elicitation", NULL};
    const char *const *path = path_of(message);
    size_t count = 0;
    if (path == NULL)
        return 0;
    if (!permitted->sampling) {
        leave_out(&edits[count++], path, sampling);
        leave_out(&edits[count++], path, sampling_task);
    }
    if (!permitted->elicitation) {
        leave_out(&edits[count++], path, elicitation);
        leave_out(&edits[count++], path, elicitation_task);
    }
    if (!permitted->roots)
        leave_out(&edits[count++], path, roots);
    return count;
}
