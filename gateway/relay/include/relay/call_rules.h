/* spec.calls of a Target: which calls are let through, and the scopes they need. Pure. */
#ifndef RELAY_CALL_RULES_H
#define RELAY_CALL_RULES_H

#include "config/document.h"
#include "policy/facts.h"

/* The first rule that fits method and path counts; where there are rules and none fits, CALL_NOT_OFFERED.
 * CALL_SCOPE, with all the scopes that it needs in *needed, if not all of them are held. */
MUST_USE enum fault call_rules_ask(struct arena *arena, const struct calls_document *calls,
                                   const struct policy_call *call, const struct scope_set *held,
                                   struct text *needed);

#endif
