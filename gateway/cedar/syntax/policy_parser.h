/* The parts of a policy that have files of their own. */
#ifndef CEDAR_SYNTAX_POLICY_PARSER_H
#define CEDAR_SYNTAX_POLICY_PARSER_H

#include "syntax/parser.h"

/* The three constraints between the parentheses of a policy's head, and past the closing one. */
MUST_USE enum fault cedar_parse_scopes(struct cedar_parser *parser, struct cedar_policy *policy);

#endif
