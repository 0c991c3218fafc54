/* The model: schema/dragoman.cedarschema as every program here carries it. */
#ifndef POLICY_POLICY_MODEL_H
#define POLICY_POLICY_MODEL_H

#include "cedar/schema.h"

/* Parsed into the arena; it has no mistakes. */
const struct cedar_schema *policy_model_schema(struct arena *arena);
/* As it is written, for `dragoman policy schema`. */
struct text policy_model_text(void);

#endif
