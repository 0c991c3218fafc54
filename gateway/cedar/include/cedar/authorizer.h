/* The decision: which policies apply to a request, whether they hold, and what follows. Cedar language
 * reference, "Authorization". Pure: no clock, no I/O, no memory but the arena; as much work as it is given. */
#ifndef CEDAR_AUTHORIZER_H
#define CEDAR_AUTHORIZER_H

#include "cedar/entities.h"
#include "cedar/policy.h"

struct cedar_request {
    struct cedar_uid principal, action, resource;
    const struct cedar_record *context;
};

/* Policies ordered by what their heads say, so that a request meets those that may apply to it. Immutable. */
struct cedar_policy_index;

/* Borrows the policies, which are no templates. */
struct cedar_policy_index *cedar_policy_index_create(struct arena *arena,
                                                     const struct cedar_policy *const *policies, size_t count);

struct cedar_error {
    const struct cedar_policy *policy;
    struct cedar_span span; /* of the expression that failed, in the policy's source */
    struct text sentence;
};

struct cedar_response {
    bool is_allowed;
    const struct cedar_policy **reasons; /* the determining policies, in the order they were given */
    size_t reason_count;
    struct cedar_error
        *errors; /* policies that could not be evaluated and so do not count, in the same order */
    size_t error_count;
    bool is_exhausted; /* the work was used up: not all was looked at, so nothing is allowed */
};

enum { CEDAR_WORK_DEFAULT = 1000000 };

/* work: how many steps all policies together may take; a comparison takes as many as the values have parts. */
void cedar_authorize(struct arena *arena, const struct cedar_policy_index *index,
                     const struct cedar_entities *entities, const struct cedar_request *request, size_t work,
                     struct cedar_response *response);

/* One expression. POLICY_ERROR and an error (without policy) where it has no value. */
MUST_USE enum fault cedar_evaluate(struct arena *arena, const struct cedar_expression *expression,
                                   const struct cedar_entities *entities, const struct cedar_request *request,
                                   size_t work, struct cedar_value *value, struct cedar_error *error);
/* Whether a policy's head lets it apply to a request. */
bool cedar_policy_is_for(const struct cedar_policy *policy, const struct cedar_entities *entities,
                         const struct cedar_request *request);

#endif
