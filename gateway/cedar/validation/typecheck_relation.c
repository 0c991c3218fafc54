/* Relations between two values: equality, order, membership in sets and in hierarchies. Cedar language
 * reference, "Policy validation": two sides that can never be equal are a mistake, unless both are literals or
 * entities of different types, which are known to differ. Part of the type checker. */
#include "validation/typecheck.h"

static void report_apart(struct typecheck *check, struct cedar_span span, const struct schema_type *left,
                         const struct schema_type *right)
{
    const struct schema_type *entity = left->kind == TYPE_ENTITY ? left : right,
                             *other = left->kind == TYPE_ENTITY ? right : left;
    struct text hint = TEXT("");
    if (entity->kind == TYPE_ENTITY && other->kind == TYPE_STRING)
        hint = arena_print(check->arena, "; an entity is written %.*s::\"its id\"",
                           TEXT_ARGUMENTS(schema_type_text(check->arena, entity)));
    typecheck_report(check, span,
                     arena_print(check->arena,
                                 "these can never be equal: one is of type %.*s, the other of type "
                                 "%.*s%.*s",
                                 TEXT_ARGUMENTS(schema_type_text(check->arena, left)),
                                 TEXT_ARGUMENTS(schema_type_text(check->arena, right)), TEXT_ARGUMENTS(hint)));
}

/* Both sides, whatever they are. false: one has no type. */
static bool check_sides(struct typecheck *check, const struct cedar_expression *expression,
                        const struct capabilities *known, const struct schema_type *sides[2])
{
    const struct capabilities *ignored = NULL;
    for (size_t i = 0; i < 2; i++)
        sides[i] = typecheck(check, expression->operands[i], known, &ignored);
    return sides[0] != NULL && sides[1] != NULL;
}

/* As the reference reads them, && and || of two literals are one. */
static bool is_boolean_literal(const struct cedar_expression *expression, bool *value)
{
    bool left, right;
    if (expression->operation == CEDAR_LITERAL && expression->literal.kind == CEDAR_BOOLEAN) {
        *value = expression->literal.boolean;
        return true;
    }
    if ((expression->operation != CEDAR_AND && expression->operation != CEDAR_OR) ||
        !is_boolean_literal(expression->operands[0], &left) ||
        !is_boolean_literal(expression->operands[1], &right))
        return false;
    *value = expression->operation == CEDAR_AND ? left && right : left || right;
    return true;
}

/* What is known to be one value: a literal without parts, or the environment's action. */
static bool is_constant(const struct typecheck *check, const struct cedar_expression *expression,
                        struct cedar_value *value)
{
    if (expression->operation == CEDAR_ACTION) {
        *value = cedar_entity_value(&check->action->uid);
        return true;
    }
    bool boolean;
    if (is_boolean_literal(expression, &boolean)) {
        *value = cedar_boolean(boolean);
        return true;
    }
    *value = expression->literal;
    return expression->operation == CEDAR_LITERAL &&
           (value->kind == CEDAR_BOOLEAN || value->kind == CEDAR_LONG || value->kind == CEDAR_STRING ||
            value->kind == CEDAR_ENTITY);
}

static const struct schema_type *check_equal(struct typecheck *check, const struct cedar_expression *expression,
                                             const struct capabilities *known)
{
    const struct schema_type *sides[2];
    struct cedar_value left, right;
    bool is_negated = expression->operation == CEDAR_NOT_EQUAL;
    if (!check_sides(check, expression, known, sides))
        return NULL;
    if (sides[0]->kind == TYPE_ENTITY && sides[1]->kind == TYPE_ENTITY &&
        !text_equal(sides[0]->name, sides[1]->name))
        return schema_bool(is_negated);
    if (is_constant(check, expression->operands[0], &left) &&
        is_constant(check, expression->operands[1], &right))
        return schema_bool(cedar_value_equal(&left, &right) != is_negated);
    if (schema_type_join(check->arena, sides[0], sides[1]) != NULL)
        return schema_simple_type(TYPE_BOOL);
    report_apart(check, expression->span, sides[0], sides[1]);
    return NULL;
}

static bool is_ordered(const struct schema_type *type)
{
    return type->kind == TYPE_LONG || type->kind == TYPE_DATETIME || type->kind == TYPE_DURATION;
}

/* What stands beside a value of this kind, and how it is written where that is not plain. */
static const char *wanted_beside(const struct schema_type *type)
{
    switch (type->kind) {
    case TYPE_LONG:
        return "a Long";
    case TYPE_DATETIME:
        return "a datetime such as datetime(\"2026-01-31T12:00:00Z\")";
    case TYPE_DURATION:
        return "a duration such as duration(\"5m\")";
    default:
        return "a Long, datetime or duration";
    }
}

static const struct schema_type *check_order(struct typecheck *check, const struct cedar_expression *expression,
                                             const struct capabilities *known)
{
    const struct schema_type *sides[2];
    if (!check_sides(check, expression, known, sides))
        return NULL;
    bool is_good = true;
    for (size_t i = 0; i < 2; i++) {
        if (is_ordered(sides[i]))
            continue;
        is_good = false;
        typecheck_report_kind(check, expression->operands[i], sides[i],
                              sides[i]->kind == TYPE_DECIMAL
                                  ? "a Long, datetime or duration (decimals have lessThan() and so on)"
                                  : wanted_beside(sides[1 - i]));
    }
    if (is_good && sides[0]->kind != sides[1]->kind) {
        is_good = false;
        typecheck_report_kind(check, expression->operands[1], sides[1], wanted_beside(sides[0]));
    }
    return is_good ? schema_simple_type(TYPE_BOOL) : NULL;
}

