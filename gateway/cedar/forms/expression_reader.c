/* Expressions from Cedar's JSON policy format. Built with what the parser builds with, so that the tree is the
 * one its text has and has the same bounds; as deep as the document, which its reader bounds. Refused where
 * Cedar takes it: a method without a receiver, and a has of a path with a name that its text cannot say. */
#include "document/document_entity_type.h"
#include "document/document_value.h"
#include "forms/expression_forms.h"
#include "syntax/call.h"

/* What the builders say, with the place. */
static enum fault say(struct expression_reading *reading, const struct document_place *place, enum fault fault)
{
    if (fault == FAULT_NONE)
        return FAULT_NONE;
    return document_refuse(&reading->document, place, "%.*s.", TEXT_ARGUMENTS(reading->mistake.sentence));
}

static struct document_place inside(const struct document_place *place, const char *name)
{
    return (struct document_place){.outer = place, .name = text_of(name)};
}

/* An object with these members and no others; those behind the first needed may be left out. */
static enum fault expect_members(struct expression_reading *reading, const struct document_place *place,
                                 const struct json_value *json, const char *const *names, size_t count,
                                 size_t needed)
{
    if (json->kind != JSON_OBJECT)
        return document_refuse(&reading->document, place, "an object is expected, there is %s.",
                               document_kind(json));
    TRY(document_members_known(&reading->document, place, json, names, count));
    for (size_t i = 0; i < needed; i++)
        if (json_member(json, text_of(names[i])) == NULL)
            return document_refuse(&reading->document, place, "%s is missing.", names[i]);
    return FAULT_NONE;
}

static enum fault read_operand(struct expression_reading *reading, const struct document_place *place,
                               const struct json_value *json, const char *name, struct cedar_operands *operands)
{
    const struct cedar_expression *operand;
    struct document_place here = inside(place, name);
    TRY(expression_read(reading, &here, json_member(json, text_of(name)), &operand));
    cedar_operands_add(&reading->parser, operands, operand);
    return FAULT_NONE;
}

static enum fault read_operands(struct expression_reading *reading, const struct document_place *place,
                                const struct json_value *json, const char *const *names, size_t count,
                                struct cedar_operands *operands)
{
    TRY(expect_members(reading, place, json, names, count, count));
    for (size_t i = 0; i < count; i++)
        TRY(read_operand(reading, place, json, names[i], operands));
    return FAULT_NONE;
}

static const char *const binary_names[] = {"left", "right"}, *const unary_names[] = {"arg"},
                         *const if_names[] = {"if", "then", "else"};

static enum fault read_operation(struct expression_reading *reading, const struct document_place *place,
                                 const struct json_value *json, enum cedar_operation operation,
                                 const struct cedar_expression **read)
{
    struct cedar_operands operands = {.count = 0};
    struct cedar_expression draft = {.operation = operation};
    if (operation == CEDAR_IF)
        TRY(read_operands(reading, place, json, if_names, 3, &operands));
    else if (operation == CEDAR_NOT || operation == CEDAR_NEGATE || operation == CEDAR_IS_EMPTY)
        TRY(read_operands(reading, place, json, unary_names, 1, &operands));
    else
        TRY(read_operands(reading, place, json, binary_names, 2, &operands));
    return say(reading, place, cedar_build(&reading->parser, draft, &operands, read));
}

static enum fault read_not(struct expression_reading *reading, const struct document_place *place,
                           const struct json_value *json, const struct cedar_expression **read)
{
    return read_operation(reading, place, json, CEDAR_NOT, read);
}

static enum fault read_negation(struct expression_reading *reading, const struct document_place *place,
                                const struct json_value *json, const struct cedar_expression **read)
{
    return read_operation(reading, place, json, CEDAR_NEGATE, read);
}

static enum fault read_if(struct expression_reading *reading, const struct document_place *place,
                          const struct json_value *json, const struct cedar_expression **read)
{
    return read_operation(reading, place, json, CEDAR_IF, read);
}

typedef enum fault read_item(struct expression_reading *reading, const struct document_place *place,
                             const struct json_value *json, const struct cedar_expression **read);

