/* Expressions, from "if" down to names, literals and calls. */
#ifndef CEDAR_SYNTAX_EXPRESSION_PARSER_H
#define CEDAR_SYNTAX_EXPRESSION_PARSER_H

#include "syntax/expression_builder.h"

MUST_USE enum fault cedar_parse_expression(struct cedar_parser *parser,
                                           const struct cedar_expression **expression);
/* A literal, entity, variable, call, set, record or parentheses, with what is asked of it: ".a", "[...]". */
MUST_USE enum fault cedar_parse_member(struct cedar_parser *parser, const struct cedar_expression **member);

#endif