static const struct schema_type *check_contains(struct typecheck *check,
                                                const struct cedar_expression *expression,
                                                const struct capabilities *known)
{
    const struct capabilities *ignored = NULL;
    const struct schema_type *set =
        typecheck_expect(check, expression->operands[0], known, TYPE_SET, "a set", &ignored);
    if (expression->operation == CEDAR_IS_EMPTY)
        return set != NULL ? schema_simple_type(TYPE_BOOL) : NULL;
    bool is_one = expression->operation == CEDAR_CONTAINS;
    const struct schema_type *other =
        is_one ? typecheck(check, expression->operands[1], known, &ignored)
               : typecheck_expect(check, expression->operands[1], known, TYPE_SET, "a set", &ignored);
    if (set == NULL || other == NULL)
        return NULL;
    const struct schema_type *element = is_one ? set->element : set;
    if (schema_type_join(check->arena, element, other) != NULL)
        return schema_simple_type(TYPE_BOOL);
    report_apart(check, expression->span, element, other);
    return NULL;
}

/* The entities on the right of "in", if all of them stand there. */
static struct cedar_uid *constant_entities(const struct typecheck *check,
                                           const struct cedar_expression *expression, size_t *count)
{
    bool is_made = expression->operation == CEDAR_MAKE_SET;
    bool is_literal = expression->operation == CEDAR_LITERAL && expression->literal.kind == CEDAR_SET;
    *count = is_made ? expression->operand_count : is_literal ? expression->literal.set->count : 1;
    struct cedar_uid *uids = ARENA_ARRAY(check->arena, struct cedar_uid, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        struct cedar_value value;
        if (is_literal)
            value = expression->literal.set->items[i];
        else if (!is_constant(check, is_made ? expression->operands[i] : expression, &value))
            return NULL;
        if (value.kind != CEDAR_ENTITY)
            return NULL;
        uids[i] = *value.entity;
    }
    return uids;
}

const struct schema_type *typecheck_action_in(const struct typecheck *check, const struct schema_action *action,
                                              const struct cedar_uid *uids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct schema_action *ancestor = schema_find_action(check->schema, &uids[i]);
        if (ancestor != NULL && schema_bit(action->ancestors, ancestor->index))
            return schema_bool(true);
    }
    return schema_bool(false);
}

static const struct schema_type *check_in_types(struct typecheck *check, const struct cedar_expression *left,
                                                const struct schema_type *type,
                                                const struct cedar_expression *right,
                                                const struct schema_type *ancestor)
{
    struct cedar_value value;
    if (is_constant(check, left, &value) && schema_is_action_type(value.entity->type)) {
        size_t count = 0;
        const struct schema_action *action = schema_find_action(check->schema, value.entity);
        const struct cedar_uid *uids = constant_entities(check, right, &count);
        if (uids != NULL && action != NULL)
            return typecheck_action_in(check, action, uids, count);
    }
    struct text name = ancestor->kind == TYPE_SET ? ancestor->element->name : ancestor->name;
    return schema_may_be_in(check->schema, type->name, name) ? schema_simple_type(TYPE_BOOL)
                                                             : schema_bool(false);
}

static const struct schema_type *check_in(struct typecheck *check, const struct cedar_expression *expression,
                                          const struct capabilities *known)
{
    const struct cedar_expression *left = expression->operands[0], *right = expression->operands[1];
    const struct capabilities *ignored = NULL;
    const struct schema_type *type = typecheck_expect(check, left, known, TYPE_ENTITY, "an entity", &ignored);
    const struct schema_type *ancestor = typecheck(check, right, known, &ignored);
    if (ancestor != NULL && ancestor->kind != TYPE_ENTITY &&
        !(ancestor->kind == TYPE_SET && ancestor->element->kind == TYPE_ENTITY)) {
        typecheck_report_kind(check, right, ancestor, "an entity or a set of entities");
        ancestor = NULL;
    }
    return type != NULL && ancestor != NULL ? check_in_types(check, left, type, right, ancestor) : NULL;
}

/* "x is T in y" is "x is T && x in y". */
static const struct schema_type *check_is(struct typecheck *check, const struct cedar_expression *expression,
                                          const struct capabilities *known)
{
    const struct capabilities *ignored = NULL;
    const struct schema_type *type =
        typecheck_expect(check, expression->operands[0], known, TYPE_ENTITY, "an entity", &ignored);
    if (type == NULL)
        return NULL;
    bool is_such = text_equal(type->name, expression->name);
    return is_such && expression->operand_count == 2 ? check_in(check, expression, known)
                                                     : schema_bool(is_such);
}

const struct schema_type *typecheck_relation(struct typecheck *check, const struct cedar_expression *expression,
                                             const struct capabilities *known)
{
    switch (expression->operation) {
    case CEDAR_EQUAL:
    case CEDAR_NOT_EQUAL:
        return check_equal(check, expression, known);
    case CEDAR_LESS:
    case CEDAR_LESS_OR_EQUAL:
    case CEDAR_GREATER:
    case CEDAR_GREATER_OR_EQUAL:
        return check_order(check, expression, known);
    case CEDAR_IN:
        return check_in(check, expression, known);
    case CEDAR_IS:
        return check_is(check, expression, known);
    default:
        return check_contains(check, expression, known);
    }
}
