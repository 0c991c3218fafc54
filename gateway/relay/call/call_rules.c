/* Holds a call against its target's rules. */
#include "relay/call_rules.h"

#include "base/buffer.h"
#include "relay/call_path.h"

static bool method_fits(const struct call_rule *rule, struct text method)
{
    for (size_t i = 0; i < rule->methods.count; i++)
        if (text_equal(rule->methods.items[i], method))
            return true;
    return rule->methods.count == 0;
}

static bool path_fits(const struct call_rule *rule, struct text path)
{
    for (size_t i = 0; i < rule->paths.count; i++)
        if (call_path_fits(rule->paths.items[i], path))
            return true;
    return false;
}

static const struct call_rule *find(const struct calls_document *calls, const struct policy_call *call)
{
    const struct call_rule *rules = calls->rules.items;
    for (size_t i = 0; i < calls->rules.count; i++)
        if (method_fits(&rules[i], call->method) && path_fits(&rules[i], call->path))
            return &rules[i];
    return NULL;
}

static struct text join(struct arena *arena, const struct text_list *scopes)
{
    struct buffer joined = buffer_in(arena, 64);
    for (size_t i = 0; i < scopes->count; i++)
        buffer_print(&joined, "%s%.*s", i == 0 ? "" : " ", TEXT_ARGUMENTS(scopes->items[i]));
    return buffer_text(&joined);
}

enum fault call_rules_ask(struct arena *arena, const struct calls_document *calls,
                          const struct policy_call *call, const struct scope_set *held, struct text *needed)
{
    if (calls->rules.count == 0)
        return FAULT_NONE;
    const struct call_rule *rule = find(calls, call);
    if (rule == NULL)
        return FAULT_CALL_NOT_OFFERED;
    for (size_t i = 0; i < rule->scopes.count; i++)
        if (!scope_set_has(held, rule->scopes.items[i])) {
            *needed = join(arena, &rule->scopes);
            return FAULT_CALL_SCOPE;
        }
    return FAULT_NONE;
}
