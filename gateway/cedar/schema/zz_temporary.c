#include "cedar/schema.h"
static bool reads(const struct cedar_expression *e, struct text attribute)
{
    for (size_t i = 0; i < e->operand_count; i++) {
        const struct cedar_expression *o = e->operands[i];
        if (o->operation == CEDAR_CONTEXT) {
            if ((e->operation != CEDAR_GET && e->operation != CEDAR_HAS) || text_equal(e->name, attribute))
                return true;
        } else if (reads(o, attribute))
            return true;
    }
    return e->operation == CEDAR_CONTEXT;
}
bool cedar_policies_read_context(const struct cedar_policy *const *policies, size_t count, struct text attribute)
{
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < policies[i]->condition_count; c++)
            if (reads(policies[i]->conditions[c].expression, attribute))
                return true;
    return false;
}
