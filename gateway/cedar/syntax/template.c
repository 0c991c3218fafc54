/* Templates made policies: an entity where each slot is. Cedar language reference, "Policy templates". */
#include "cedar/policy.h"

static const struct cedar_uid *copy(struct arena *arena, const struct cedar_uid *uid)
{
    struct cedar_uid *copied = ARENA_NEW(arena, struct cedar_uid);
    *copied = (struct cedar_uid){arena_copy(arena, uid->type), arena_copy(arena, uid->id)};
    return copied;
}

static bool fill(struct arena *arena, struct cedar_scope *scope, const struct cedar_uid *uid)
{
    if (scope->is_slot != (uid != NULL))
        return false;
    if (uid == NULL)
        return true;
    scope->is_slot = false;
    scope->uids = copy(arena, uid);
    scope->uid_count = 1;
    return true;
}

bool cedar_template_link(struct arena *arena, const struct cedar_policy *policy, struct text id,
                         const struct cedar_uid *principal, const struct cedar_uid *resource,
                         struct cedar_policy *linked)
{
    struct cedar_policy filled = *policy;
    if (!policy->is_template || !fill(arena, &filled.principal, principal) ||
        !fill(arena, &filled.resource, resource))
        return false;
    filled.id = arena_copy(arena, id);
    filled.is_template = false;
    *linked = filled;
    return true;
}
