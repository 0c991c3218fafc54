/* Functions and methods: which there are, and what a call of one is. */
#ifndef CEDAR_SYNTAX_CALL_H
#define CEDAR_SYNTAX_CALL_H

#include "syntax/expression_builder.h"

struct cedar_callable {
    const char *name;
    enum cedar_operation operation;
    size_t argument_count; /* without the receiver */
    bool is_method;
};

/* NULL: there is none of that name, or the operation is no call. No method has a function's name. */
const struct cedar_callable *cedar_callable_named(struct text name);
const struct cedar_callable *cedar_callable_of(enum cedar_operation operation);
/* Whether the number of its arguments is a matter of evaluation. */
bool cedar_callable_is_extension(const struct cedar_callable *callable);

/* operands of a method begin with its receiver. */
MUST_USE enum fault cedar_build_call(struct cedar_parser *parser, struct cedar_span span,
                                     const struct cedar_callable *callable,
                                     const struct cedar_operands *operands,
                                     const struct cedar_expression **built);
/* The same by name. name: where it stands; arguments of a method begin with its receiver. */
MUST_USE enum fault cedar_build_function_call(struct cedar_parser *parser, struct cedar_span span,
                                              struct cedar_span name, const struct cedar_operands *arguments,
                                              const struct cedar_expression **built);
MUST_USE enum fault cedar_build_method_call(struct cedar_parser *parser, struct cedar_span span,
                                            struct cedar_span name, const struct cedar_operands *arguments,
                                            const struct cedar_expression **built);

#endif
