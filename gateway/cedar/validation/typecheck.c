/* The type checker's spine: variables, the operators that decide what is looked at behind them (&&, ||, !, if),
 * and those whose operands are each of one kind. Cedar language reference, "Policy validation". */
#include "validation/typecheck.h"

static bool is_same_mistake(const struct cedar_mistake *a, const struct cedar_mistake *b)
{
    return a->span.offset == b->span.offset && a->span.length == b->span.length &&
           text_equal(a->sentence, b->sentence);
}

void typecheck_report(struct typecheck *check, struct cedar_span span, struct text sentence)
{
    struct cedar_validation *validation = check->validation;
    struct cedar_mistake mistake = {.source = check->policy->source, .span = span, .sentence = sentence};
    for (size_t i = 0; i < validation->count; i++)
        if (validation->policies[i] == check->policy && is_same_mistake(&validation->mistakes[i], &mistake))
            return;
    if (validation->count >= validation->capacity)
        return;
    validation->mistakes[validation->count] = mistake;
    validation->policies[validation->count++] = check->policy;
}

void typecheck_report_kind(struct typecheck *check, const struct cedar_expression *expression,
                           const struct schema_type *type, const char *wanted)
{
    struct text found = schema_type_text(check->arena, type);
    typecheck_report(check, expression->span,
                     arena_print(check->arena, "%s was expected here, but this is of type %.*s", wanted,
                                 TEXT_ARGUMENTS(found)));
}

const struct schema_type *typecheck_expect(struct typecheck *check, const struct cedar_expression *expression,
                                           const struct capabilities *known, enum schema_type_kind kind,
                                           const char *wanted, const struct capabilities **earned)
{
    const struct schema_type *type = typecheck(check, expression, known, earned);
    if (type == NULL || type->kind == kind || (kind == TYPE_BOOL && schema_type_is_bool(type)))
        return type;
    typecheck_report_kind(check, expression, type, wanted);
    return NULL;
}

static const struct schema_type *expect_bool(struct typecheck *check, const struct cedar_expression *expression,
                                             const struct capabilities *known,
                                             const struct capabilities **earned)
{
    return typecheck_expect(check, expression, known, TYPE_BOOL, "a Bool", earned);
}

/* The right side is only reached where the left is true, so it may use what the left has shown; where the left
 * is never true it is not looked at. */
static const struct schema_type *check_and(struct typecheck *check, const struct cedar_expression *expression,
                                           const struct capabilities *known, const struct capabilities **earned)
{
    const struct capabilities *by_left = NULL, *by_right = NULL;
    const struct schema_type *left = expect_bool(check, expression->operands[0], known, &by_left);
    if (left != NULL && left->kind == TYPE_FALSE)
        return left;
    const struct schema_type *right = expect_bool(check, expression->operands[1],
                                                  capabilities_union(check->arena, known, by_left), &by_right);
    if (left == NULL || right == NULL)
        return NULL;
    if (right->kind == TYPE_FALSE)
        return right;
    *earned = capabilities_union(check->arena, by_left, by_right);
    if (right->kind == TYPE_TRUE)
        return left;
    return left->kind == TYPE_TRUE ? right : schema_simple_type(TYPE_BOOL);
}

static const struct schema_type *check_or(struct typecheck *check, const struct cedar_expression *expression,
                                          const struct capabilities *known, const struct capabilities **earned)
{
    const struct capabilities *by_left = NULL, *by_right = NULL;
    const struct schema_type *left = expect_bool(check, expression->operands[0], known, &by_left);
    *earned = by_left;
    if (left != NULL && left->kind == TYPE_TRUE)
        return left;
    const struct schema_type *right = expect_bool(check, expression->operands[1], known, &by_right);
    if (left == NULL || right == NULL)
        return NULL;
    if (right->kind == TYPE_FALSE)
        return left;
    if (right->kind == TYPE_TRUE || left->kind == TYPE_FALSE) {
        *earned = by_right;
        return right;
    }
    *earned = capabilities_intersection(check->arena, by_left, by_right, &check->work);
    return schema_simple_type(TYPE_BOOL);
}

