/* Attributes and tags: what is there, what may be missing, and what a test before has shown to be there. Cedar
 * language reference, "Policy validation". Part of the type checker. */
#include "validation/typecheck.h"

enum { QUOTED_MAX = 60 };

/* The record of attributes behind an entity or a record. NULL: it is neither, which was said. */
static const struct schema_type *attributes_of(struct typecheck *check, const struct cedar_expression *receiver,
                                               const struct schema_type *type)
{
    if (type->kind == TYPE_RECORD)
        return type;
    if (type->kind == TYPE_ENTITY) {
        const struct schema_entity *entity = schema_find_entity(check->schema, type->name);
        return entity != NULL ? entity->record : &schema_record_empty;
    }
    typecheck_report_kind(check, receiver, type, "an entity or a record");
    return NULL;
}

/* Who has the attribute, for people. */
static struct text owner(const struct typecheck *check, const struct cedar_expression *receiver,
                         const struct schema_type *type)
{
    if (receiver->operation == CEDAR_CONTEXT) {
        struct buffer uid = buffer_in(check->arena, 64);
        cedar_uid_print(&check->action->uid, &uid);
        return arena_print(check->arena, "the context of %.*s", TEXT_ARGUMENTS(buffer_text(&uid)));
    }
    return type->kind == TYPE_ENTITY ? type->name : TEXT("this record");
}

/* An expression as it stands in the policy, where it is short and on one line. */
static struct text quoted(const struct typecheck *check, const struct cedar_expression *expression)
{
    struct text source = check->policy->source;
    if (expression->span.length > QUOTED_MAX ||
        (size_t)expression->span.offset + expression->span.length > source.length)
        return TEXT("...");
    struct text text = {source.base + expression->span.offset, expression->span.length};
    return text_is_printable(text) ? text : TEXT("...");
}

static void report_missing(struct typecheck *check, const struct cedar_expression *expression,
                           const struct schema_type *type, const struct schema_type *record)
{
    struct schema_guess guess = schema_guess_start(expression->name);
    for (size_t i = 0; i < record->attribute_count; i++)
        schema_guess_offer(&guess, record->attributes[i].name);
    struct text meant = schema_guess_text(check->arena, &guess);
    struct text whose = owner(check, expression->operands[0], type);
    typecheck_report(check, expression->span,
                     arena_print(check->arena, "there is no attribute %.*s in %.*s%.*s",
                                 TEXT_ARGUMENTS(schema_quote(check->arena, expression->name)),
                                 TEXT_ARGUMENTS(whose), TEXT_ARGUMENTS(meant)));
}

static void report_optional(struct typecheck *check, const struct cedar_expression *expression,
                            const struct schema_type *type)
{
    struct text whose = owner(check, expression->operands[0], type);
    struct text receiver = quoted(check, expression->operands[0]);
    struct buffer name = buffer_in(check->arena, expression->name.length + 2);
    schema_name_print(expression->name, &name);
    typecheck_report(
        check, expression->span,
        arena_print(check->arena,
                    "the attribute %.*s of %.*s may be missing: test it with \"%.*s has %.*s\" first",
                    TEXT_ARGUMENTS(schema_quote(check->arena, expression->name)), TEXT_ARGUMENTS(whose),
                    TEXT_ARGUMENTS(receiver), TEXT_ARGUMENTS(buffer_text(&name))));
}

const struct schema_type *typecheck_get(struct typecheck *check, const struct cedar_expression *expression,
                                        const struct capabilities *known)
{
    const struct cedar_expression *receiver = expression->operands[0];
    const struct capabilities *ignored = NULL;
    const struct schema_type *type = typecheck(check, receiver, known, &ignored);
    const struct schema_type *record = type != NULL ? attributes_of(check, receiver, type) : NULL;
    if (record == NULL)
        return NULL;
    const struct schema_attribute *attribute = schema_type_attribute(record, expression->name);
    const struct capability wanted = {.receiver = receiver, .attribute = expression->name};
    if (attribute != NULL && (attribute->is_required || capabilities_have(known, &wanted, &check->work)))
        return attribute->type;
    if (attribute == NULL)
        report_missing(check, expression, type, record);
    else
        report_optional(check, expression, type);
    return NULL;
}

