/* What the tests about schemas share: texts held against what is to be said of them, and where. */
#ifndef CEDAR_SCHEMA_FIXTURE_H
#define CEDAR_SCHEMA_FIXTURE_H

#include "cedar/schema.h"

struct schema_case {
    const char *text;
    const char *sentence; /* NULL: nothing is wrong */
    const char *place;    /* what the span covers; NULL: that does not matter */
};

/* Each text is a schema. */
void assert_schemas_say(const struct schema_case *cases, size_t count);
/* Each text is an expression; it stands in "permit (principal, action, resource) when { ... };" and only its
 * first mistake counts. */
void assert_conditions_say(const char *schema, const struct schema_case *cases, size_t count);
/* Each text is a whole policy. */
void assert_policies_say(const char *schema, const struct schema_case *cases, size_t count);

#define ASSERT_SCHEMAS_SAY(cases) assert_schemas_say((cases), sizeof(cases) / sizeof((cases)[0]))
#define ASSERT_CONDITIONS_SAY(schema, cases)                                                                   \
    assert_conditions_say((schema), (cases), sizeof(cases) / sizeof((cases)[0]))
#define ASSERT_POLICIES_SAY(schema, cases)                                                                     \
    assert_policies_say((schema), (cases), sizeof(cases) / sizeof((cases)[0]))

/* They must be right. */
struct cedar_schema *schema_of(struct arena *arena, const char *text);
const struct cedar_policy *const *policies_of(struct arena *arena, const char *text, size_t *count);
const struct cedar_expression *expression_of(struct arena *arena, const char *text);

/* Entities with required and optional attributes, tags, an enum, a hierarchy; actions "view", "edit" (in
 * "write") and "idle", which applies to nothing. */
extern const char *const house_schema;

#endif
