/* Names, scopes and policies without the parser, for the tests of what reads them. Everything lies in the arena
 * it is made in. */
#ifndef MADE_BY_HAND_H
#define MADE_BY_HAND_H

#include "cedar/authorizer.h"

/* "User::alice": what is behind the last "::" is the id. */
struct cedar_uid uid_of(const char *name);
const struct cedar_uid *uid_in(struct arena *arena, const char *name);
/* parents: names with spaces between. */
void add_entity(struct arena *arena, struct cedar_entities *entities, const char *name, const char *parents);
struct cedar_scope scope_of(struct arena *arena, enum cedar_scope_kind kind, const char *type,
                            const char *uids);
/* Nothing pinned, no conditions. */
struct cedar_policy *policy_in(struct arena *arena, const char *id);
const struct cedar_expression *literal_in(struct arena *arena, struct cedar_value value);
const struct cedar_expression *node_in(struct arena *arena, enum cedar_operation operation,
                                       const struct cedar_expression *first,
                                       const struct cedar_expression *second);
void add_condition(struct arena *arena, struct cedar_policy *policy, bool is_unless,
                   const struct cedar_expression *expression);

#endif
