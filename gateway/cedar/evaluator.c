/* The walk over an expression: what is evaluated and in which order, and what is not evaluated at all. What the
 * operators make of their operands is in *_operations.c. As deep as the tree is, at most CEDAR_DEPTH_MAX, so
 * what one level keeps on the stack is little. Cedar language reference, "Operators". */
#include "evaluator.h"

void evaluation_begin(struct evaluation *evaluation, struct arena *arena, const struct cedar_entities *entities,
                      const struct cedar_request *request, size_t work)
{
    *evaluation = (struct evaluation){.arena = arena, .entities = entities, .request = request, .work = work};
    evaluation->principal = cedar_entities_find(entities, &request->principal);
    evaluation->action = cedar_entities_find(entities, &request->action);
    evaluation->resource = cedar_entities_find(entities, &request->resource);
}

const struct cedar_entity *evaluation_find(const struct evaluation *evaluation, const struct cedar_uid *uid)
{
    const struct cedar_request *request = evaluation->request;
    if (uid == &request->principal)
        return evaluation->principal;
    if (uid == &request->resource)
        return evaluation->resource;
    if (uid == &request->action)
        return evaluation->action;
    return cedar_entities_find(evaluation->entities, uid);
}

static enum fault evaluate_boolean(struct evaluation *evaluation, const struct cedar_expression *expression,
                                   bool *boolean)
{
    struct cedar_value value;
    TRY(evaluate(evaluation, expression, &value));
    TRY(expect_kind(evaluation, expression->span, CEDAR_BOOLEAN, &value));
    *boolean = value.boolean;
    return FAULT_NONE;
}

/* && and ||: the right side counts, and is looked at, only where the left does not decide. */
static enum fault evaluate_junction(struct evaluation *evaluation, const struct cedar_expression *expression,
                                    struct cedar_value *value)
{
    bool boolean;
    TRY(evaluate_boolean(evaluation, expression->operands[0], &boolean));
    if (boolean == (expression->operation == CEDAR_AND))
        TRY(evaluate_boolean(evaluation, expression->operands[1], &boolean));
    *value = cedar_boolean(boolean);
    return FAULT_NONE;
}

static enum fault evaluate_if(struct evaluation *evaluation, const struct cedar_expression *expression,
                              struct cedar_value *value)
{
    bool is_met;
    TRY(evaluate_boolean(evaluation, expression->operands[0], &is_met));
    return evaluate(evaluation, expression->operands[is_met ? 1 : 2], value);
}

/* An entity of another type is in nothing, whatever stands there. */
static enum fault evaluate_is(struct evaluation *evaluation, const struct cedar_expression *expression,
                              struct cedar_value *value)
{
    struct cedar_value operands[2];
    TRY(evaluate(evaluation, expression->operands[0], &operands[0]));
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_ENTITY, &operands[0]));
    bool is_type = text_equal(operands[0].entity->type, expression->name);
    *value = cedar_boolean(is_type);
    if (!is_type || expression->operand_count == 1)
        return FAULT_NONE;
    TRY(evaluate(evaluation, expression->operands[1], &operands[1]));
    return apply_in(evaluation, expression, operands, value);
}

static enum fault evaluate_set(struct evaluation *evaluation, const struct cedar_expression *expression,
                               struct cedar_value *value)
{
    size_t count = expression->operand_count, work = 0;
    struct cedar_value *items = ARENA_ARRAY(evaluation->arena, struct cedar_value, count);
    for (size_t i = 0; i < count; i++) {
        TRY(evaluate(evaluation, expression->operands[i], &items[i]));
        if (work <= evaluation->work)
            work += work_of_value(&items[i], evaluation->work + 1);
    }
    /* Sorting lets every item be compared about as often as a search takes. */
    TRY(work_spend(evaluation, expression->span, work_of_times(work_of_search(count), work)));
    *value = cedar_set_value(evaluation->arena, items, count);
    return FAULT_NONE;
}

static enum fault evaluate_record(struct evaluation *evaluation, const struct cedar_expression *expression,
                                  struct cedar_value *value)
{
    size_t count = expression->operand_count, work = count;
    struct cedar_attribute *attributes = ARENA_ARRAY(evaluation->arena, struct cedar_attribute, count);
    for (size_t i = 0; i < count; i++) {
        attributes[i].name = expression->names[i];
        work += work_of_bytes(attributes[i].name.length);
        TRY(evaluate(evaluation, expression->operands[i], &attributes[i].value));
    }
    TRY(work_spend(evaluation, expression->span, work_of_times(work_of_search(count), work)));
    /* The parser lets no name stand twice. */
    return cedar_record_value(evaluation->arena, attributes, count, value)
               ? FAULT_NONE
               : fail_with(evaluation, expression->span, TEXT("an attribute stands twice in a record"));
}

/* There is no such call; what it is called with is evaluated all the same, and what fails there is told first.
 */
static enum fault evaluate_miscall(struct evaluation *evaluation, const struct cedar_expression *expression)
{
    struct cedar_value ignored;
    for (size_t i = 0; i < expression->operand_count; i++)
        TRY(evaluate(evaluation, expression->operands[i], &ignored));
    return fail_with(evaluation, expression->span,
                     arena_print(evaluation->arena, "%.*s is called with too many or too few arguments",
                                 TEXT_ARGUMENTS(expression->name)));
}

