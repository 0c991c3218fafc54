/* Policies. What is parsed lies within its text, is no deeper than it may be, names nothing twice, and can be
 * walked in the time its length allows; what is refused says where, and that can be printed. */
#include <string.h>

#include "cedar/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_span(struct text source, struct cedar_span span)
{
    unsigned line, column;
    INVARIANT(span.offset <= source.length && span.length <= source.length - span.offset);
    cedar_position(source, span.offset, &line, &column);
    INVARIANT(line >= 1 && column >= 1 && line + column <= source.length + 2);
}

/* The same expression may stand in several places; how often is bounded. */
static void check_tree(struct text source, const struct cedar_expression *expression, size_t *walked)
{
    INVARIANT(++*walked <= 2 * (size_t)CEDAR_POLICY_BYTES_MAX);
    INVARIANT(expression->operation < CEDAR_OPERATION_COUNT && expression->depth <= CEDAR_DEPTH_MAX);
    INVARIANT(expression->span.offset + expression->span.length <= source.length);
    for (size_t i = 0; i < expression->operand_count; i++) {
        INVARIANT(expression->operands[i]->depth < expression->depth);
        check_tree(source, expression->operands[i], walked);
    }
}

/* A literal's source is parsed to an equal value. */
static void check_literal(struct arena *arena, const struct cedar_expression *expression)
{
    struct buffer printed = buffer_in(arena, 64);
    struct cedar_mistake mistake;
    const struct cedar_expression *again;
    cedar_value_print(&expression->literal, &printed);
    INVARIANT(cedar_expression_parse(arena, buffer_text(&printed), &again, &mistake) == FAULT_NONE);
    INVARIANT(again->operation == CEDAR_LITERAL && cedar_value_equal(&again->literal, &expression->literal));
}

static void check_policy(struct arena *arena, const struct cedar_policy *policy, size_t *walked)
{
    check_span(policy->source, policy->span);
    check_span(policy->source, policy->principal.span);
    check_span(policy->source, policy->action.span);
    check_span(policy->source, policy->resource.span);
    INVARIANT(policy->is_template == (policy->principal.is_slot || policy->resource.is_slot));
    for (size_t i = 0; i < policy->annotation_count; i++)
        check_span(policy->source, policy->annotations[i].span);
    for (size_t i = 0; i < policy->condition_count; i++) {
        const struct cedar_expression *expression = policy->conditions[i].expression;
        check_span(policy->source, policy->conditions[i].span);
        check_tree(policy->source, expression, walked);
        if (expression->operation == CEDAR_LITERAL)
            check_literal(arena, expression);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text text = {(const char *)bytes, size};
    SCOPED_ARENA arena = arena_create();
    struct cedar_policy *policies = NULL;
    struct cedar_mistake mistake;
    size_t count = 0, walked = 0;
    if (cedar_policies_parse(arena, text, &policies, &count, &mistake) == FAULT_NONE) {
        for (size_t i = 0; i < count; i++)
            check_policy(arena, &policies[i], &walked);
        return 0;
    }
    struct buffer printed = buffer_in(arena, 256);
    check_span(mistake.source, mistake.span);
    cedar_mistake_print(&mistake, TEXT("fuzz.cedar"), 0, &printed);
    INVARIANT(mistake.sentence.length != 0 && text_is_utf8(buffer_text(&printed)));
    return 0;
}
