/* Names against the patterns of a target. Servers read names in their own ways, so what could be read in more
 * than one fits nothing. */
#include "mcp_rules.h"

static bool rule_fits(const struct mcp_rule *rule, struct text name)
{
    for (size_t i = 0; i < rule->names.count; i++)
        if (mcp_pattern_fits(rule->names.items[i], name))
            return true;
    return false;
}

const struct mcp_rule *mcp_rules_find(const struct mapping_list *rules, struct text name)
{
    const struct mcp_rule *items = rules->items;
    for (size_t i = 0; i < rules->count; i++)
        if (rule_fits(&items[i], name))
            return &items[i];
    return NULL;
}

bool mcp_name_is_plain(struct text name)
{
    return name.length != 0 && name.length <= MCP_NAME_BYTES_MAX && text_is_printable(name);
}

/* What a percent escape stands for; -1 for none. */
static int escaped_at(struct text uri, size_t place)
{
    if (uri.base[place] != '%' || place + 2 >= uri.length)
        return -1;
    int high = text_hexadecimal_value(uri.base[place + 1]), low = text_hexadecimal_value(uri.base[place + 2]);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
}

static bool has_hidden_delimiter(struct text uri)
{
    for (size_t i = 0; i < uri.length; i++) {
        int escaped = escaped_at(uri, i);
        if (uri.base[i] == '\\' || escaped == '/' || escaped == '\\' || escaped == '.' || escaped == 0 ||
            escaped == '%')
            return true;
    }
    return false;
}

static bool has_dot_segment(struct text uri)
{
    while (uri.length != 0) {
        struct text segment = text_cut(&uri, '/');
        struct text path = text_cut(&segment, '?'); /* "..?x" */
        path = text_cut(&path, '#');
        if (text_is(path, ".") || text_is(path, ".."))
            return true;
    }
    return false;
}

bool mcp_uri_is_plain(struct text uri)
{
    return uri.length != 0 && uri.length <= MCP_URI_BYTES_MAX && text_is_printable(uri) &&
           !has_hidden_delimiter(uri) && !has_dot_segment(uri);
}

bool mcp_rule_is_met(const struct mcp_rule *rule, const struct scope_set *held)
{
    for (size_t i = 0; i < rule->scopes.count; i++)
        if (!scope_set_has(held, rule->scopes.items[i]))
            return false;
    return true;
}

bool mcp_rule_step_up(const struct mcp_rule *rule, const struct text_list *offered,
                      const struct scope_set *held, struct scope_set *more)
{
    *more = *held;
    for (size_t i = 0; i < rule->scopes.count; i++) {
        struct text scope = rule->scopes.items[i];
        if (!text_list_has(offered, scope))
            return false;
        if (scope_set_has(more, scope))
            continue;
        if (more->count == SCOPES_MAX)
            return false;
        more->scopes[more->count++] = scope;
    }
    return true;
}
