/* The type of an expression in one environment: for a principal of one type, one action, and a resource of one
 * type. Cedar language reference, "Policy validation". The files of the type checker share this; the validator
 * runs it. */
#ifndef CEDAR_TYPECHECK_H
#define CEDAR_TYPECHECK_H

#include "schema/schema_model.h"
#include "validation/capability.h"

struct typecheck {
    struct arena *arena;
    const struct cedar_schema *schema;
    const struct cedar_policy *policy;
    struct cedar_validation *validation;
    const struct schema_action *action; /* the environment */
    const struct schema_entity *principal, *resource;
    size_t work; /* comparisons of capabilities that are left */
};

enum { VALIDATION_MISTAKES_MAX = 100 };

/* Adds a mistake, once for each place and sentence. */
void typecheck_report(struct typecheck *check, struct cedar_span span, struct text sentence);
/* NULL: it has none, and why was reported here or, for unknown names, before. *earned: what is known behind it
 * where it is true. */
const struct schema_type *typecheck(struct typecheck *check, const struct cedar_expression *expression,
                                    const struct capabilities *known, const struct capabilities **earned);
/* The same, and it must be of a kind; for TYPE_BOOL the singletons will do. wanted: "a Bool". */
const struct schema_type *typecheck_expect(struct typecheck *check, const struct cedar_expression *expression,
                                           const struct capabilities *known, enum schema_type_kind kind,
                                           const char *wanted, const struct capabilities **earned);
void typecheck_report_kind(struct typecheck *check, const struct cedar_expression *expression,
                           const struct schema_type *type, const char *wanted);

/* typecheck_value.c: literals, sets and records. */
const struct schema_type *typecheck_literal(struct typecheck *check, const struct cedar_expression *expression);
const struct schema_type *typecheck_make_set(struct typecheck *check, const struct cedar_expression *expression,
                                             const struct capabilities *known);
const struct schema_type *typecheck_make_record(struct typecheck *check,
                                                const struct cedar_expression *expression,
                                                const struct capabilities *known);
const struct schema_type *typecheck_make_extension(struct typecheck *check,
                                                   const struct cedar_expression *expression,
                                                   const struct capabilities *known);
/* typecheck_access.c: attributes and tags. */
const struct schema_type *typecheck_has(struct typecheck *check, const struct cedar_expression *expression,
                                        const struct capabilities *known, const struct capabilities **earned);
const struct schema_type *typecheck_get(struct typecheck *check, const struct cedar_expression *expression,
                                        const struct capabilities *known);
const struct schema_type *typecheck_has_tag(struct typecheck *check, const struct cedar_expression *expression,
                                            const struct capabilities *known,
                                            const struct capabilities **earned);
const struct schema_type *typecheck_get_tag(struct typecheck *check, const struct cedar_expression *expression,
                                            const struct capabilities *known);
/* typecheck_relation.c: == != in is < <= > >= contains containsAll containsAny isEmpty. */
const struct schema_type *typecheck_relation(struct typecheck *check, const struct cedar_expression *expression,
                                             const struct capabilities *known);
/* Whether an action is in one of several entities, which are literals. */
const struct schema_type *typecheck_action_in(const struct typecheck *check, const struct schema_action *action,
                                              const struct cedar_uid *uids, size_t count);

#endif
