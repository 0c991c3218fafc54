/* Policies as they are written: what the parser makes and the evaluator, the validator and the printers read.
 * Immutable once parsed; everything lies in the arena it was parsed into, names and strings unescaped. */
#ifndef CEDAR_POLICY_H
#define CEDAR_POLICY_H

#include "base/fault.h"
#include "cedar/expression.h"

enum {
    CEDAR_POLICY_BYTES_MAX = 1024 * 1024, /* of one text */
    CEDAR_POLICIES_MAX = 100000
};

enum cedar_scope_kind {
    CEDAR_SCOPE_ANY,
    CEDAR_SCOPE_EQUAL, /* uids[0] */
    CEDAR_SCOPE_IN,    /* any of uids; only an action has several, or none */
    CEDAR_SCOPE_IS,    /* type */
    CEDAR_SCOPE_IS_IN  /* type and uids[0] */
};

/* One of the three constraints of a policy's head. */
struct cedar_scope {
    enum cedar_scope_kind kind;
    bool is_slot; /* a template's ?principal or ?resource stands where uids[0] would; there are no uids then */
    struct text type;
    const struct cedar_uid *uids;
    size_t uid_count;
    struct cedar_span span;
};

struct cedar_annotation {
    struct text name, value; /* without parentheses the value is empty */
    struct cedar_span span;
};

struct cedar_condition {
    bool is_unless;
    const struct cedar_expression *expression;
    struct cedar_span span; /* with its "when {" and "}" */
};

struct cedar_policy {
    struct text id; /* "policy0": its position in the text, or what the caller names it */
    size_t tag;     /* the caller's own, 0 from the parser */
    bool is_forbid;
    bool is_template; /* has a slot */
    struct cedar_scope principal, action, resource;
    const struct cedar_annotation *annotations; /* in their order, each name once */
    size_t annotation_count;
    const struct cedar_condition *conditions;
    size_t condition_count;
    struct text source; /* the whole text it was parsed from; spans are offsets into it */
    struct cedar_span span;
};

/* One thing wrong with a text, for people. */
struct cedar_mistake {
    struct text source;
    struct cedar_span span; /* length 0: the place where something is missing */
    struct text sentence;   /* what was found and what was expected */
    struct text suggestion; /* what to write instead, a whole sentence; TEXT_NONE */
};

/* POLICY_INVALID and one mistake for a text that is not one or more policies; none at all is fine. Copies the
 * text.
 */
MUST_USE enum fault cedar_policies_parse(struct arena *arena, struct text text, struct cedar_policy **policies,
                                         size_t *count, struct cedar_mistake *mistake);
/* One expression alone. */
MUST_USE enum fault cedar_expression_parse(struct arena *arena, struct text text,
                                           const struct cedar_expression **expression,
                                           struct cedar_mistake *mistake);
/* A template with entities in its slots: a policy of its own. NULL for a slot it does not have; false where one
 * is missing or there is no such slot. */
bool cedar_template_link(struct arena *arena, const struct cedar_policy *policy, struct text id,
                         const struct cedar_uid *principal, const struct cedar_uid *resource,
                         struct cedar_policy *linked);
/* As Cedar source, one line for the head and one for each condition, no line end behind it. Parsing it gives an
 * equal policy, but that a datetime no literal can say becomes the arithmetic that reaches it. */
void cedar_policy_print(const struct cedar_policy *policy, struct buffer *out);
void cedar_expression_print(const struct cedar_expression *expression, struct buffer *out);
/* The value of an annotation; NULL if there is none of that name. */
const struct text *cedar_policy_annotation(const struct cedar_policy *policy, const char *name);

/* Lines and columns begin at 1; columns count characters. */
void cedar_position(struct text source, size_t offset, unsigned *line, unsigned *column);
/* "NAME:LINE:COLUMN: sentence", the line with a caret under the span, and the suggestion. line_offset is added
 * to the line where the text is a part of a larger file. */
void cedar_mistake_print(const struct cedar_mistake *mistake, struct text name, unsigned line_offset,
                         struct buffer *out);

#endif
