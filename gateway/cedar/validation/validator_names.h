/* Names in a policy that the schema does not have. */
#ifndef CEDAR_VALIDATOR_NAMES_H
#define CEDAR_VALIDATOR_NAMES_H

#include "validation/typecheck.h"

/* Reports every entity type, action and id of an enum in the policy that there is not, once for the policy. */
void validator_names_check(struct typecheck *check);

#endif
