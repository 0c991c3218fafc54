/* The types of values that are written out: literals, sets, records, extension values. Cedar language
 * reference, "Policy validation": a set has elements of one type and at least one of them; an extension value
 * is made from a string that stands in the policy. Part of the type checker. */
#include "validation/typecheck.h"

static void report_mixed(struct typecheck *check, struct cedar_span span, const struct schema_type *first,
                         const struct schema_type *second)
{
    typecheck_report(check, span,
                     arena_print(check->arena, "a set has elements of one type, but here are %.*s and %.*s",
                                 TEXT_ARGUMENTS(schema_type_text(check->arena, first)),
                                 TEXT_ARGUMENTS(schema_type_text(check->arena, second))));
}

static void report_empty(struct typecheck *check, struct cedar_span span)
{
    typecheck_report(check, span,
                     TEXT("an empty set has no type here; to ask whether a set is empty, use isEmpty()"));
}

static const struct schema_type *value_type(struct typecheck *check, const struct cedar_value *value,
                                            struct cedar_span span);

static const struct schema_type *set_type(struct typecheck *check, const struct cedar_set *set,
                                          struct cedar_span span)
{
    if (set->count == 0) {
        report_empty(check, span);
        return NULL;
    }
    const struct schema_type *joined = value_type(check, &set->items[0], span);
    for (size_t i = 1; i < set->count && joined != NULL; i++) {
        const struct schema_type *type = value_type(check, &set->items[i], span);
        const struct schema_type *both = type != NULL ? schema_type_join(check->arena, joined, type) : NULL;
        if (both == NULL && type != NULL)
            report_mixed(check, span, joined, type);
        joined = both;
    }
    return joined != NULL ? schema_set_of(check->arena, joined) : NULL;
}

static const struct schema_type *record_type(struct typecheck *check, const struct cedar_record *record,
                                             struct cedar_span span)
{
    struct schema_attribute *attributes = ARENA_ARRAY(check->arena, struct schema_attribute, record->count + 1);
    for (size_t i = 0; i < record->count; i++) {
        attributes[i] = (struct schema_attribute){.name = record->attributes[i].name, .is_required = true};
        attributes[i].type = value_type(check, &record->attributes[i].value, span);
        if (attributes[i].type == NULL)
            return NULL;
    }
    return schema_record_of(check->arena, attributes, record->count);
}

/* Unknown entities have no type; validator_names.c says that there is no such thing. */
static const struct schema_type *entity_type(const struct typecheck *check, const struct cedar_uid *uid)
{
    if (schema_is_action_type(uid->type)) {
        const struct schema_action *action = schema_find_action(check->schema, uid);
        return action != NULL ? action->type : NULL;
    }
    const struct schema_entity *entity = schema_find_entity(check->schema, uid->type);
    return entity != NULL ? entity->type : NULL;
}

static const struct schema_type *value_type(struct typecheck *check, const struct cedar_value *value,
                                            struct cedar_span span)
{
    switch (value->kind) {
    case CEDAR_BOOLEAN:
        return schema_bool(value->boolean);
    case CEDAR_LONG:
        return schema_simple_type(TYPE_LONG);
    case CEDAR_STRING:
        return schema_simple_type(TYPE_STRING);
    case CEDAR_ENTITY:
        return entity_type(check, value->entity);
    case CEDAR_SET:
        return set_type(check, value->set, span);
    case CEDAR_RECORD:
        return record_type(check, value->record, span);
    case CEDAR_DECIMAL:
        return schema_simple_type(TYPE_DECIMAL);
    case CEDAR_IPADDR:
        return schema_simple_type(TYPE_IPADDR);
    case CEDAR_DATETIME:
        return schema_simple_type(TYPE_DATETIME);
    case CEDAR_DURATION:
        return schema_simple_type(TYPE_DURATION);
    }
    return NULL;
}

const struct schema_type *typecheck_literal(struct typecheck *check, const struct cedar_expression *expression)
{
    return value_type(check, &expression->literal, expression->span);
}

const struct schema_type *typecheck_make_set(struct typecheck *check, const struct cedar_expression *expression,
                                             const struct capabilities *known)
{
    const struct schema_type *joined = NULL;
    bool is_good = true;
    if (expression->operand_count == 0)
        report_empty(check, expression->span);
    for (size_t i = 0; i < expression->operand_count; i++) {
        const struct capabilities *ignored = NULL;
        const struct schema_type *type = typecheck(check, expression->operands[i], known, &ignored);
        const struct schema_type *both =
            type == NULL || joined == NULL ? type : schema_type_join(check->arena, joined, type);
        if (type != NULL && both == NULL)
            report_mixed(check, expression->operands[i]->span, joined, type);
        is_good = is_good && both != NULL;
        joined = both != NULL ? both : joined;
    }
    return is_good && joined != NULL ? schema_set_of(check->arena, joined) : NULL;
}

const struct schema_type *typecheck_make_record(struct typecheck *check,
                                                const struct cedar_expression *expression,
                                                const struct capabilities *known)
{
    struct schema_attribute *attributes =
        ARENA_ARRAY(check->arena, struct schema_attribute, expression->operand_count + 1);
    bool is_good = true;
    for (size_t i = 0; i < expression->operand_count; i++) {
        const struct capabilities *ignored = NULL;
        attributes[i] = (struct schema_attribute){.name = expression->names[i], .is_required = true};
        attributes[i].type = typecheck(check, expression->operands[i], known, &ignored);
        is_good = is_good && attributes[i].type != NULL;
    }
    return is_good ? schema_record_of(check->arena, attributes, expression->operand_count) : NULL;
}

const struct schema_type *typecheck_make_extension(struct typecheck *check,
                                                   const struct cedar_expression *expression,
                                                   const struct capabilities *known)
{
    static const char *const names[] = {"a decimal", "an ipaddr", "a datetime", "a duration"};
    const struct capabilities *ignored = NULL;
    const char *name = names[expression->operation - CEDAR_MAKE_DECIMAL];
    const struct cedar_expression *operand = expression->operands[0];
    const struct schema_type *type = typecheck_expect(check, operand, known, TYPE_STRING, "a String", &ignored);
    if (type == NULL)
        return NULL;
    /* What it makes of a good literal is a literal by now. */
    if (operand->operation == CEDAR_LITERAL)
        typecheck_report(check, operand->span,
                         arena_print(check->arena, "this string does not spell %s", name));
    else
        typecheck_report(check, operand->span,
                         arena_print(check->arena,
                                     "%s can only be made from a string that stands here, not from what is "
                                     "found out when the policy is asked",
                                     name));
    return NULL;
}
