/* Operators by how tightly they bind: if, ||, &&, relations, + and -, *, ! and -. Cedar language reference,
 * "Grammar": Expr to Unary. Chains are loops here; their depth is bounded where they are built. */
#include "syntax/expression_parser.h"

#include "syntax/string_literal.h"

enum { SIGNS_MAX = 4 }; /* of one kind before a member, as in the reference */

static const char smallest_magnitude[] = "9223372036854775808"; /* a long only behind a minus */

static struct text without_zeros(struct text digits)
{
    while (digits.length > 1 && digits.base[0] == '0')
        digits = (struct text){digits.base + 1, digits.length - 1};
    return digits;
}

/* A number behind a minus is one literal, unless something is asked of it: -1.a is -(1.a). */
static bool is_negative_number(const struct cedar_parser *parser)
{
    if (parser->token.kind != CEDAR_TOKEN_NUMBER)
        return false;
    uint32_t end = parser->token.span.offset + parser->token.span.length;
    struct text next = cedar_span_text(parser->source, cedar_token_at(parser->source, end).span);
    return !text_is(next, ".") && !text_is(next, "[") && !text_is(next, "(");
}

static enum fault parse_negative_number(struct cedar_parser *parser, uint32_t begin,
                                        const struct cedar_expression **number)
{
    int64_t integer;
    struct text digits = without_zeros(cedar_parser_token_text(parser));
    if (text_is(digits, smallest_magnitude))
        integer = INT64_MAX;
    else if (!text_to_int64(digits, &integer))
        return cedar_parser_fail(parser, parser->token.span, TEXT_NONE,
                                 "this number is too small: a long is at least -9223372036854775808");
    cedar_parser_advance(parser);
    int64_t negative = text_is(digits, smallest_magnitude) ? INT64_MIN : -integer;
    return cedar_build_literal(parser, cedar_parser_span_since(parser, begin), cedar_long(negative), number);
}

static enum fault parse_unary(struct cedar_parser *parser, const struct cedar_expression **unary)
{
    bool is_not = cedar_parser_at(parser, "!");
    uint32_t begins[SIGNS_MAX];
    unsigned count = 0;
    if (!is_not && !cedar_parser_at(parser, "-"))
        return cedar_parse_member(parser, unary);
    while (cedar_parser_at(parser, is_not ? "!" : "-")) {
        if (count == SIGNS_MAX)
            return cedar_parser_fail(parser, parser->token.span, TEXT_NONE, "found more than %d `%s` in a row",
                                     SIGNS_MAX, is_not ? "!" : "-");
        begins[count++] = parser->token.span.offset;
        cedar_parser_advance(parser);
    }
    if (!is_not && is_negative_number(parser)) {
        count--;
        TRY(parse_negative_number(parser, begins[count], unary));
    } else
        TRY(cedar_parse_member(parser, unary));
    while (count-- > 0) {
        struct cedar_expression draft = {.operation = is_not ? CEDAR_NOT : CEDAR_NEGATE,
                                         .span = cedar_parser_span_since(parser, begins[count])};
        TRY(cedar_build_unary(parser, draft, *unary, unary));
    }
    return FAULT_NONE;
}

struct infix {
    const char *sign;
    enum cedar_operation operation;
};

/* The operator that comes next; NULL: none of them. */
static const struct infix *next_infix(const struct cedar_parser *parser, const struct infix *operators)
{
    for (; operators->sign != NULL; operators++)
        if (cedar_parser_at(parser, operators->sign))
            return operators;
    return NULL;
}

/* Left to right. */
static enum fault parse_chain(struct cedar_parser *parser, const struct infix *operators,
                              enum fault (*parse_part)(struct cedar_parser *, const struct cedar_expression **),
                              const struct cedar_expression **chain)
{
    uint32_t begin = parser->token.span.offset;
    const struct infix *next;
    TRY(parse_part(parser, chain));
    while ((next = next_infix(parser, operators)) != NULL) {
        const struct cedar_expression *right;
        cedar_parser_advance(parser);
        TRY(parse_part(parser, &right));
        struct cedar_expression draft = {.operation = next->operation,
                                         .span = cedar_parser_span_since(parser, begin)};
        TRY(cedar_build_binary(parser, draft, *chain, right, chain));
    }
    return FAULT_NONE;
}

