/* Builds the tree from the leaves up. An extended has stands on its object as often as it has names without
 * copying it, so that a tree may be larger to walk than it is in memory: what is repeated is bounded as well.
 */
#include "syntax/expression_builder.h"

/* An expression with what only its maker wants to know. */
struct node {
    struct cedar_expression expression;
    size_t weight; /* expressions to walk, the repeated ones counted each time */
};

static size_t weight_of(const struct cedar_expression *expression)
{
    return ((const struct node *)expression)
        ->weight; /* every expression of a parser is a node's first member */
}

void cedar_operands_add(struct cedar_parser *parser, struct cedar_operands *operands,
                        const struct cedar_expression *expression)
{
    if (operands->count == operands->capacity) {
        operands->capacity = operands->capacity == 0 ? 4 : operands->capacity * 2;
        const struct cedar_expression **items =
            arena_allocate(parser->arena, sizeof *items * operands->capacity);
        for (size_t i = 0; i < operands->count; i++)
            items[i] = operands->items[i];
        operands->items = items;
    }
    operands->items[operands->count++] = expression;
}

static enum fault make(struct cedar_parser *parser, struct cedar_expression draft,
                       const struct cedar_operands *operands, struct node **made)
{
    struct node *node = ARENA_NEW(parser->arena, struct node);
    node->weight = 1;
    draft.depth = 1;
    draft.operand_count = operands->count;
    draft.operands = operands->items;
    for (size_t i = 0; i < operands->count; i++) {
        node->weight += weight_of(operands->items[i]);
        if (draft.depth <= operands->items[i]->depth)
            draft.depth = operands->items[i]->depth + 1;
    }
    if (draft.depth > CEDAR_DEPTH_MAX)
        return cedar_parser_fail(parser, draft.span, TEXT("Make several policies of it."),
                                 "this expression is built of more than %d levels", CEDAR_DEPTH_MAX);
    node->expression = draft;
    *made = node;
    return FAULT_NONE;
}

enum fault cedar_build(struct cedar_parser *parser, struct cedar_expression draft,
                       const struct cedar_operands *operands, const struct cedar_expression **built)
{
    struct node *node;
    TRY(make(parser, draft, operands, &node));
    *built = &node->expression;
    return FAULT_NONE;
}

enum fault cedar_build_unary(struct cedar_parser *parser, struct cedar_expression draft,
                             const struct cedar_expression *operand, const struct cedar_expression **built)
{
    struct cedar_operands operands = {.items = ARENA_ARRAY(parser->arena, const struct cedar_expression *, 1),
                                      .count = 1};
    operands.items[0] = operand;
    return cedar_build(parser, draft, &operands, built);
}

enum fault cedar_build_binary(struct cedar_parser *parser, struct cedar_expression draft,
                              const struct cedar_expression *left, const struct cedar_expression *right,
                              const struct cedar_expression **built)
{
    struct cedar_operands operands = {.items = ARENA_ARRAY(parser->arena, const struct cedar_expression *, 2),
                                      .count = 2};
    operands.items[0] = left;
    operands.items[1] = right;
    return cedar_build(parser, draft, &operands, built);
}

enum fault cedar_build_literal(struct cedar_parser *parser, struct cedar_span span, struct cedar_value value,
                               const struct cedar_expression **built)
{
    struct cedar_expression draft = {.operation = CEDAR_LITERAL, .span = span, .literal = value};
    return cedar_build(parser, draft, &(struct cedar_operands){.count = 0}, built);
}

static bool all_are_literals(const struct cedar_operands *operands)
{
    for (size_t i = 0; i < operands->count; i++)
        if (operands->items[i]->operation != CEDAR_LITERAL)
            return false;
    return true;
}

/* A literal that is as deep as what it was made of, so that walks over its value are bounded too. */
static enum fault build_constant(struct cedar_parser *parser, struct cedar_span span, struct cedar_value value,
                                 const struct cedar_operands *operands, const struct cedar_expression **built)
{
    struct cedar_expression draft = {.operation = CEDAR_LITERAL, .span = span, .literal = value};
    struct node *node;
    TRY(make(parser, draft, operands, &node));
    node->weight = 1;
    node->expression.operand_count = 0;
    node->expression.operands = NULL;
    *built = &node->expression;
    return FAULT_NONE;
}

enum fault cedar_build_set(struct cedar_parser *parser, struct cedar_span span,
                           const struct cedar_operands *items, const struct cedar_expression **built)
{
    if (!all_are_literals(items)) {
        struct cedar_expression draft = {.operation = CEDAR_MAKE_SET, .span = span};
        return cedar_build(parser, draft, items, built);
    }
    struct cedar_value *values = ARENA_ARRAY(parser->arena, struct cedar_value, items->count);
    for (size_t i = 0; i < items->count; i++)
        values[i] = items->items[i]->literal;
    return build_constant(parser, span, cedar_set_value(parser->arena, values, items->count), items, built);
}

enum fault cedar_build_record(struct cedar_parser *parser, struct cedar_span span, const struct text *names,
                              const struct cedar_operands *values, const struct cedar_expression **built)
{
    struct cedar_expression draft = {.operation = CEDAR_MAKE_RECORD, .span = span, .names = names};
    if (!all_are_literals(values))
        return cedar_build(parser, draft, values, built);
    struct cedar_attribute *attributes = ARENA_ARRAY(parser->arena, struct cedar_attribute, values->count);
    for (size_t i = 0; i < values->count; i++)
        attributes[i] = (struct cedar_attribute){names[i], values->items[i]->literal};
    struct cedar_value value;
    INVARIANT(cedar_record_value(parser->arena, attributes, values->count, &value));
    return build_constant(parser, span, value, values, built);
}

enum fault cedar_build_has(struct cedar_parser *parser, struct cedar_span span,
                           const struct cedar_expression *object, struct text name,
                           const struct cedar_expression *before, const struct cedar_expression **built)
{
    struct cedar_expression draft = {.operation = CEDAR_HAS, .span = span, .name = name};
    TRY(cedar_build_unary(parser, draft, object, built));
    if (before == NULL)
        return FAULT_NONE;
    parser->repeated += weight_of(object);
    if (parser->repeated > CEDAR_POLICY_BYTES_MAX)
        return cedar_parser_fail(parser, span, TEXT("Write has with single names, and && between them."),
                                 "too many has with paths stand on each other");
    draft = (struct cedar_expression){.operation = CEDAR_AND, .span = span};
    return cedar_build_binary(parser, draft, before, *built, built);
}