static enum fault read_items(struct expression_reading *reading, const struct document_place *place,
                             const struct json_value *json, read_item *read, struct cedar_operands *items)
{
    if (json->kind != JSON_ARRAY)
        return document_refuse(&reading->document, place, "an array is expected, there is %s.",
                               document_kind(json));
    for (const struct json_value *element = json->first; element != NULL; element = element->next) {
        const struct cedar_expression *item;
        struct document_place here = {.outer = place, .index = items->count};
        TRY(read(reading, &here, element, &item));
        cedar_operands_add(&reading->parser, items, item);
    }
    return FAULT_NONE;
}

static enum fault build_set(struct expression_reading *reading, const struct document_place *place,
                            const struct json_value *json, read_item *read_one,
                            const struct cedar_expression **read)
{
    struct cedar_operands items = {.count = 0};
    TRY(read_items(reading, place, json, read_one, &items));
    return say(reading, place, cedar_build_set(&reading->parser, (struct cedar_span){0, 0}, &items, read));
}

static enum fault build_record(struct expression_reading *reading, const struct document_place *place,
                               const struct json_value *json, read_item *read_one,
                               const struct cedar_expression **read)
{
    struct cedar_operands values = {.count = 0};
    struct text *names = ARENA_ARRAY(reading->document.arena, struct text, json->count + (size_t)1);
    if (json->kind != JSON_OBJECT)
        return document_refuse(&reading->document, place, "an object is expected, there is %s.",
                               document_kind(json));
    for (const struct json_value *member = json->first; member != NULL; member = member->next) {
        const struct cedar_expression *value;
        struct document_place here = {.outer = place, .name = member->name};
        TRY(read_one(reading, &here, member, &value));
        names[values.count] = arena_copy(reading->document.arena, member->name);
        cedar_operands_add(&reading->parser, &values, value);
    }
    return say(reading, place,
               cedar_build_record(&reading->parser, (struct cedar_span){0, 0}, names, &values, read));
}

/* Sets and records piece by piece, so that a literal is as deep as what it was made of. */
static enum fault read_value(struct expression_reading *reading, const struct document_place *place,
                             const struct json_value *json, const struct cedar_expression **read)
{
    struct cedar_value value;
    bool is_escape = json_member(json, TEXT("__entity")) != NULL || json_member(json, TEXT("__extn")) != NULL ||
                     json_member(json, TEXT("__expr")) != NULL;
    if (json->kind == JSON_ARRAY)
        return build_set(reading, place, json, read_value, read);
    if (json->kind == JSON_OBJECT && !is_escape)
        return build_record(reading, place, json, read_value, read);
    TRY(document_value(&reading->document, place, json, NULL, &value));
    return say(reading, place, cedar_build_literal(&reading->parser, (struct cedar_span){0, 0}, value, read));
}

static enum fault read_set(struct expression_reading *reading, const struct document_place *place,
                           const struct json_value *json, const struct cedar_expression **read)
{
    return build_set(reading, place, json, expression_read, read);
}

static enum fault read_record(struct expression_reading *reading, const struct document_place *place,
                              const struct json_value *json, const struct cedar_expression **read)
{
    return build_record(reading, place, json, expression_read, read);
}

static enum fault read_variable(struct expression_reading *reading, const struct document_place *place,
                                const struct json_value *json, const struct cedar_expression **read)
{
    struct cedar_operands none = {.count = 0};
    for (enum cedar_operation operation = CEDAR_PRINCIPAL; operation <= CEDAR_CONTEXT; operation++)
        if (json_is_string(json) && text_is(json->text, expression_variable(operation))) {
            struct cedar_expression draft = {.operation = operation};
            return say(reading, place, cedar_build(&reading->parser, draft, &none, read));
        }
    return document_refuse(&reading->document, place, "a variable is principal, action, resource or context.");
}

static enum fault read_slot(struct expression_reading *reading, const struct document_place *place,
                            const struct json_value *json, const struct cedar_expression **read)
{
    (void)json;
    (void)read;
    return document_refuse(&reading->document, place, "a slot can stand only in the head of a policy.");
}

static enum fault expect_string(struct expression_reading *reading, const struct document_place *place,
                                const struct json_value *json, struct text *string)
{
    if (!json_is_string(json))
        return document_refuse(&reading->document, place, "a string is expected, there is %s.",
                               document_kind(json));
    *string = arena_copy(reading->document.arena, json->text);
    return FAULT_NONE;
}

