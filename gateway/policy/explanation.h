/* Why the policies decided as they did, for people: which policy, where, and which condition. */
#ifndef POLICY_EXPLANATION_H
#define POLICY_EXPLANATION_H

#include "policy_book_parts.h"

/* "agents/depth line 3: when { context.delegation.depth > 2 }" */
struct text explanation_of_policy(struct arena *arena, const struct cedar_policy *policy);
/* "agents/a, agents/b" */
struct text explanation_of_permits(struct arena *arena, const struct cedar_response *response);
/* "agents/depth line 3: Agent::\"x\" has no tag \"team\"" */
struct text explanation_of_error(struct arena *arena, const struct cedar_error *error);
/* The permit that came closest, and what of it does not hold; or that there is none for such a request.
 * TEXT_NONE where neither is known. */
struct text explanation_of_missing_permit(struct arena *arena, const struct policy_book *book,
                                          const struct cedar_entities *entities,
                                          const struct cedar_request *request);

#endif
