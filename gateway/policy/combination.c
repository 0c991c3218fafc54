/* Which rights a credential gives is a set of bits, one for each right of the combination; all of them together
 * are what must not be. */
#include "policy/combination.h"

static bool has_name(const struct combined_names *names, struct text name)
{
    for (size_t i = 0; i < names->count; i++)
        if (text_equal(names->items[i], name))
            return true;
    return names->count == 0;
}

static bool has_scope(const struct combined_right *right, const struct scope_set *scopes)
{
    for (size_t i = 0; i < scopes->count && right->scopes.count != 0; i++)
        if (has_name(&right->scopes, scopes->scopes[i]))
            return true;
    return right->scopes.count == 0;
}

static bool gives(const struct combined_right *right, struct text target, struct text domain,
                  const struct scope_set *scopes)
{
    return has_name(&right->targets, target) && has_name(&right->domains, domain) && has_scope(right, scopes);
}

static unsigned rights_of(const struct combination *combination, struct text target, struct text domain,
                          const struct scope_set *scopes)
{
    unsigned rights = 0;
    for (size_t i = 0; i < combination->right_count; i++)
        rights |= gives(&combination->rights[i], target, domain, scopes) ? 1u << i : 0;
    return rights;
}

static unsigned all_rights(const struct combination *combination)
{
    return (1u << combination->right_count) - 1;
}

bool combination_concerns(const struct combination *combination, struct text target, struct text domain,
                          const struct scope_set *scopes)
{
    return rights_of(combination, target, domain, scopes) != 0;
}

static bool counts(const struct combination *combination, const struct policy_holding *holding, int64_t now_s)
{
    return holding->holder == combination->holder && holding->expires_at_s > now_s - combination->within_s;
}

/* Rights that a credential may give by its target and domain, whatever its scopes are. */
static unsigned rights_at(const struct combination *combination, const struct policy_holding *holding)
{
    unsigned rights = 0;
    for (size_t i = 0; i < combination->right_count; i++)
        rights |= has_name(&combination->rights[i].targets, holding->target) &&
                          has_name(&combination->rights[i].domains, holding->domain)
                      ? 1u << i
                      : 0;
    return rights;
}

/* Somebody may hold thousands with dozens of scopes each: these are read only where they can make a difference.
 */
static unsigned held_rights(const struct combination *combination, const struct policy_facts *facts)
{
    unsigned rights = 0;
    for (size_t i = 0; i < facts->holding_count; i++) {
        const struct policy_holding *holding = &facts->holdings[i];
        struct scope_set scopes;
        if (!counts(combination, holding, facts->now_us / 1000000) ||
            (rights_at(combination, holding) & ~rights) == 0)
            continue;
        /* Scopes that cannot be read are taken for any. */
        if (scope_set_parse(holding->scopes, &scopes) != FAULT_NONE)
            return all_rights(combination);
        rights |= rights_of(combination, holding->target, holding->domain, &scopes);
    }
    return rights;
}

static struct text name_rights(struct arena *arena, const struct combination *combination, unsigned wanted,
                               unsigned held)
{
    struct buffer out = buffer_in(arena, 128);
    buffer_append(&out, TEXT("would meet: "));
    for (size_t i = 0; i < combination->right_count; i++) {
        const char *state = (wanted & held & 1u << i) != 0 ? "held and asked for"
                            : (held & 1u << i) != 0        ? "held"
                                                           : "asked for";
        buffer_print(&out, "%s%.*s (%s)", i == 0 ? "" : ", ", TEXT_ARGUMENTS(combination->rights[i].name),
                     state);
    }
    return buffer_text(&out);
}

/* Without the scopes that give one right. */
static void take_right(const struct combined_right *right, const struct scope_set *scopes,
                       struct scope_set *rest)
{
    rest->count = 0;
    for (size_t i = 0; i < scopes->count; i++)
        if (!has_name(&right->scopes, scopes->scopes[i]))
            rest->scopes[rest->count++] = scopes->scopes[i];
}

/* One right that is asked for and not held yet has to go: the one that leaves most. */
static bool narrow(const struct combination *combination, const struct scope_set *scopes, unsigned fresh,
                   struct scope_set *best)
{
    best->count = 0;
    for (size_t i = 0; i < combination->right_count; i++) {
        struct scope_set rest;
        if ((fresh & 1u << i) == 0 || combination->rights[i].scopes.count == 0)
            continue;
        take_right(&combination->rights[i], scopes, &rest);
        if (rest.count > best->count)
            *best = rest;
    }
    return best->count != 0;
}

void combination_judge(struct arena *arena, const struct combination *combination,
                       const struct policy_facts *facts, struct text domain, const struct scope_set *scopes,
                       struct combination_verdict *verdict)
{
    *verdict = (struct combination_verdict){.is_refused = false};
    unsigned wanted = rights_of(combination, facts->target, domain, scopes);
    if (wanted == 0)
        return;
    unsigned held = held_rights(combination, facts);
    if ((wanted | held) != all_rights(combination))
        return;
    verdict->detail = name_rights(arena, combination, wanted, held);
    verdict->is_narrowed =
        combination->narrows && narrow(combination, scopes, wanted & ~held, &verdict->scopes);
    verdict->is_refused = !verdict->is_narrowed;
}
