/* A rule that nobody can meet hides what it is about, and a server without a listener is reached by nobody:
 * both in silence, which is why they are mistakes. */
#include "mcp/document_mcp.h"

#include "mistake.h"
#include "tree.h"

static const struct tree_node *item_at(const struct tree_node *list, size_t item)
{
    const struct tree_node *child = list->kind == TREE_LIST ? list->first : NULL;
    while (item-- != 0 && child != NULL)
        child = child->next;
    return child != NULL ? child : list;
}

/* Only the caller's: those of upstreamScopes are the server's own. */
static void check_rule(struct documents *documents, const struct document *target, const char *path,
                       const struct mapping_list *rules, size_t rule)
{
    struct arena *arena = documents->arena;
    const struct text_list *offered = &target->target.scopes,
                           *needed = &((const struct mcp_rule *)rules->items)[rule].scopes;
    const struct tree_node *list = tree_nearest(item_at(tree_nearest(target->tree, path), rule), "scopes");
    for (size_t i = 0; i < needed->count; i++) {
        struct text scope = needed->items[i];
        if (scope.length == 0 || text_list_has(offered, scope)) /* one that could not be read is a mistake */
            continue;
        const struct tree_node *node = item_at(list, i);
        struct text nearest = mistake_nearest(arena, scope, offered->items, offered->count);
        mistake_add(documents, target->source, node->line, node->column,
                    "%s[%zu].scopes: the target offers no scope %.*s%.*s", path, rule,
                    TEXT_ARGUMENTS(mistake_quote(arena, scope)), TEXT_ARGUMENTS(nearest));
    }
}

static void check_rules(struct documents *documents, const struct document *target, const char *path,
                        const struct mapping_list *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        check_rule(documents, target, path, rules, i);
}

void document_mcp_check_scopes(struct documents *documents, const struct document *target)
{
    const struct mcp_document *mcp = &target->target.mcp;
    check_rules(documents, target, "spec.mcp.tools", &mcp->tools);
    check_rules(documents, target, "spec.mcp.resources", &mcp->resources);
    check_rules(documents, target, "spec.mcp.prompts", &mcp->prompts);
}

static const struct document *find_gateway(const struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i]->kind == DOCUMENT_GATEWAY)
            return documents->items[i];
    return NULL;
}

void document_mcp_check_reached(struct documents *documents)
{
    const struct document *gateway = find_gateway(documents);
    if (gateway == NULL || gateway->gateway.egress_listen.count != 0)
        return;
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *target = documents->items[i];
        if (target->kind != DOCUMENT_TARGET || !target->target.mcp.is_server)
            continue;
        const struct tree_node *node = tree_nearest(target->tree, "spec.mcp");
        mistake_add(documents, target->source, node->line, node->column,
                    "spec.mcp: nobody could reach it: MCP servers are reached by spec.egress.listen of the "
                    "Gateway, which is missing (%.*s:%u)",
                    TEXT_ARGUMENTS(gateway->source), gateway->line);
    }
}
