/* Expressions in Cedar's JSON policy format, as its documentation has it ("JSON policy format"). What the
 * parser made one value is written as what makes that value; the spelling of an extension value is ours. */
#include "cedar/document.h"
#include "cedar/extension.h"
#include "forms/expression_forms.h"
#include "syntax/call.h"

static void write_member(const char *name, const struct cedar_expression *expression,
                         struct json_writer *writer)
{
    json_name(writer, text_of(name));
    expression_write(expression, writer);
}

/* {"NAME": ... */
static void begin(const char *name, struct json_writer *writer)
{
    json_begin_object(writer);
    json_name(writer, text_of(name));
}

static void write_string_value(struct text string, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "Value", string);
    json_end_object(writer);
}

/* {"ip": [{"Value": "::1"}]} */
static void write_constructor(enum cedar_operation constructor, struct text argument,
                              struct json_writer *writer)
{
    begin(cedar_callable_of(constructor)->name, writer);
    json_begin_array(writer);
    write_string_value(argument, writer);
    json_end_array(writer);
    json_end_object(writer);
}

/* As so much after the epoch, where no string says it. */
static void write_far_datetime(int64_t milliseconds, struct json_writer *writer)
{
    SCOPED_BUFFER after = {0};
    cedar_duration_print(milliseconds, &after);
    begin(cedar_callable_of(CEDAR_OFFSET)->name, writer);
    json_begin_array(writer);
    write_constructor(CEDAR_MAKE_DATETIME, TEXT("1970-01-01"), writer);
    write_constructor(CEDAR_MAKE_DURATION, buffer_text(&after), writer);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_extension(const struct cedar_value *value, struct json_writer *writer)
{
    static const enum cedar_operation constructors[] = {
        [CEDAR_DECIMAL] = CEDAR_MAKE_DECIMAL,
        [CEDAR_IPADDR] = CEDAR_MAKE_IPADDR,
        [CEDAR_DATETIME] = CEDAR_MAKE_DATETIME,
        [CEDAR_DURATION] = CEDAR_MAKE_DURATION,
    };
    SCOPED_BUFFER argument = {0};
    if (cedar_extension_print(value, &argument))
        write_constructor(constructors[value->kind], buffer_text(&argument), writer);
    else
        write_far_datetime(value->integer, writer);
}

static void write_literal(const struct cedar_value *value, struct json_writer *writer)
{
    switch (value->kind) {
    case CEDAR_SET:
        begin("Set", writer);
        json_begin_array(writer);
        for (size_t i = 0; i < value->set->count; i++)
            write_literal(&value->set->items[i], writer);
        json_end_array(writer);
        break;
    case CEDAR_RECORD:
        begin("Record", writer);
        json_begin_object(writer);
        for (size_t i = 0; i < value->record->count; i++) {
            json_name(writer, value->record->attributes[i].name);
            write_literal(&value->record->attributes[i].value, writer);
        }
        json_end_object(writer);
        break;
    case CEDAR_DECIMAL:
    case CEDAR_IPADDR:
    case CEDAR_DATETIME:
    case CEDAR_DURATION:
        write_extension(value, writer);
        return;
    default:
        begin("Value", writer);
        cedar_value_write(value, writer);
    }
    json_end_object(writer);
}

static void write_unary(const char *name, const struct cedar_expression *expression, struct json_writer *writer)
{
    begin(name, writer);
    json_begin_object(writer);
    write_member("arg", expression->operands[0], writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_binary(const char *name, const struct cedar_expression *expression,
                         struct json_writer *writer)
{
    begin(name, writer);
    json_begin_object(writer);
    write_member("left", expression->operands[0], writer);
    write_member("right", expression->operands[1], writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_if(const struct cedar_expression *expression, struct json_writer *writer)
{
    begin("if-then-else", writer);
    json_begin_object(writer);
    write_member("if", expression->operands[0], writer);
    write_member("then", expression->operands[1], writer);
    write_member("else", expression->operands[2], writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_attribute(const char *name, const struct cedar_expression *expression,
                            struct json_writer *writer)
{
    begin(name, writer);
    json_begin_object(writer);
    write_member("left", expression->operands[0], writer);
    json_member_text(writer, "attr", expression->name);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_path_names(const struct cedar_expression *step, struct json_writer *writer)
{
    if (step->operation == CEDAR_AND)
        write_path_names(step->operands[0], writer);
    json_write_text(writer, step->operation == CEDAR_AND ? step->operands[1]->name : step->name);
}

static void write_has_path(const struct cedar_expression *expression, struct json_writer *writer)
{
    const struct cedar_expression *first = expression;
    while (first->operation == CEDAR_AND)
        first = first->operands[0];
    begin("has", writer);
    json_begin_object(writer);
    write_member("left", first->operands[0], writer);
    json_name(writer, TEXT("attr"));
    json_begin_array(writer);
    write_path_names(expression, writer);
    json_end_array(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_is(const struct cedar_expression *expression, struct json_writer *writer)
{
    begin("is", writer);
    json_begin_object(writer);
    write_member("left", expression->operands[0], writer);
    json_member_text(writer, "entity_type", expression->name);
    if (expression->operand_count == 2)
        write_member("in", expression->operands[1], writer);
    json_end_object(writer);
    json_end_object(writer);
}

/* One literal for each character, as Cedar does it. */
static void write_literal_part(struct text part, struct json_writer *writer)
{
    for (size_t at = 0; at < part.length;) {
        size_t length = cedar_character_length(part, at);
        json_begin_object(writer);
        json_member_text(writer, "Literal", (struct text){part.base + at, length});
        json_end_object(writer);
        at += length;
    }
}

static void write_like(const struct cedar_expression *expression, struct json_writer *writer)
{
    begin("like", writer);
    json_begin_object(writer);
    write_member("left", expression->operands[0], writer);
    json_name(writer, TEXT("pattern"));
    json_begin_array(writer);
    for (size_t i = 0; i < expression->pattern.count; i++) {
        if (i != 0)
            json_write_text(writer, TEXT("Wildcard"));
        write_literal_part(expression->pattern.parts[i], writer);
    }
    json_end_array(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_list(const char *name, const struct cedar_expression *expression, struct json_writer *writer)
{
    begin(name, writer);
    json_begin_array(writer);
    for (size_t i = 0; i < expression->operand_count; i++)
        expression_write(expression->operands[i], writer);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_record(const struct cedar_expression *expression, struct json_writer *writer)
{
    begin("Record", writer);
    json_begin_object(writer);
    for (size_t i = 0; i < expression->operand_count; i++) {
        json_name(writer, expression->names[i]);
        expression_write(expression->operands[i], writer);
    }
    json_end_object(writer);
    json_end_object(writer);
}

static void write_call(const struct cedar_expression *expression, struct json_writer *writer)
{
    const struct cedar_callable *callable = cedar_callable_of(expression->operation);
    if (callable == NULL)
        write_list(expression->name.base, expression, writer); /* a miscall */
    else if (cedar_callable_is_extension(callable))
        write_list(callable->name, expression, writer);
    else if (callable->argument_count == 0)
        write_unary(callable->name, expression, writer);
    else
        write_binary(callable->name, expression, writer);
}

void expression_write(const struct cedar_expression *expression, struct json_writer *writer)
{
    switch (expression->operation) {
    case CEDAR_LITERAL:
        write_literal(&expression->literal, writer);
        break;
    case CEDAR_PRINCIPAL:
    case CEDAR_ACTION:
    case CEDAR_RESOURCE:
    case CEDAR_CONTEXT:
        json_begin_object(writer);
        json_member_text(writer, "Var", text_of(expression_variable(expression->operation)));
        json_end_object(writer);
        break;
    case CEDAR_NOT:
        write_unary("!", expression, writer);
        break;
    case CEDAR_NEGATE:
        write_unary("neg", expression, writer);
        break;
    case CEDAR_IF:
        write_if(expression, writer);
        break;
    case CEDAR_HAS:
        write_attribute("has", expression, writer);
        break;
    case CEDAR_GET:
        write_attribute(".", expression, writer);
        break;
    case CEDAR_IS:
        write_is(expression, writer);
        break;
    case CEDAR_LIKE:
        write_like(expression, writer);
        break;
    case CEDAR_MAKE_SET:
        write_list("Set", expression, writer);
        break;
    case CEDAR_MAKE_RECORD:
        write_record(expression, writer);
        break;
    default:
        if (expression_is_has_path(expression))
            write_has_path(expression, writer);
        else if (expression_sign(expression->operation) != NULL)
            write_binary(expression_sign(expression->operation), expression, writer);
        else
            write_call(expression, writer);
    }
}