/* True is only what a record must have, or what is known already: an entity need not be there at all. */
const struct schema_type *typecheck_has(struct typecheck *check, const struct cedar_expression *expression,
                                        const struct capabilities *known, const struct capabilities **earned)
{
    const struct cedar_expression *receiver = expression->operands[0];
    const struct capabilities *ignored = NULL;
    const struct schema_type *type = typecheck(check, receiver, known, &ignored);
    const struct schema_type *record = type != NULL ? attributes_of(check, receiver, type) : NULL;
    if (record == NULL)
        return NULL;
    const struct schema_attribute *attribute = schema_type_attribute(record, expression->name);
    if (attribute == NULL)
        return schema_bool(false);
    const struct capability shown = {.receiver = receiver, .attribute = expression->name};
    *earned = capabilities_of(check->arena, &shown);
    bool is_certain =
        (attribute->is_required && type->kind == TYPE_RECORD) || capabilities_have(known, &shown, &check->work);
    return schema_simple_type(is_certain ? TYPE_TRUE : TYPE_BOOL);
}

/* NULL where an operand is wrong, which was said. *tags: NULL where entities of this type have none. */
static const struct schema_type *check_tag_operands(struct typecheck *check,
                                                    const struct cedar_expression *expression,
                                                    const struct capabilities *known,
                                                    const struct schema_type **tags)
{
    const struct capabilities *ignored = NULL;
    const struct schema_type *type =
        typecheck_expect(check, expression->operands[0], known, TYPE_ENTITY, "an entity", &ignored);
    const struct schema_type *name =
        typecheck_expect(check, expression->operands[1], known, TYPE_STRING, "a String", &ignored);
    if (type == NULL || name == NULL)
        return NULL;
    const struct schema_entity *entity = schema_find_entity(check->schema, type->name);
    *tags = entity != NULL ? entity->tags : NULL;
    return type;
}

const struct schema_type *typecheck_has_tag(struct typecheck *check, const struct cedar_expression *expression,
                                            const struct capabilities *known,
                                            const struct capabilities **earned)
{
    const struct schema_type *tags = NULL;
    if (check_tag_operands(check, expression, known, &tags) == NULL)
        return NULL;
    if (tags == NULL)
        return schema_bool(false);
    const struct capability shown = {.receiver = expression->operands[0], .tag = expression->operands[1]};
    *earned = capabilities_of(check->arena, &shown);
    return schema_simple_type(capabilities_have(known, &shown, &check->work) ? TYPE_TRUE : TYPE_BOOL);
}

const struct schema_type *typecheck_get_tag(struct typecheck *check, const struct cedar_expression *expression,
                                            const struct capabilities *known)
{
    const struct schema_type *tags = NULL;
    const struct schema_type *type = check_tag_operands(check, expression, known, &tags);
    if (type == NULL)
        return NULL;
    const struct capability wanted = {.receiver = expression->operands[0], .tag = expression->operands[1]};
    if (tags != NULL && capabilities_have(known, &wanted, &check->work))
        return tags;
    struct text receiver = quoted(check, expression->operands[0]), tag = quoted(check, expression->operands[1]);
    if (tags == NULL)
        typecheck_report(
            check, expression->span,
            arena_print(check->arena, "entities of type %.*s have no tags", TEXT_ARGUMENTS(type->name)));
    else
        typecheck_report(
            check, expression->span,
            arena_print(check->arena,
                        "this tag of %.*s may be missing: test it with \"%.*s.hasTag(%.*s)\" first",
                        TEXT_ARGUMENTS(type->name), TEXT_ARGUMENTS(receiver), TEXT_ARGUMENTS(tag)));
    return NULL;
}
