/* Whether what policies name is there: targets, domains, clients, agent classes, issuers and teams that a
 * policy pins in its head or compares with, and the tags it asks for. A name that no document has is no
 * mistake, since a document may come later, but it is what a slip of the pen looks like: such a policy decides
 * nothing. Pure. */
#ifndef CLI_POLICIES_POLICY_NAMES_H
#define CLI_POLICIES_POLICY_NAMES_H

#include "config/documents.h"
#include "policy/policy_book.h"

struct policy_names_found {
    /* position: of the policy in the book. */
    void (*add)(void *context, size_t position, const struct cedar_mistake *mistake);
    void *context;
};

/* Whether there are any documents but policies and combinations: without them every name would be unknown. */
bool policy_names_are_known(const struct documents *documents);
void policy_names_check(struct arena *arena, const struct documents *documents, const struct policy_book *book,
                        const struct policy_names_found *found);

/* The known name of a type ("Target") that is nearest, or TEXT_NONE. */
struct text policy_names_nearest(const struct documents *documents, const char *type, struct text name);
bool policy_names_has(const struct documents *documents, const char *type, struct text name);

#endif
