/* The embedded model. A test parses it; a program whose model does not parse was built wrong. */
#include "policy/policy_model.h"

extern const char policy_model_source[];
extern const size_t policy_model_source_size;

struct text policy_model_text(void)
{
    return (struct text){policy_model_source, policy_model_source_size};
}

const struct cedar_schema *policy_model_schema(struct arena *arena)
{
    struct cedar_schema *schema;
    struct cedar_mistake mistake;
    INVARIANT(cedar_schema_parse(arena, policy_model_text(), &schema, &mistake) == FAULT_NONE);
    return schema;
}