static enum fault read_get(struct expression_reading *reading, const struct document_place *place,
                           const struct json_value *json, const struct cedar_expression **read)
{
    static const char *const names[] = {"left", "attr"};
    struct cedar_expression draft = {.operation = CEDAR_GET};
    struct cedar_operands operands = {.count = 0};
    struct document_place here = inside(place, "attr");
    TRY(expect_members(reading, place, json, names, 2, 2));
    TRY(read_operand(reading, place, json, "left", &operands));
    TRY(expect_string(reading, &here, json_member(json, TEXT("attr")), &draft.name));
    return say(reading, place, cedar_build(&reading->parser, draft, &operands, read));
}

/* A path of several names is one its text can say. */
static enum fault expect_path_name(struct expression_reading *reading, const struct document_place *place,
                                   const struct json_value *json, bool is_only, struct text *name)
{
    TRY(expect_string(reading, place, json, name));
    if (is_only || (cedar_is_name(*name) && !cedar_is_reserved(*name)))
        return FAULT_NONE;
    return document_refuse(&reading->document, place,
                           "%s is no name that can stand in a path; ask with a has of its own.",
                           document_shown(&reading->document, *name));
}

static enum fault read_has_path(struct expression_reading *reading, const struct document_place *place,
                                const struct json_value *path, const struct cedar_expression *object,
                                const struct cedar_expression **read)
{
    const struct cedar_expression *before = NULL;
    size_t index = 0;
    for (const struct json_value *step = path->first; step != NULL; step = step->next) {
        struct document_place here = {.outer = place, .index = index++};
        struct cedar_expression draft = {.operation = CEDAR_GET};
        TRY(expect_path_name(reading, &here, step, path->count == 1, &draft.name));
        TRY(say(reading, place,
                cedar_build_has(&reading->parser, draft.span, object, draft.name, before, read)));
        before = *read;
        if (step->next != NULL)
            TRY(say(reading, place, cedar_build_unary(&reading->parser, draft, object, &object)));
    }
    return FAULT_NONE;
}

static enum fault read_has(struct expression_reading *reading, const struct document_place *place,
                           const struct json_value *json, const struct cedar_expression **read)
{
    static const char *const names[] = {"left", "attr"};
    const struct cedar_expression *object;
    struct text name;
    TRY(expect_members(reading, place, json, names, 2, 2));
    const struct json_value *attribute = json_member(json, TEXT("attr"));
    struct document_place left = inside(place, "left"), here = inside(place, "attr");
    TRY(expression_read(reading, &left, json_member(json, TEXT("left")), &object));
    if (attribute->kind == JSON_ARRAY && attribute->count != 0)
        return read_has_path(reading, &here, attribute, object, read);
    TRY(expect_string(reading, &here, attribute, &name));
    return say(reading, place,
               cedar_build_has(&reading->parser, (struct cedar_span){0, 0}, object, name, NULL, read));
}

static enum fault read_is(struct expression_reading *reading, const struct document_place *place,
                          const struct json_value *json, const struct cedar_expression **read)
{
    static const char *const names[] = {"left", "entity_type", "in"};
    struct cedar_expression draft = {.operation = CEDAR_IS};
    struct cedar_operands operands = {.count = 0};
    struct document_place here = inside(place, "entity_type");
    TRY(expect_members(reading, place, json, names, 3, 2));
    TRY(read_operand(reading, place, json, "left", &operands));
    TRY(expect_string(reading, &here, json_member(json, TEXT("entity_type")), &draft.name));
    if (!document_is_entity_type(draft.name))
        return document_refuse(&reading->document, &here,
                               "an entity type is a name such as User or Corp::User.");
    if (json_member(json, TEXT("in")) != NULL)
        TRY(read_operand(reading, place, json, "in", &operands));
    return say(reading, place, cedar_build(&reading->parser, draft, &operands, read));
}

