/* How an expression is written: its sign, how tightly it holds together, whether it is the has of a path. Cedar
 * language reference, "Grammar". */
#include "forms/expression_forms.h"

static const struct sign {
    const char *written;
    enum cedar_operation operation;
    enum tightness tightness;
} signs[] = {
    {"||", CEDAR_OR, TIGHTNESS_OR},           {"&&", CEDAR_AND, TIGHTNESS_AND},
    {"==", CEDAR_EQUAL, TIGHTNESS_RELATION},  {"!=", CEDAR_NOT_EQUAL, TIGHTNESS_RELATION},
    {"<", CEDAR_LESS, TIGHTNESS_RELATION},    {"<=", CEDAR_LESS_OR_EQUAL, TIGHTNESS_RELATION},
    {">", CEDAR_GREATER, TIGHTNESS_RELATION}, {">=", CEDAR_GREATER_OR_EQUAL, TIGHTNESS_RELATION},
    {"in", CEDAR_IN, TIGHTNESS_RELATION},     {"+", CEDAR_ADD, TIGHTNESS_SUM},
    {"-", CEDAR_SUBTRACT, TIGHTNESS_SUM},     {"*", CEDAR_MULTIPLY, TIGHTNESS_PRODUCT},
};

enum { SIGN_COUNT = sizeof signs / sizeof signs[0] };

static const struct sign *find(enum cedar_operation operation)
{
    for (size_t i = 0; i < SIGN_COUNT; i++)
        if (signs[i].operation == operation)
            return &signs[i];
    return NULL;
}

const char *expression_sign(enum cedar_operation operation)
{
    const struct sign *sign = find(operation);
    return sign != NULL ? sign->written : NULL;
}

bool expression_operation_of_sign(struct text sign, enum cedar_operation *operation)
{
    for (size_t i = 0; i < SIGN_COUNT; i++)
        if (text_is(sign, signs[i].written)) {
            *operation = signs[i].operation;
            return true;
        }
    return false;
}

const char *expression_variable(enum cedar_operation operation)
{
    static const char *const variables[CEDAR_OPERATION_COUNT] = {[CEDAR_PRINCIPAL] = "principal",
                                                                 [CEDAR_ACTION] = "action",
                                                                 [CEDAR_RESOURCE] = "resource",
                                                                 [CEDAR_CONTEXT] = "context"};
    return variables[operation];
}

/* The last has of a path: the expression itself, or its right operand. */
static const struct cedar_expression *last_step(const struct cedar_expression *expression)
{
    const struct cedar_expression *last =
        expression->operation == CEDAR_AND ? expression->operands[1] : expression;
    return last->operation == CEDAR_HAS ? last : NULL;
}

bool expression_is_has_path(const struct cedar_expression *expression)
{
    if (expression->operation != CEDAR_AND)
        return false;
    const struct cedar_expression *last = last_step(expression), *before = last_step(expression->operands[0]);
    if (last == NULL || before == NULL || last->operands[0]->operation != CEDAR_GET)
        return false;
    const struct cedar_expression *object = last->operands[0];
    return object->operands[0] == before->operands[0] && text_equal(object->name, before->name);
}

enum tightness expression_tightness(const struct cedar_expression *expression)
{
    const struct sign *sign = find(expression->operation);
    if (sign != NULL)
        return expression_is_has_path(expression) ? TIGHTNESS_RELATION : sign->tightness;
    switch (expression->operation) {
    case CEDAR_IF:
        return TIGHTNESS_IF;
    case CEDAR_HAS:
    case CEDAR_LIKE:
    case CEDAR_IS:
        return TIGHTNESS_RELATION;
    case CEDAR_NOT:
    case CEDAR_NEGATE:
        return TIGHTNESS_UNARY;
    case CEDAR_LITERAL: /* the minus of a number is one */
        return expression->literal.kind == CEDAR_LONG && expression->literal.integer < 0 ? TIGHTNESS_UNARY
                                                                                         : TIGHTNESS_MEMBER;
    default:
        return TIGHTNESS_MEMBER;
    }
}