/* Everything that needs the values of its one or two operands and nothing else. */
static enum fault (*const applied[CEDAR_OPERATION_COUNT])(struct evaluation *, const struct cedar_expression *,
                                                          const struct cedar_value *, struct cedar_value *) = {
    [CEDAR_NOT] = apply_not,
    [CEDAR_NEGATE] = apply_negate,
    [CEDAR_EQUAL] = apply_equal,
    [CEDAR_NOT_EQUAL] = apply_equal,
    [CEDAR_LESS] = apply_order,
    [CEDAR_LESS_OR_EQUAL] = apply_order,
    [CEDAR_GREATER] = apply_order,
    [CEDAR_GREATER_OR_EQUAL] = apply_order,
    [CEDAR_ADD] = apply_arithmetic,
    [CEDAR_SUBTRACT] = apply_arithmetic,
    [CEDAR_MULTIPLY] = apply_arithmetic,
    [CEDAR_IN] = apply_in,
    [CEDAR_LIKE] = apply_like,
    [CEDAR_HAS] = apply_has,
    [CEDAR_GET] = apply_get,
    [CEDAR_CONTAINS] = apply_contains,
    [CEDAR_CONTAINS_ALL] = apply_contains_all,
    [CEDAR_CONTAINS_ANY] = apply_contains_any,
    [CEDAR_IS_EMPTY] = apply_is_empty,
    [CEDAR_GET_TAG] = apply_get_tag,
    [CEDAR_HAS_TAG] = apply_has_tag,
    [CEDAR_MAKE_DECIMAL] = apply_constructor,
    [CEDAR_MAKE_IPADDR] = apply_constructor,
    [CEDAR_MAKE_DATETIME] = apply_constructor,
    [CEDAR_MAKE_DURATION] = apply_constructor,
    [CEDAR_DECIMAL_LESS] = apply_decimal_order,
    [CEDAR_DECIMAL_LESS_OR_EQUAL] = apply_decimal_order,
    [CEDAR_DECIMAL_GREATER] = apply_decimal_order,
    [CEDAR_DECIMAL_GREATER_OR_EQUAL] = apply_decimal_order,
    [CEDAR_IS_IPV4] = apply_ipaddr_test,
    [CEDAR_IS_IPV6] = apply_ipaddr_test,
    [CEDAR_IS_LOOPBACK] = apply_ipaddr_test,
    [CEDAR_IS_MULTICAST] = apply_ipaddr_test,
    [CEDAR_IS_IN_RANGE] = apply_in_range,
    [CEDAR_OFFSET] = apply_offset,
    [CEDAR_DURATION_SINCE] = apply_duration_since,
    [CEDAR_TO_DATE] = apply_datetime_part,
    [CEDAR_TO_TIME] = apply_datetime_part,
    [CEDAR_TO_MILLISECONDS] = apply_duration_unit,
    [CEDAR_TO_SECONDS] = apply_duration_unit,
    [CEDAR_TO_MINUTES] = apply_duration_unit,
    [CEDAR_TO_HOURS] = apply_duration_unit,
    [CEDAR_TO_DAYS] = apply_duration_unit,
};

static enum fault evaluate_operands(struct evaluation *evaluation, const struct cedar_expression *expression,
                                    struct cedar_value *value)
{
    struct cedar_value operands[2];
    INVARIANT(applied[expression->operation] != NULL && expression->operand_count <= 2);
    for (size_t i = 0; i < expression->operand_count; i++)
        TRY(evaluate(evaluation, expression->operands[i], &operands[i]));
    return applied[expression->operation](evaluation, expression, operands, value);
}

enum fault evaluate(struct evaluation *evaluation, const struct cedar_expression *expression,
                    struct cedar_value *value)
{
    TRY(work_spend(evaluation, expression->span, 1));
    switch (expression->operation) {
    case CEDAR_LITERAL:
        *value = expression->literal;
        return FAULT_NONE;
    case CEDAR_PRINCIPAL:
        *value = cedar_entity_value(&evaluation->request->principal);
        return FAULT_NONE;
    case CEDAR_ACTION:
        *value = cedar_entity_value(&evaluation->request->action);
        return FAULT_NONE;
    case CEDAR_RESOURCE:
        *value = cedar_entity_value(&evaluation->request->resource);
        return FAULT_NONE;
    case CEDAR_CONTEXT:
        *value = (struct cedar_value){.kind = CEDAR_RECORD, .record = evaluation->request->context};
        return FAULT_NONE;
    case CEDAR_AND:
    case CEDAR_OR:
        return evaluate_junction(evaluation, expression, value);
    case CEDAR_IF:
        return evaluate_if(evaluation, expression, value);
    case CEDAR_IS:
        return evaluate_is(evaluation, expression, value);
    case CEDAR_MAKE_SET:
        return evaluate_set(evaluation, expression, value);
    case CEDAR_MAKE_RECORD:
        return evaluate_record(evaluation, expression, value);
    case CEDAR_MISCALL:
        return evaluate_miscall(evaluation, expression);
    default:
        return evaluate_operands(evaluation, expression, value);
    }
}

enum fault cedar_evaluate(struct arena *arena, const struct cedar_expression *expression,
                          const struct cedar_entities *entities, const struct cedar_request *request,
                          size_t work, struct cedar_value *value, struct cedar_error *error)
{
    struct evaluation evaluation;
    evaluation_begin(&evaluation, arena, entities, request, work);
    enum fault fault = evaluate(&evaluation, expression, value);
    if (fault != FAULT_NONE)
        *error = (struct cedar_error){.span = evaluation.span, .sentence = evaluation.sentence};
    return fault;
}
