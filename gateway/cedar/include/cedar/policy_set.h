/* Cedar's JSON policy format ("JSON policy format" of its documentation): policies, templates and sets of both
 * with the links that fill templates. Bounds are those of the text: what is read is what a text could say. */
#ifndef CEDAR_POLICY_SET_H
#define CEDAR_POLICY_SET_H

#include "cedar/policy.h"
#include "json/json_value.h"
#include "json/json_writer.h"

/* What such a document may be: 8 MiB, a million values, deep enough for an expression of CEDAR_DEPTH_MAX. */
extern const struct json_limits cedar_policy_limits;

/* Entities for the slots of a template: a policy of its own once it is linked. */
struct cedar_link {
    struct text template_id, id;
    const struct cedar_uid *principal, *resource; /* NULL: none is given */
};

struct cedar_policy_set {
    struct cedar_policy *policies; /* templates too; each id once */
    size_t count;
    struct cedar_link *links;
    size_t link_count;
};

/* What is wrong is said in *mistake, a sentence in the arena that names the place
 * ("staticPolicies.a.conditions[0].body"). POLICY_INVALID for what is no such document. */

/* {"effect": ...}: one policy or template, policy0; or {"staticPolicies", "templates", "templateLinks"}, each
 * of which may be left out. The source of each policy is the Cedar text of it alone. */
MUST_USE enum fault cedar_policy_set_read(struct arena *arena, const struct json_value *json,
                                          struct cedar_policy_set *set, struct text *mistake);
/* [{"template_id", "link_id", "args": {"?principal": "User::\"alice\""}}], the file of Cedar's command line:
 * added to the set's links. */
MUST_USE enum fault cedar_links_read(struct arena *arena, const struct json_value *json,
                                     struct cedar_policy_set *set, struct text *mistake);
/* One policy for each link. POLICY_INVALID where there is no such template, its slots are others, or an id
 * stands twice, among the policies too. */
MUST_USE enum fault cedar_policy_set_link(struct arena *arena, const struct cedar_policy_set *set,
                                          struct cedar_policy **linked, struct text *mistake);

void cedar_policy_write(const struct cedar_policy *policy, struct json_writer *writer);
void cedar_policy_set_write(const struct cedar_policy_set *set, struct json_writer *writer);

#endif