static enum fault parse_product(struct cedar_parser *parser, const struct cedar_expression **product)
{
    static const struct infix operators[] = {{"*", CEDAR_MULTIPLY}, {NULL, CEDAR_LITERAL}};
    return parse_chain(parser, operators, parse_unary, product);
}

static enum fault parse_sum(struct cedar_parser *parser, const struct cedar_expression **sum)
{
    static const struct infix operators[] = {{"+", CEDAR_ADD}, {"-", CEDAR_SUBTRACT}, {NULL, CEDAR_LITERAL}};
    return parse_chain(parser, operators, parse_product, sum);
}

static const struct infix comparisons[] = {
    {"==", CEDAR_EQUAL},  {"!=", CEDAR_NOT_EQUAL},        {"<", CEDAR_LESS}, {"<=", CEDAR_LESS_OR_EQUAL},
    {">", CEDAR_GREATER}, {">=", CEDAR_GREATER_OR_EQUAL}, {"in", CEDAR_IN},  {NULL, CEDAR_LITERAL},
};

static enum fault parse_comparison(struct cedar_parser *parser, uint32_t begin, enum cedar_operation operation,
                                   const struct cedar_expression **relation)
{
    const struct cedar_expression *right;
    TRY(parse_sum(parser, &right));
    struct cedar_expression draft = {.operation = operation, .span = cedar_parser_span_since(parser, begin)};
    return cedar_build_binary(parser, draft, *relation, right, relation);
}

/* What stands behind "has": a string, or names with dots between them. */
static enum fault parse_has(struct cedar_parser *parser, uint32_t begin,
                            const struct cedar_expression **relation)
{
    static const char expected[] = "an attribute's name or a string";
    const struct cedar_expression *object = *relation, *before = NULL;
    struct text name;
    if (parser->token.kind == CEDAR_TOKEN_STRING) {
        TRY(cedar_parse_string(parser, expected, &name));
        return cedar_build_has(parser, cedar_parser_span_since(parser, begin), object, name, NULL, relation);
    }
    for (;;) {
        TRY(cedar_parse_name(parser, expected, &name));
        struct cedar_span span = cedar_parser_span_since(parser, begin);
        TRY(cedar_build_has(parser, span, object, name, before, relation));
        if (!cedar_parser_accept(parser, "."))
            return FAULT_NONE;
        struct cedar_expression draft = {.operation = CEDAR_GET, .span = span, .name = name};
        TRY(cedar_build_unary(parser, draft, object, &object));
        before = *relation;
    }
}

static enum fault parse_like(struct cedar_parser *parser, uint32_t begin,
                             const struct cedar_expression **relation)
{
    struct cedar_expression draft = {.operation = CEDAR_LIKE};
    if (parser->token.kind != CEDAR_TOKEN_STRING)
        return cedar_parser_unexpected(parser, "a pattern as a string");
    struct text token = cedar_parser_token_text(parser);
    struct cedar_span wrong;
    if (!cedar_pattern_unescape(parser->arena, (struct text){token.base + 1, token.length - 2}, &draft.pattern,
                                &wrong)) {
        wrong.offset += parser->token.span.offset + 1;
        return cedar_parser_fail(parser, wrong, TEXT("Write \\\\ for a backslash, \\* for a star."),
                                 "there is no such escape in a pattern");
    }
    cedar_parser_advance(parser);
    draft.span = cedar_parser_span_since(parser, begin);
    return cedar_build_unary(parser, draft, *relation, relation);
}

static enum fault parse_is(struct cedar_parser *parser, uint32_t begin,
                           const struct cedar_expression **relation)
{
    struct cedar_expression draft = {.operation = CEDAR_IS};
    const struct cedar_expression *group = NULL;
    TRY(cedar_parse_type(parser, &draft.name));
    if (cedar_parser_at(parser, "=="))
        return cedar_parser_fail(parser, parser->token.span, TEXT("Write == alone: an entity has its type."),
                                 "`is` cannot be used together with `==`");
    if (cedar_parser_accept(parser, "in"))
        TRY(parse_sum(parser, &group));
    draft.span = cedar_parser_span_since(parser, begin);
    if (group != NULL)
        return cedar_build_binary(parser, draft, *relation, group, relation);
    return cedar_build_unary(parser, draft, *relation, relation);
}

