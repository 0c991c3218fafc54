/* Expressions as Cedar source, with the parentheses they need and no others, but around what a ! or - stands
 * before. Cedar language reference, "Grammar". As deep as the tree, which the builder bounds. */
#include <string.h>

#include "forms/expression_forms.h"
#include "syntax/call.h"

static void print(const struct cedar_expression *expression, enum tightness least, struct buffer *out);

/* The operands from the first of these on. */
static void print_list(const struct cedar_expression *expression, size_t first, struct buffer *out)
{
    for (size_t i = first; i < expression->operand_count; i++) {
        buffer_append(out, i == first ? TEXT_NONE : TEXT(", "));
        print(expression->operands[i], TIGHTNESS_IF, out);
    }
}

static void print_infix(const struct cedar_expression *expression, struct buffer *out)
{
    enum tightness tightness = expression_tightness(expression);
    /* Chains go from left to right; relations make none. */
    enum tightness left = tightness == TIGHTNESS_RELATION ? tightness + 1 : tightness;
    print(expression->operands[0], left, out);
    buffer_print(out, " %s ", expression_sign(expression->operation));
    print(expression->operands[1], tightness + 1, out);
}

/* A minus right before a number would be the number's own. */
static void print_prefix(const struct cedar_expression *expression, struct buffer *out)
{
    const struct cedar_expression *operand = expression->operands[0];
    bool is_number = expression->operation == CEDAR_NEGATE && operand->operation == CEDAR_LITERAL;
    buffer_append_byte(out, expression->operation == CEDAR_NOT ? '!' : '-');
    buffer_append(out, is_number ? TEXT("(") : TEXT_NONE);
    print(operand, is_number ? TIGHTNESS_IF : TIGHTNESS_MEMBER, out);
    buffer_append(out, is_number ? TEXT(")") : TEXT_NONE);
}

static void print_if(const struct cedar_expression *expression, struct buffer *out)
{
    buffer_append(out, TEXT("if "));
    print(expression->operands[0], TIGHTNESS_IF, out);
    buffer_append(out, TEXT(" then "));
    print(expression->operands[1], TIGHTNESS_IF, out);
    buffer_append(out, TEXT(" else "));
    print(expression->operands[2], TIGHTNESS_IF, out);
}

static void print_has_path(const struct cedar_expression *step, struct buffer *out)
{
    if (step->operation == CEDAR_AND) {
        print_has_path(step->operands[0], out);
        buffer_append_byte(out, '.');
        buffer_append(out, step->operands[1]->name);
        return;
    }
    print(step->operands[0], TIGHTNESS_SUM, out);
    buffer_append(out, TEXT(" has "));
    cedar_attribute_name_print(step->name, out);
}

static void print_is(const struct cedar_expression *expression, struct buffer *out)
{
    print(expression->operands[0], TIGHTNESS_SUM, out);
    buffer_append(out, TEXT(" is "));
    buffer_append(out, expression->name);
    if (expression->operand_count == 1)
        return;
    buffer_append(out, TEXT(" in "));
    print(expression->operands[1], TIGHTNESS_SUM, out);
}

static void print_literal_part(struct text part, struct buffer *out)
{
    while (part.base != NULL) {
        bool has_star = part.length != 0 && memchr(part.base, '*', part.length) != NULL;
        cedar_characters_print(text_cut(&part, '*'), out);
        buffer_append(out, has_star ? TEXT("\\*") : TEXT_NONE);
    }
}

static void print_like(const struct cedar_expression *expression, struct buffer *out)
{
    const struct cedar_pattern *pattern = &expression->pattern;
    print(expression->operands[0], TIGHTNESS_SUM, out);
    buffer_append(out, TEXT(" like \""));
    for (size_t i = 0; i < pattern->count; i++) {
        buffer_append(out, i == 0 ? TEXT_NONE : TEXT("*"));
        print_literal_part(pattern->parts[i], out);
    }
    buffer_append_byte(out, '"');
}

static void print_get(const struct cedar_expression *expression, struct buffer *out)
{
    bool is_plain = cedar_is_name(expression->name) && !cedar_is_reserved(expression->name);
    print(expression->operands[0], TIGHTNESS_MEMBER, out);
    buffer_append_byte(out, is_plain ? '.' : '[');
    cedar_attribute_name_print(expression->name, out);
    buffer_append(out, is_plain ? TEXT_NONE : TEXT("]"));
}

static void print_record(const struct cedar_expression *expression, struct buffer *out)
{
    buffer_append_byte(out, '{');
    for (size_t i = 0; i < expression->operand_count; i++) {
        buffer_append(out, i == 0 ? TEXT_NONE : TEXT(", "));
        cedar_attribute_name_print(expression->names[i], out);
        buffer_append(out, TEXT(": "));
        print(expression->operands[i], TIGHTNESS_IF, out);
    }
    buffer_append_byte(out, '}');
}

static void print_call(const struct cedar_expression *expression, struct buffer *out)
{
    const struct cedar_callable *callable = expression->operation == CEDAR_MISCALL
                                                ? cedar_callable_named(expression->name)
                                                : cedar_callable_of(expression->operation);
    if (callable->is_method) {
        print(expression->operands[0], TIGHTNESS_MEMBER, out);
        buffer_append_byte(out, '.');
    }
    buffer_print(out, "%s(", callable->name);
    print_list(expression, callable->is_method, out);
    buffer_append_byte(out, ')');
}

static void print_bare(const struct cedar_expression *expression, struct buffer *out)
{
    switch (expression->operation) {
    case CEDAR_LITERAL:
        cedar_value_print(&expression->literal, out);
        break;
    case CEDAR_PRINCIPAL:
    case CEDAR_ACTION:
    case CEDAR_RESOURCE:
    case CEDAR_CONTEXT:
        buffer_append(out, text_of(expression_variable(expression->operation)));
        break;
    case CEDAR_NOT:
    case CEDAR_NEGATE:
        print_prefix(expression, out);
        break;
    case CEDAR_IF:
        print_if(expression, out);
        break;
    case CEDAR_HAS:
        print_has_path(expression, out);
        break;
    case CEDAR_IS:
        print_is(expression, out);
        break;
    case CEDAR_LIKE:
        print_like(expression, out);
        break;
    case CEDAR_GET:
        print_get(expression, out);
        break;
    case CEDAR_MAKE_SET:
        buffer_append_byte(out, '[');
        print_list(expression, 0, out);
        buffer_append_byte(out, ']');
        break;
    case CEDAR_MAKE_RECORD:
        print_record(expression, out);
        break;
    default:
        if (expression_is_has_path(expression))
            print_has_path(expression, out);
        else if (expression_sign(expression->operation) != NULL)
            print_infix(expression, out);
        else
            print_call(expression, out);
    }
}

static void print(const struct cedar_expression *expression, enum tightness least, struct buffer *out)
{
    bool is_loose = expression_tightness(expression) < least;
    buffer_append(out, is_loose ? TEXT("(") : TEXT_NONE);
    print_bare(expression, out);
    buffer_append(out, is_loose ? TEXT(")") : TEXT_NONE);
}

void cedar_expression_print(const struct cedar_expression *expression, struct buffer *out)
{
    print(expression, TIGHTNESS_IF, out);
}