static const struct schema_type *check_not(struct typecheck *check, const struct cedar_expression *expression,
                                           const struct capabilities *known)
{
    const struct capabilities *ignored = NULL;
    const struct schema_type *type = expect_bool(check, expression->operands[0], known, &ignored);
    if (type == NULL || type->kind == TYPE_BOOL)
        return type;
    return schema_bool(type->kind == TYPE_FALSE);
}

static const struct schema_type *join_branches(struct typecheck *check,
                                               const struct cedar_expression *expression,
                                               const struct schema_type *first,
                                               const struct schema_type *second)
{
    const struct schema_type *type = schema_type_join(check->arena, first, second);
    if (type == NULL)
        typecheck_report(check, expression->span,
                         arena_print(check->arena,
                                     "both branches must be of one type, but they are of types %.*s and %.*s",
                                     TEXT_ARGUMENTS(schema_type_text(check->arena, first)),
                                     TEXT_ARGUMENTS(schema_type_text(check->arena, second))));
    return type;
}

static const struct schema_type *check_if(struct typecheck *check, const struct cedar_expression *expression,
                                          const struct capabilities *known, const struct capabilities **earned)
{
    const struct capabilities *by_test = NULL, *by_then = NULL, *by_else = NULL;
    const struct schema_type *test = expect_bool(check, expression->operands[0], known, &by_test);
    if (test != NULL && test->kind == TYPE_FALSE)
        return typecheck(check, expression->operands[2], known, earned);
    const struct schema_type *then =
        typecheck(check, expression->operands[1], capabilities_union(check->arena, known, by_test), &by_then);
    by_then = capabilities_union(check->arena, by_then, by_test);
    if (test != NULL && test->kind == TYPE_TRUE) {
        *earned = by_then;
        return then;
    }
    const struct schema_type *otherwise = typecheck(check, expression->operands[2], known, &by_else);
    if (test == NULL || then == NULL || otherwise == NULL)
        return NULL;
    *earned = capabilities_intersection(check->arena, by_else, by_then, &check->work);
    return join_branches(check, expression, then, otherwise);
}

/* Operators whose operands are each of one kind, whatever the other is. */
struct signature {
    enum schema_type_kind operands[2], result;
};

static const struct signature signatures[CEDAR_OPERATION_COUNT] = {
    [CEDAR_NEGATE] = {{TYPE_LONG}, TYPE_LONG},
    [CEDAR_ADD] = {{TYPE_LONG, TYPE_LONG}, TYPE_LONG},
    [CEDAR_SUBTRACT] = {{TYPE_LONG, TYPE_LONG}, TYPE_LONG},
    [CEDAR_MULTIPLY] = {{TYPE_LONG, TYPE_LONG}, TYPE_LONG},
    [CEDAR_LIKE] = {{TYPE_STRING}, TYPE_BOOL},
    [CEDAR_DECIMAL_LESS] = {{TYPE_DECIMAL, TYPE_DECIMAL}, TYPE_BOOL},
    [CEDAR_DECIMAL_LESS_OR_EQUAL] = {{TYPE_DECIMAL, TYPE_DECIMAL}, TYPE_BOOL},
    [CEDAR_DECIMAL_GREATER] = {{TYPE_DECIMAL, TYPE_DECIMAL}, TYPE_BOOL},
    [CEDAR_DECIMAL_GREATER_OR_EQUAL] = {{TYPE_DECIMAL, TYPE_DECIMAL}, TYPE_BOOL},
    [CEDAR_IS_IPV4] = {{TYPE_IPADDR}, TYPE_BOOL},
    [CEDAR_IS_IPV6] = {{TYPE_IPADDR}, TYPE_BOOL},
    [CEDAR_IS_LOOPBACK] = {{TYPE_IPADDR}, TYPE_BOOL},
    [CEDAR_IS_MULTICAST] = {{TYPE_IPADDR}, TYPE_BOOL},
    [CEDAR_IS_IN_RANGE] = {{TYPE_IPADDR, TYPE_IPADDR}, TYPE_BOOL},
    [CEDAR_OFFSET] = {{TYPE_DATETIME, TYPE_DURATION}, TYPE_DATETIME},
    [CEDAR_DURATION_SINCE] = {{TYPE_DATETIME, TYPE_DATETIME}, TYPE_DURATION},
    [CEDAR_TO_DATE] = {{TYPE_DATETIME}, TYPE_DATETIME},
    [CEDAR_TO_TIME] = {{TYPE_DATETIME}, TYPE_DURATION},
    [CEDAR_TO_MILLISECONDS] = {{TYPE_DURATION}, TYPE_LONG},
    [CEDAR_TO_SECONDS] = {{TYPE_DURATION}, TYPE_LONG},
    [CEDAR_TO_MINUTES] = {{TYPE_DURATION}, TYPE_LONG},
    [CEDAR_TO_HOURS] = {{TYPE_DURATION}, TYPE_LONG},
    [CEDAR_TO_DAYS] = {{TYPE_DURATION}, TYPE_LONG},
};

