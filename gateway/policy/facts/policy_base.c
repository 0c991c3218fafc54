/* The entities of documents: attributes and what they belong to, by the names of schema/dragoman.cedarschema.
 */
#include "policy/policy_base.h"

#include <string.h>

#include "members.h"
#include "policy_base_parts.h"

static void base_add(struct policy_base *base, struct cedar_uid uid, const struct members *members,
                     const struct cedar_uid *parents, size_t parent_count)
{
    struct cedar_uid *kept = ARENA_ARRAY(base->arena, struct cedar_uid, parent_count + 1);
    for (size_t i = 0; i < parent_count; i++)
        kept[i] = parents[i];
    struct cedar_entity entity = {.uid = uid, .parents = kept, .parent_count = parent_count};
    if (members != NULL)
        entity.attributes = members_end(base->arena, members).record;
    /* One that is there already is the same: a domain that several documents name. */
    (void)cedar_entities_add(base->entities, &entity);
}

/* Actions that are in another one, as the model has them. */
static void add_actions(struct policy_base *base)
{
    static const struct {
        const char *group, *action;
    } rows[] = {{"admin", "admin:apply"}, {"admin", "admin:delete"},  {"admin", "admin:kill"},
                {"admin", "admin:lift"},  {"admin", "admin:read"},    {"mcp", "use_server"},
                {"mcp", "call_tool"},     {"mcp", "read_resource"},   {"mcp", "get_prompt"},
                {"mcp", "ask_sampling"},  {"mcp", "ask_elicitation"}, {"mcp", "ask_roots"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct cedar_uid group = uid_of("Action", text_of(rows[i].group));
        base_add(base, uid_of("Action", text_of(rows[i].action)), NULL, &group, 1);
        base_add(base, group, NULL, NULL, 0);
    }
}

struct policy_base *policy_base_create(struct arena *arena)
{
    struct policy_base *base = ARENA_NEW(arena, struct policy_base);
    base->arena = arena;
    base->entities = cedar_entities_create(arena, NULL);
    add_actions(base);
    return base;
}

void policy_base_add_issuer(struct policy_base *base, struct text name, struct text identifier,
                            struct text domain, bool is_platform, int64_t risk)
{
    const struct cedar_uid parents[] = {uid_of("Domain", domain)};
    struct members members = members_begin(base->arena, 3);
    members_add_text(&members, "identifier", identifier);
    members_add(&members, "platform", cedar_boolean(is_platform));
    members_add(&members, "risk", cedar_long(risk));
    base_add(base, uid_of("Issuer", name), &members, parents, 1);
    base_add(base, parents[0], NULL, NULL, 0);
}

void policy_base_add_principal(struct policy_base *base, const char *kind, struct text name, struct text team,
                               int64_t risk)
{
    const struct cedar_uid parents[] = {uid_of("Team", team)};
    struct members members = members_begin(base->arena, 1);
    bool has_risk = strcmp(kind, "AgentClass") == 0;
    members_add(&members, "risk", cedar_long(risk));
    base_add(base, uid_of(kind, name), has_risk ? &members : NULL, parents, team.length != 0);
}

void policy_base_add_target(struct policy_base *base, struct text name, struct text domain, struct text team,
                            struct text audience, struct text adapter, const struct scope_set *scopes)
{
    const struct cedar_uid parents[] = {uid_of("Domain", domain), uid_of("Team", team)};
    struct members members = members_begin(base->arena, 4);
    members_add_text(&members, "audience", audience);
    members_add(&members, "domain", entity_of(base->arena, "Domain", domain));
    members_add_text(&members, "adapter", adapter);
    members_add(&members, "scopes", scopes_of(base->arena, scopes));
    base_add(base, uid_of("Target", name), &members, parents, team.length != 0 ? 2 : 1);
    base_add(base, parents[0], NULL, NULL, 0);
}

void policy_base_add_server(struct policy_base *base, struct text name, struct text domain, struct text team)
{
    const struct cedar_uid parents[] = {uid_of("Domain", domain), uid_of("Team", team)};
    base_add(base, uid_of("Server", name), NULL, parents, team.length != 0 ? 2 : 1);
    base_add(base, parents[0], NULL, NULL, 0);
}

void policy_base_seal(struct policy_base *base)
{
    struct cedar_uid culprit;
    /* Nothing here is below what it belongs to. */
    INVARIANT(cedar_entities_seal(base->entities, &culprit) == FAULT_NONE);
}
