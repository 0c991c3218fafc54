/* What writers and readers of expressions share: signs and how tightly they bind, the has of a path, and the
 * functions the files of this folder call in each other. For this folder alone. */
#ifndef CEDAR_FORMS_EXPRESSION_FORMS_H
#define CEDAR_FORMS_EXPRESSION_FORMS_H

#include "cedar/policy.h"
#include "document/document_place.h"
#include "syntax/parser.h"
#include "json/json_writer.h"

/* From the loosest to the tightest, as the grammar nests them. */
enum tightness {
    TIGHTNESS_IF,
    TIGHTNESS_OR,
    TIGHTNESS_AND,
    TIGHTNESS_RELATION,
    TIGHTNESS_SUM,
    TIGHTNESS_PRODUCT,
    TIGHTNESS_UNARY,
    TIGHTNESS_MEMBER
};

/* "==" and so on: what stands between two operands, in Cedar and in its JSON; NULL for all others. */
const char *expression_sign(enum cedar_operation operation);
bool expression_operation_of_sign(struct text sign, enum cedar_operation *operation);
/* How tightly an expression holds together when it is written. */
enum tightness expression_tightness(const struct cedar_expression *expression);
/* "principal", "context": NULL for what is no variable. */
const char *expression_variable(enum cedar_operation operation);

/* Whether an expression is what the builder makes of "object has a.b": && of single ones that share their
 * objects, which no other text makes. Its steps are the right operands, the first is the innermost left one. */
bool expression_is_has_path(const struct cedar_expression *expression);

void expression_write(const struct cedar_expression *expression, struct json_writer *writer);

/* One expression being read from JSON. */
struct expression_reading {
    struct document_reading document;
    struct cedar_parser parser; /* without a text: what the builders need */
    struct cedar_mistake mistake;
};

MUST_USE enum fault expression_read(struct expression_reading *reading, const struct document_place *place,
                                    const struct json_value *json, const struct cedar_expression **expression);
/* A policy, or a template. It is parsed from its own Cedar text, which is its source then. */
MUST_USE enum fault policy_read(const struct document_reading *reading, const struct document_place *place,
                                const struct json_value *json, struct cedar_policy *policy);

#endif