/* Relations do not stand on each other without parentheses, and nothing can be asked of a right side that is no
 * expression. */
static enum fault refuse_more(struct cedar_parser *parser)
{
    static const char *const others[] = {"has", "like", "is", "=", "+", "-", "*", ".", "[", "(", "::"};
    bool is_relation = next_infix(parser, comparisons) != NULL;
    for (size_t i = 0; i < 3; i++)
        is_relation = is_relation || cedar_parser_at(parser, others[i]);
    if (is_relation)
        return cedar_parser_fail(parser, parser->token.span, TEXT("Put one of the two in parentheses."),
                                 "found a second comparison: `%.*s`",
                                 TEXT_ARGUMENTS(cedar_parser_token_text(parser)));
    for (size_t i = 3; i < sizeof others / sizeof others[0]; i++)
        if (cedar_parser_at(parser, others[i]))
            return cedar_parser_unexpected(parser, "`&&`, `||` or the end of the expression");
    return FAULT_NONE;
}

static enum fault parse_relation(struct cedar_parser *parser, const struct cedar_expression **relation)
{
    uint32_t begin = parser->token.span.offset;
    TRY(parse_sum(parser, relation));
    const struct infix *comparison = next_infix(parser, comparisons);
    if (comparison != NULL) {
        cedar_parser_advance(parser);
        TRY(parse_comparison(parser, begin, comparison->operation, relation));
    } else if (cedar_parser_accept(parser, "has"))
        TRY(parse_has(parser, begin, relation));
    else if (cedar_parser_accept(parser, "like"))
        TRY(parse_like(parser, begin, relation));
    else if (cedar_parser_accept(parser, "is"))
        TRY(parse_is(parser, begin, relation));
    else
        return FAULT_NONE;
    return refuse_more(parser);
}

static enum fault parse_and(struct cedar_parser *parser, const struct cedar_expression **and)
{
    static const struct infix operators[] = {{"&&", CEDAR_AND}, {NULL, CEDAR_LITERAL}};
    return parse_chain(parser, operators, parse_relation, and);
}

static enum fault parse_or(struct cedar_parser *parser, const struct cedar_expression ** or)
{
    static const struct infix operators[] = {{"||", CEDAR_OR}, {NULL, CEDAR_LITERAL}};
    return parse_chain(parser, operators, parse_and, or);
}

static enum fault parse_if(struct cedar_parser *parser, const struct cedar_expression **choice)
{
    uint32_t begin = parser->token.span.offset;
    struct cedar_operands operands = {.count = 0};
    const struct cedar_expression *operand;
    cedar_parser_advance(parser);
    TRY(cedar_parse_expression(parser, &operand));
    cedar_operands_add(parser, &operands, operand);
    TRY(cedar_parser_expect(parser, "then", "`then` or an operator"));
    TRY(cedar_parse_expression(parser, &operand));
    cedar_operands_add(parser, &operands, operand);
    TRY(cedar_parser_expect(parser, "else", "`else` or an operator"));
    TRY(cedar_parse_expression(parser, &operand));
    cedar_operands_add(parser, &operands, operand);
    struct cedar_expression draft = {.operation = CEDAR_IF, .span = cedar_parser_span_since(parser, begin)};
    return cedar_build(parser, draft, &operands, choice);
}

enum fault cedar_parse_expression(struct cedar_parser *parser, const struct cedar_expression **expression)
{
    TRY(cedar_parser_enter(parser));
    if (cedar_parser_at(parser, "if"))
        TRY(parse_if(parser, expression));
    else
        TRY(parse_or(parser, expression));
    cedar_parser_leave(parser);
    return FAULT_NONE;
}

enum fault cedar_expression_parse(struct arena *arena, struct text text,
                                  const struct cedar_expression **expression, struct cedar_mistake *mistake)
{
    struct cedar_parser parser;
    TRY(cedar_parser_begin(&parser, arena, text, mistake));
    TRY(cedar_parse_expression(&parser, expression));
    if (parser.token.kind != CEDAR_TOKEN_END)
        return cedar_parser_unexpected(&parser, "an operator or the end of the text");
    return FAULT_NONE;
}
