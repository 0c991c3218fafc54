/* Collects "kind id" texts, the way they stand in the claim dragoman_stands_on. */
#include "ancestry.h"

static void add(struct ancestry *ancestry, struct text thing)
{
    for (size_t i = 0; i < ancestry->count; i++)
        if (text_equal(ancestry->things[i], thing))
            return;
    if (ancestry->count == ANCESTRY_MAX)
        ancestry->is_too_long = true;
    else
        ancestry->things[ancestry->count++] = thing;
}

void ancestry_add(struct ancestry *ancestry, const char *kind, struct text id)
{
    const struct text parts[] = {text_of(kind), TEXT(" "), id};
    add(ancestry, arena_join(ancestry->arena, parts, 3));
}

void ancestry_add_team(struct ancestry *ancestry, struct text team)
{
    if (team.length != 0)
        ancestry_add(ancestry, "team", team);
}

void ancestry_add_identity(struct ancestry *ancestry, const char *kind, const struct identity *identity)
{
    ancestry_add(ancestry, kind, identity_name(ancestry->arena, identity));
}

void ancestry_inherit(struct ancestry *ancestry, const struct jwt_claims *parent)
{
    struct text audience = parent->audience_count == 0 ? TEXT_NONE : parent->audiences[0];
    ancestry_add(ancestry, "lease", parent->id);
    ancestry_add(ancestry, "client", json_text_of(parent->all, "client_id"));
    ancestry_add(ancestry, "target", audience);
    const struct json_value *carried = json_member(parent->all, TEXT("dragoman_stands_on"));
    const struct json_value *thing = carried == NULL ? NULL : carried->first;
    for (; thing != NULL; thing = thing->next)
        add(ancestry, json_string(thing));
}
