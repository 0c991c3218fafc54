/* Holds a call against its target's rules. */
#include "relay/call_rules.h"

#include "base/buffer.h"
#include "relay/call_path.h"

static bool method_fits(const struct call_rule *rule, struct text method)
{
    return rule->methods.count == 0 || text_list_has(&rule->methods, method);
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
            *needed = scopes_text(arena, rule->scopes.items, rule->scopes.count);
            return FAULT_CALL_SCOPE;
        }
    return FAULT_NONE;
}
