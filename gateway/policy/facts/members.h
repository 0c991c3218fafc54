/* Cedar values by the names that the model has for them. For the entities that documents make (policy_base.c)
 * and those of one request (facts.c). */
#ifndef POLICY_MEMBERS_H
#define POLICY_MEMBERS_H

#include "cedar/value.h"
#include "policy/scope.h"

struct cedar_uid uid_of(const char *type, struct text id);
struct cedar_value entity_of(struct arena *arena, const char *type, struct text id);
struct cedar_value scopes_of(struct arena *arena, const struct scope_set *scopes);

/* A record that is being filled; names are our own and different. */
struct members {
    struct cedar_attribute *items;
    size_t count;
};

struct members members_begin(struct arena *arena, size_t most);
void members_add(struct members *members, const char *name, struct cedar_value value);
void members_add_text(struct members *members, const char *name, struct text value);
void members_add_text_if(struct members *members, const char *name, struct text value); /* not TEXT_NONE */
struct cedar_value members_end(struct arena *arena, const struct members *members);

#endif
