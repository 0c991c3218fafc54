/* The same facts for an outside policy decision point: an access evaluation request of AuthZEN Authorization
 * API 1.0 (section 6.1), in plain JSON. Without the time, so that questions that are equal are equal byte by
 * byte. */
#ifndef POLICY_QUESTION_H
#define POLICY_QUESTION_H

#include "policy/facts.h"

/* {"subject": {"type", "id", "properties"}, "action": {"name"}, "resource": {"type", "id", "properties"},
 * "context"}. Names are those of schema/dragoman.cedarschema; entities are {"type", "id"}, with "properties"
 * where they stand in the context itself; addresses are text, durations seconds; in place of
 * context.authentication.age there is context.auth_time. */
struct text policy_question(struct arena *arena, const struct policy_base *base,
                            const struct policy_facts *facts);

#endif
