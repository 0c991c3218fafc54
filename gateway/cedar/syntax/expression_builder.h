/* Makes expressions: their depth and their weight are bounded here, and what is constant becomes a literal. */
#ifndef CEDAR_SYNTAX_EXPRESSION_BUILDER_H
#define CEDAR_SYNTAX_EXPRESSION_BUILDER_H

#include "syntax/parser.h"

/* Expressions that are collected until their number is known. */
struct cedar_operands {
    const struct cedar_expression **items;
    size_t count, capacity;
};

void cedar_operands_add(struct cedar_parser *parser, struct cedar_operands *operands,
                        const struct cedar_expression *expression);

/* draft without operands and depth; takes the operands as they are. */
MUST_USE enum fault cedar_build(struct cedar_parser *parser, struct cedar_expression draft,
                                const struct cedar_operands *operands, const struct cedar_expression **built);
/* With one operand and with two; *built may be one of them. */
MUST_USE enum fault cedar_build_unary(struct cedar_parser *parser, struct cedar_expression draft,
                                      const struct cedar_expression *operand,
                                      const struct cedar_expression **built);
MUST_USE enum fault cedar_build_binary(struct cedar_parser *parser, struct cedar_expression draft,
                                       const struct cedar_expression *left,
                                       const struct cedar_expression *right,
                                       const struct cedar_expression **built);
MUST_USE enum fault cedar_build_literal(struct cedar_parser *parser, struct cedar_span span,
                                        struct cedar_value value, const struct cedar_expression **built);
/* A literal where all items are. */
MUST_USE enum fault cedar_build_set(struct cedar_parser *parser, struct cedar_span span,
                                    const struct cedar_operands *items, const struct cedar_expression **built);
/* The same; no two names are the same. */
MUST_USE enum fault cedar_build_record(struct cedar_parser *parser, struct cedar_span span,
                                       const struct text *names, const struct cedar_operands *values,
                                       const struct cedar_expression **built);
/* One name of "object has a.b.c", which is object has a && object.a has b && object.a.b has c. before: what the
 * names before it made, NULL for the first; object: with those names. */
MUST_USE enum fault cedar_build_has(struct cedar_parser *parser, struct cedar_span span,
                                    const struct cedar_expression *object, struct text name,
                                    const struct cedar_expression *before,
                                    const struct cedar_expression **built);

#endif
