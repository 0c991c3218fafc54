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
/* Whether any policy looks at an attribute of this name, of whatever entity or record. */
bool cedar_policies_read_attribute(const struct cedar_policy *const *policies, size_t count,
                                   struct text attribute);

/* The tags policies ask for, of whatever entity. */
struct cedar_tag_names {
    const struct text *names; /* sorted, each once; borrowed from the policies */
    size_t count;
    bool is_any; /* a name is made when it is asked for, so it may be any */
};
void cedar_policies_find_tags(struct arena *arena, const struct cedar_policy *const *policies, size_t count,
                              struct cedar_tag_names *tags);
bool cedar_tag_names_have(const struct cedar_tag_names *tags, struct text name);

#endif
