/* The inside of a base, for the requests that stand on it. */
#ifndef POLICY_POLICY_BASE_PARTS_H
#define POLICY_POLICY_BASE_PARTS_H

#include "cedar/entities.h"
#include "policy/policy_base.h"

struct policy_base {
    struct arena *arena;
    struct cedar_entities *entities;
};

#endif
