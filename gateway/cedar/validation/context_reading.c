/* Whether policies look at an attribute of the context: what costs something to find out is found out only for
 * those that do. Errs on the side of yes. Whoever compiles policies calls this. */
#include "cedar/schema.h"

static bool reads(const struct cedar_expression *expression, struct text attribute)
{
    bool is_access = expression->operation == CEDAR_GET || expression->operation == CEDAR_HAS;
    if (is_access && expression->operands[0]->operation == CEDAR_CONTEXT)
        return text_equal(expression->name, attribute);
    if (expression->operation == CEDAR_CONTEXT) /* as a whole: compared, put into a record, chosen by an if */
        return true;
    for (size_t i = 0; i < expression->operand_count; i++)
        if (reads(expression->operands[i], attribute))
            return true;
    return false;
}

bool cedar_policies_read_context(const struct cedar_policy *const *policies, size_t count,
                                 struct text attribute)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < policies[i]->condition_count; j++)
            if (reads(policies[i]->conditions[j].expression, attribute))
                return true;
    return false;
}
