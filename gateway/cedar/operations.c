/* Operators on booleans, longs, strings and anything that can be compared. Cedar language reference,
 * "Operators". Operands are values already; which were short-circuited is evaluator.c's affair. */
#include "cedar/extension.h"
#include "evaluator.h"

APPLY(apply_not)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_BOOLEAN, &operands[0]));
    *result = cedar_boolean(!operands[0].boolean);
    return FAULT_NONE;
}

APPLY(apply_negate)
{
    int64_t integer;
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_LONG, &operands[0]));
    if (__builtin_sub_overflow(0, operands[0].integer, &integer))
        return fail_with(evaluation, expression->span,
                         arena_print(evaluation->arena, "the result of -(%lld) does not fit a long",
                                     (long long)operands[0].integer));
    *result = cedar_long(integer);
    return FAULT_NONE;
}

APPLY(apply_equal)
{
    TRY(work_spend(evaluation, expression->span,
                   work_of_comparing(&operands[0], &operands[1], evaluation->work)));
    bool is_equal = cedar_value_equal(&operands[0], &operands[1]);
    *result = cedar_boolean(is_equal == (expression->operation == CEDAR_EQUAL));
    return FAULT_NONE;
}

static bool has_order(const struct cedar_value *value)
{
    return value->kind == CEDAR_LONG || value->kind == CEDAR_DATETIME || value->kind == CEDAR_DURATION;
}

/* Decimals have methods of their own for this, everything else has no order. */
static enum fault expect_order(struct evaluation *evaluation, const struct cedar_expression *expression,
                               const struct cedar_value *operands)
{
    if (has_order(&operands[0]))
        return expect_kind(evaluation, expression->operands[1]->span, operands[0].kind, &operands[1]);
    if (has_order(&operands[1]))
        return expect_kind(evaluation, expression->operands[0]->span, operands[1].kind, &operands[0]);
    return fail_kind(evaluation, expression->operands[0]->span, "a long, a datetime or a duration",
                     &operands[0]);
}

APPLY(apply_order)
{
    TRY(expect_order(evaluation, expression, operands));
    int64_t a = operands[0].integer, b = operands[1].integer;
    switch (expression->operation) {
    case CEDAR_LESS:
        *result = cedar_boolean(a < b);
        break;
    case CEDAR_LESS_OR_EQUAL:
        *result = cedar_boolean(a <= b);
        break;
    case CEDAR_GREATER:
        *result = cedar_boolean(a > b);
        break;
    default:
        *result = cedar_boolean(a >= b);
    }
    return FAULT_NONE;
}

APPLY(apply_arithmetic)
{
    for (size_t i = 0; i < 2; i++)
        TRY(expect_kind(evaluation, expression->operands[i]->span, CEDAR_LONG, &operands[i]));
    int64_t a = operands[0].integer, b = operands[1].integer, integer;
    bool is_too_large;
    char sign;
    if (expression->operation == CEDAR_ADD) {
        sign = '+';
        is_too_large = __builtin_add_overflow(a, b, &integer);
    } else if (expression->operation == CEDAR_SUBTRACT) {
        sign = '-';
        is_too_large = __builtin_sub_overflow(a, b, &integer);
    } else {
        sign = '*';
        is_too_large = __builtin_mul_overflow(a, b, &integer);
    }
    if (is_too_large)
        return fail_with(evaluation, expression->span,
                         arena_print(evaluation->arena, "the result of %lld %c %lld does not fit a long",
                                     (long long)a, sign, (long long)b));
    *result = cedar_long(integer);
    return FAULT_NONE;
}

APPLY(apply_like)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_STRING, &operands[0]));
    TRY(work_spend(evaluation, expression->span, work_of_matching(&expression->pattern, operands[0].string)));
    *result = cedar_boolean(pattern_matches(&expression->pattern, operands[0].string));
    return FAULT_NONE;
}
