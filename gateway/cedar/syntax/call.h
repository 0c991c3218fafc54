/* Functions and methods: which there are, and what a call of one is. */
#ifndef CEDAR_SYNTAX_CALL_H
#define CEDAR_SYNTAX_CALL_H

#include "syntax/expression_builder.h"

/* name: where it stands; arguments of a method begin with its receiver. */
MUST_USE enum fault cedar_build_function_call(struct cedar_parser *parser, struct cedar_span span,
                                              struct cedar_span name, const struct cedar_operands *arguments,
                                              const struct cedar_expression **built);
MUST_USE enum fault cedar_build_method_call(struct cedar_parser *parser, struct cedar_span span,
                                            struct cedar_span name, const struct cedar_operands *arguments,
                                            const struct cedar_expression **built);

#endif