static const struct schema_type *check_signature(struct typecheck *check,
                                                 const struct cedar_expression *expression,
                                                 const struct capabilities *known)
{
    static const char *const wanted[] = {
        [TYPE_LONG] = "a Long",      [TYPE_STRING] = "a String",     [TYPE_DECIMAL] = "a decimal",
        [TYPE_IPADDR] = "an ipaddr", [TYPE_DATETIME] = "a datetime", [TYPE_DURATION] = "a duration",
    };
    const struct signature *signature = &signatures[expression->operation];
    bool is_good = true;
    for (size_t i = 0; i < expression->operand_count && i < 2; i++) {
        const struct capabilities *ignored = NULL;
        enum schema_type_kind kind = signature->operands[i];
        is_good =
            typecheck_expect(check, expression->operands[i], known, kind, wanted[kind], &ignored) != NULL &&
            is_good;
    }
    return is_good ? schema_simple_type(signature->result) : NULL;
}

static const struct schema_type *check_miscall(struct typecheck *check,
                                               const struct cedar_expression *expression,
                                               const struct capabilities *known)
{
    for (size_t i = 0; i < expression->operand_count; i++) {
        const struct capabilities *ignored = NULL;
        (void)typecheck(check, expression->operands[i], known, &ignored);
    }
    typecheck_report(check, expression->span,
                     arena_print(check->arena, "%.*s is called with too many or too few arguments",
                                 TEXT_ARGUMENTS(expression->name)));
    return NULL;
}

static const struct schema_type *check_access(struct typecheck *check,
                                              const struct cedar_expression *expression,
                                              const struct capabilities *known,
                                              const struct capabilities **earned)
{
    switch (expression->operation) {
    case CEDAR_HAS:
        return typecheck_has(check, expression, known, earned);
    case CEDAR_GET:
        return typecheck_get(check, expression, known);
    case CEDAR_HAS_TAG:
        return typecheck_has_tag(check, expression, known, earned);
    case CEDAR_GET_TAG:
        return typecheck_get_tag(check, expression, known);
    case CEDAR_MAKE_SET:
        return typecheck_make_set(check, expression, known);
    case CEDAR_MAKE_RECORD:
        return typecheck_make_record(check, expression, known);
    case CEDAR_MAKE_DECIMAL:
    case CEDAR_MAKE_IPADDR:
    case CEDAR_MAKE_DATETIME:
    case CEDAR_MAKE_DURATION:
        return typecheck_make_extension(check, expression, known);
    case CEDAR_MISCALL:
        return check_miscall(check, expression, known);
    default:
        return signatures[expression->operation].operands[0] != TYPE_TRUE
                   ? check_signature(check, expression, known)
                   : typecheck_relation(check, expression, known);
    }
}

const struct schema_type *typecheck(struct typecheck *check, const struct cedar_expression *expression,
                                    const struct capabilities *known, const struct capabilities **earned)
{
    *earned = NULL;
    switch (expression->operation) {
    case CEDAR_LITERAL:
        return typecheck_literal(check, expression);
    case CEDAR_PRINCIPAL:
        return check->principal->type;
    case CEDAR_ACTION:
        return check->action->type;
    case CEDAR_RESOURCE:
        return check->resource->type;
    case CEDAR_CONTEXT:
        return check->action->context;
    case CEDAR_AND:
        return check_and(check, expression, known, earned);
    case CEDAR_OR:
        return check_or(check, expression, known, earned);
    case CEDAR_NOT:
        return check_not(check, expression, known);
    case CEDAR_IF:
        return check_if(check, expression, known, earned);
    default:
        return check_access(check, expression, known, earned);
    }
}
