/* Expressions as they are written: what the parser makes and the evaluator and the type checker walk. An
 * operation that is new here is a row in each of syntax/ (how it is written), evaluator.c (what it does) and
 * validation/typecheck.c (what type it has). */
#ifndef CEDAR_EXPRESSION_H
#define CEDAR_EXPRESSION_H

#include "cedar/value.h"

enum { CEDAR_DEPTH_MAX = 512 }; /* of an expression's tree */

/* Where something stands in the text it was parsed from. */
struct cedar_span {
    uint32_t offset, length; /* bytes */
};

enum cedar_operation {
    CEDAR_LITERAL, /* literal: any value known without a request, constant sets and extension values included */
    CEDAR_PRINCIPAL,
    CEDAR_ACTION,
    CEDAR_RESOURCE,
    CEDAR_CONTEXT,
    CEDAR_NOT,
    CEDAR_NEGATE,
    CEDAR_AND,
    CEDAR_OR,
    CEDAR_IF, /* condition, then, else */
    CEDAR_EQUAL,
    CEDAR_NOT_EQUAL,
    CEDAR_LESS,
    CEDAR_LESS_OR_EQUAL,
    CEDAR_GREATER,
    CEDAR_GREATER_OR_EQUAL,
    CEDAR_ADD,
    CEDAR_SUBTRACT,
    CEDAR_MULTIPLY,
    CEDAR_IN,
    CEDAR_IS,   /* name: the entity type; a second operand is what it must also be in */
    CEDAR_LIKE, /* pattern */
    CEDAR_HAS,  /* name; "has a.b" is parsed into && of single ones */
    CEDAR_GET,  /* name: .name or ["name"] */
    CEDAR_MAKE_SET,
    CEDAR_MAKE_RECORD, /* names[i] is operands[i]'s */
    CEDAR_CONTAINS,
    CEDAR_CONTAINS_ALL,
    CEDAR_CONTAINS_ANY,
    CEDAR_IS_EMPTY,
    CEDAR_GET_TAG,
    CEDAR_HAS_TAG,
    /* Constructors that are no literal, as their argument is none or is refused when it is evaluated. */
    CEDAR_MAKE_DECIMAL,
    CEDAR_MAKE_IPADDR,
    CEDAR_MAKE_DATETIME,
    CEDAR_MAKE_DURATION,
    CEDAR_DECIMAL_LESS,
    CEDAR_DECIMAL_LESS_OR_EQUAL,
    CEDAR_DECIMAL_GREATER,
    CEDAR_DECIMAL_GREATER_OR_EQUAL,
    CEDAR_IS_IPV4,
    CEDAR_IS_IPV6,
    CEDAR_IS_LOOPBACK,
    CEDAR_IS_MULTICAST,
    CEDAR_IS_IN_RANGE,
    CEDAR_OFFSET,
    CEDAR_DURATION_SINCE,
    CEDAR_TO_DATE,
    CEDAR_TO_TIME,
    CEDAR_TO_MILLISECONDS,
    CEDAR_TO_SECONDS,
    CEDAR_TO_MINUTES,
    CEDAR_TO_HOURS,
    CEDAR_TO_DAYS,
    CEDAR_MISCALL, /* name: an extension's function or method, called with too many or too few operands; that is
                    * an error whenever it is evaluated */
    CEDAR_OPERATION_COUNT
};

/* What a like pattern is made of: bytes to match as they are, with a wildcard between each two parts. "*" has
 * two empty parts; without a wildcard there is one part. */
struct cedar_pattern {
    const struct text *parts;
    size_t count;
};

struct cedar_expression {
    enum cedar_operation operation;
    struct cedar_span span;
    unsigned depth; /* of the tree below and with it, at most CEDAR_DEPTH_MAX */
    size_t operand_count;
    const struct cedar_expression *const *operands; /* a method's receiver is the first */
    const struct text *names;                       /* MAKE_RECORD */
    struct text name;                               /* IS, HAS, GET, MISCALL */
    struct cedar_pattern pattern;                   /* LIKE */
    struct cedar_value literal;                     /* LITERAL */
};

#endif
