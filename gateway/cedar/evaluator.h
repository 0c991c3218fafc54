/* What the sources of the evaluator share: the evaluation in progress, its work, its failure, and the functions
 * that make a value of operands. Nothing here is for other rooms; they call cedar/authorizer.h. */
#ifndef CEDAR_EVALUATOR_H
#define CEDAR_EVALUATOR_H

#include "cedar/authorizer.h"

struct evaluation {
    struct arena *arena;
    const struct cedar_entities *entities;
    const struct cedar_request *request;
    /* The request's three, looked up once; NULL: there is none. */
    const struct cedar_entity *principal, *action, *resource;
    size_t work; /* left */
    bool is_exhausted;
    struct cedar_span span; /* of what failed */
    struct text sentence;
};

void evaluation_begin(struct evaluation *evaluation, struct arena *arena, const struct cedar_entities *entities,
                      const struct cedar_request *request, size_t work);
const struct cedar_entity *evaluation_find(const struct evaluation *evaluation, const struct cedar_uid *uid);
/* POLICY_ERROR, and why in the evaluation. */
MUST_USE enum fault evaluate(struct evaluation *evaluation, const struct cedar_expression *expression,
                             struct cedar_value *value);
bool scope_matches(const struct cedar_scope *scope, const struct cedar_uid *uid,
                   const struct cedar_entity *entity);

/* --- work.c: what things cost --- */

MUST_USE enum fault work_spend(struct evaluation *evaluation, struct cedar_span span, size_t amount);
size_t work_of_bytes(size_t length);
/* Of walking one value; stops at most. */
size_t work_of_value(const struct cedar_value *value, size_t most);
/* Of walking two in step, which ends with the lesser. */
size_t work_of_comparing(const struct cedar_value *a, const struct cedar_value *b, size_t most);
/* Of so many comparisons, each of that cost; never overflows. */
size_t work_of_times(size_t count, size_t cost);
/* Comparisons a search among count takes. */
size_t work_of_search(size_t count);

/* --- failure.c: what went wrong, in a sentence. All return POLICY_ERROR. --- */

enum fault fail_with(struct evaluation *evaluation, struct cedar_span span, struct text sentence);
/* 'expected a long, found a string': at the operand whose value it is. */
enum fault fail_kind(struct evaluation *evaluation, struct cedar_span span, const char *expected,
                     const struct cedar_value *found);
enum fault fail_entity(struct evaluation *evaluation, struct cedar_span span, const struct cedar_uid *uid);
/* what: "attribute" or "tag"; uid NULL: of a record. */
enum fault fail_missing(struct evaluation *evaluation, struct cedar_span span, const struct cedar_uid *uid,
                        const char *what, struct text name);
MUST_USE enum fault expect_kind(struct evaluation *evaluation, struct cedar_span span, enum cedar_kind expected,
                                const struct cedar_value *found);

/* --- operations: from evaluated operands, of which there are as many as the operation takes --- */

#define APPLY(name)                                                                                            \
    MUST_USE enum fault name(struct evaluation *evaluation, const struct cedar_expression *expression,         \
                             const struct cedar_value *operands, struct cedar_value *result)

/* operations.c */
APPLY(apply_not);
APPLY(apply_negate);
APPLY(apply_equal);
APPLY(apply_order);
APPLY(apply_arithmetic);
APPLY(apply_like);

/* entity_operations.c */
APPLY(apply_in);
APPLY(apply_has);
APPLY(apply_get);
APPLY(apply_get_tag);
APPLY(apply_has_tag);

/* set_operations.c */
APPLY(apply_contains);
APPLY(apply_contains_all);
APPLY(apply_contains_any);
APPLY(apply_is_empty);

/* extension_calls.c */
APPLY(apply_constructor);
APPLY(apply_decimal_order);
APPLY(apply_ipaddr_test);
APPLY(apply_in_range);
APPLY(apply_offset);
APPLY(apply_duration_since);
APPLY(apply_datetime_part);
APPLY(apply_duration_unit);

/* pattern.c */
bool pattern_matches(const struct cedar_pattern *pattern, struct text text);
size_t work_of_matching(const struct cedar_pattern *pattern, struct text text);

#endif
