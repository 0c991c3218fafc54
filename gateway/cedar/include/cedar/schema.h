/* Cedar schemas and what they make of policies: entity types with their shapes, actions with what they apply
 * to, and a strict type checker. Cedar language reference, "Schema" and "Policy validation". */
#ifndef CEDAR_SCHEMA_H
#define CEDAR_SCHEMA_H

#include "cedar/authorizer.h"

struct cedar_schema;

/* The human-readable format. POLICY_INVALID and one mistake. Copies the text. */
MUST_USE enum fault cedar_schema_parse(struct arena *arena, struct text text, struct cedar_schema **schema,
                                       struct cedar_mistake *mistake);

struct cedar_validation {
    struct cedar_mistake *mistakes;       /* the policies are refused; spans are of the policy's source */
    const struct cedar_policy **policies; /* whose each mistake is */
    size_t count, capacity;
};

/* Strict: everything a policy may be asked has a type, whatever the request. A head that fits no request is a
 * mistake as well; conditions that never hold are none. Adds at most a hundred mistakes. */
void cedar_validate(struct arena *arena, const struct cedar_schema *schema,
                    const struct cedar_policy *const *policies, size_t count,
                    struct cedar_validation *validation);
/* Whether a request and its entities are ones the schema allows. POLICY_INVALID and a sentence. */
MUST_USE enum fault cedar_request_validate(struct arena *arena, const struct cedar_schema *schema,
                                           const struct cedar_request *request, struct text *mistake);
MUST_USE enum fault cedar_entities_validate(struct arena *arena, const struct cedar_schema *schema,
                                            const struct cedar_entities *entities, struct text *mistake);
/* Whether any policy looks at an attribute of the context, such as "held": literally, or by using the
 * context as a whole in a way that may. */
bool cedar_policies_read_context(const struct cedar_policy *const *policies, size_t count,
                                 struct text attribute);

#endif
