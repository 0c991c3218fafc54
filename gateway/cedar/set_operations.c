/* Methods of sets. Cedar language reference, "Set membership". Sets are sorted, so asking whether one has a
 * value is a search; the cost of each comparison is bounded by the value that is looked for. */
#include "evaluator.h"

APPLY(apply_contains)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_SET, &operands[0]));
    const struct cedar_set *set = operands[0].set;
    TRY(work_spend(
        evaluation, expression->span,
        work_of_times(work_of_search(set->count), work_of_value(&operands[1], evaluation->work + 1))));
    *result = cedar_boolean(cedar_set_has(set, &operands[1]));
    return FAULT_NONE;
}

static enum fault expect_sets(struct evaluation *evaluation, const struct cedar_expression *expression,
                              const struct cedar_value *operands)
{
    for (size_t i = 0; i < 2; i++)
        TRY(expect_kind(evaluation, expression->operands[i]->span, CEDAR_SET, &operands[i]));
    return FAULT_NONE;
}

/* Of looking for each item of one set in the other. */
static enum fault spend_on_search(struct evaluation *evaluation, const struct cedar_expression *expression,
                                  const struct cedar_value *items, const struct cedar_set *among)
{
    return work_spend(evaluation, expression->span,
                      work_of_times(work_of_search(among->count), work_of_value(items, evaluation->work + 1)));
}

APPLY(apply_contains_all)
{
    TRY(expect_sets(evaluation, expression, operands));
    const struct cedar_set *whole = operands[0].set, *part = operands[1].set;
    *result = cedar_boolean(false);
    if (part->count > whole->count)
        return FAULT_NONE;
    TRY(spend_on_search(evaluation, expression, &operands[1], whole));
    for (size_t i = 0; i < part->count; i++)
        if (!cedar_set_has(whole, &part->items[i]))
            return FAULT_NONE;
    *result = cedar_boolean(true);
    return FAULT_NONE;
}

APPLY(apply_contains_any)
{
    TRY(expect_sets(evaluation, expression, operands));
    bool is_first_smaller = operands[0].set->count < operands[1].set->count;
    const struct cedar_value *smaller = &operands[is_first_smaller ? 0 : 1];
    const struct cedar_set *larger = operands[is_first_smaller ? 1 : 0].set;
    TRY(spend_on_search(evaluation, expression, smaller, larger));
    *result = cedar_boolean(false);
    for (size_t i = 0; i < smaller->set->count && !result->boolean; i++)
        result->boolean = cedar_set_has(larger, &smaller->set->items[i]);
    return FAULT_NONE;
}

APPLY(apply_is_empty)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_SET, &operands[0]));
    *result = cedar_boolean(operands[0].set->count == 0);
    return FAULT_NONE;
}