static enum fault read_pattern(struct expression_reading *reading, const struct document_place *place,
                               const struct json_value *json, struct cedar_pattern *pattern)
{
    static const char *const names[] = {"Literal"};
    struct arena *arena = reading->document.arena;
    if (json->kind != JSON_ARRAY)
        return document_refuse(&reading->document, place, "an array is expected, there is %s.",
                               document_kind(json));
    struct text *parts = ARENA_ARRAY(arena, struct text, json->count + (size_t)1);
    struct buffer out = buffer_in(arena, 16);
    size_t index = 0;
    pattern->parts = parts;
    for (const struct json_value *element = json->first; element != NULL; element = element->next) {
        struct document_place here = {.outer = place, .index = index++};
        struct text literal;
        if (json_is_string(element) && text_is(element->text, "Wildcard")) {
            parts[pattern->count++] = arena_copy(arena, buffer_text(&out));
            out.length = 0;
            continue;
        }
        if (json_member(element, TEXT("Literal")) == NULL)
            return document_refuse(&reading->document, &here,
                                   "a pattern is made of \"Wildcard\" and {\"Literal\": \"text\"}.");
        TRY(document_members_known(&reading->document, &here, element, names, 1));
        struct document_place text = inside(&here, "Literal");
        TRY(expect_string(reading, &text, element->first, &literal));
        buffer_append(&out, literal);
    }
    parts[pattern->count++] = arena_copy(arena, buffer_text(&out));
    return FAULT_NONE;
}

static enum fault read_like(struct expression_reading *reading, const struct document_place *place,
                            const struct json_value *json, const struct cedar_expression **read)
{
    static const char *const names[] = {"left", "pattern"};
    struct cedar_expression draft = {.operation = CEDAR_LIKE};
    struct cedar_operands operands = {.count = 0};
    struct document_place here = inside(place, "pattern");
    TRY(expect_members(reading, place, json, names, 2, 2));
    TRY(read_operand(reading, place, json, "left", &operands));
    TRY(read_pattern(reading, &here, json_member(json, TEXT("pattern")), &draft.pattern));
    return say(reading, place, cedar_build(&reading->parser, draft, &operands, read));
}

static enum fault read_call(struct expression_reading *reading, const struct document_place *place,
                            const struct json_value *json, const struct cedar_callable *callable,
                            const struct cedar_expression **read)
{
    struct cedar_operands operands = {.count = 0};
    if (!cedar_callable_is_extension(callable))
        return read_operation(reading, place, json, callable->operation, read);
    TRY(read_items(reading, place, json, expression_read, &operands));
    if (callable->is_method && operands.count == 0)
        return document_refuse(&reading->document, place, "%s is a method: it needs something to ask.",
                               callable->name);
    return say(reading, place,
               cedar_build_call(&reading->parser, (struct cedar_span){0, 0}, callable, &operands, read));
}

static read_item *reader_of(struct text key)
{
    static const struct {
        const char *key;
        read_item *read;
    } readers[] = {
        {"Value", read_value},  {"Var", read_variable},    {"Slot", read_slot}, {"!", read_not},
        {"neg", read_negation}, {"if-then-else", read_if}, {".", read_get},     {"has", read_has},
        {"is", read_is},        {"like", read_like},       {"Set", read_set},   {"Record", read_record},
    };
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (text_is(key, readers[i].key))
            return readers[i].read;
    return NULL;
}

enum fault expression_read(struct expression_reading *reading, const struct document_place *place,
                           const struct json_value *json, const struct cedar_expression **expression)
{
    enum cedar_operation operation;
    if (json->kind != JSON_OBJECT || json->count != 1)
        return document_refuse(
            &reading->document, place,
            "an expression is an object with one member, such as {\"Value\": 1}, there is %s.",
            json->kind == JSON_OBJECT ? "an object with more or none" : document_kind(json));
    struct text key = json->first->name;
    struct document_place here = {.outer = place, .name = key};
    read_item *read = reader_of(key);
    if (read != NULL)
        return read(reading, &here, json->first, expression);
    if (expression_operation_of_sign(key, &operation))
        return read_operation(reading, &here, json->first, operation, expression);
    const struct cedar_callable *callable = cedar_callable_named(key);
    if (callable != NULL)
        return read_call(reading, &here, json->first, callable, expression);
    return document_refuse(&reading->document, &here, "there is no such operator, function or method.");
}
