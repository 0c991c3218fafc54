/* Which policies apply to a request, found by what their heads pin. For the authorizer alone. */
#ifndef CEDAR_POLICY_INDEX_H
#define CEDAR_POLICY_INDEX_H

#include "evaluator.h"

/* Ascending numbers of the policies whose heads let them apply. */
const uint32_t *policy_index_find(const struct cedar_policy_index *index, const struct evaluation *evaluation,
                                  size_t *count);
const struct cedar_policy *policy_index_policy(const struct cedar_policy_index *index, uint32_t number);

#endif
