/* Keys of holders, and the rows of what they hold. No I/O and no clock. Called for an exchange under way by
 * exchange_gather.c, for one that is over by past_holdings.c. */
#include "holder.h"

#include "base/base64url.h"
#include "base/digest.h"

struct text holder_key(struct arena *arena, enum policy_holder kind, const struct holders *holders)
{
    const struct text parts[POLICY_HOLDER_COUNT][3] = {
        [POLICY_HOLDER_SUBJECT] = {TEXT("subject"), holders->subject.issuer, holders->subject.subject},
        [POLICY_HOLDER_AGENT] = {TEXT("agent"), holders->agent.issuer, holders->agent.subject},
        [POLICY_HOLDER_TREE] = {TEXT("tree"), TEXT(""), holders->root},
    };
    unsigned char digest[DIGEST_SIZE];
    digest_parts(parts[kind], 3, digest);
    return base64url_encode_text(arena, digest, DIGEST_SIZE / 2);
}

bool holder_is_asked_for(const struct world_policies *policies, enum policy_holder kind, struct text target,
                         struct text domain, const struct scope_set *scopes)
{
    if (policies->reads_held[kind])
        return true;
    for (size_t i = 0; i < policies->set.combination_count; i++)
        if (policies->set.combinations[i].holder == kind &&
            combination_concerns(&policies->set.combinations[i], target, domain, scopes))
            return true;
    return false;
}

/* How long a credential counts after its end: as long as a combination wants that it has a right of. All else
 * would only fill up what a decision looks at. */
static int64_t counts_after_its_end_s(const struct world_policies *policies, enum policy_holder kind,
                                      const struct held_credential *credential)
{
    struct scope_set scopes;
    int64_t longest_s = 0;
    if (scope_set_parse(credential->scopes, &scopes) != FAULT_NONE)
        return policies->kept_s[kind];
    for (size_t i = 0; i < policies->set.combination_count; i++) {
        const struct combination *combination = &policies->set.combinations[i];
        if (combination->holder == kind && combination->within_s > longest_s &&
            combination_concerns(combination, credential->target, credential->domain, &scopes))
            longest_s = combination->within_s;
    }
    return longest_s;
}

struct store_holding holder_holding(struct arena *arena, const struct world_policies *policies,
                                    enum policy_holder kind, const struct holders *holders,
                                    const struct held_credential *credential)
{
    const struct text agent[] = {holders->agent.issuer, TEXT(" "), holders->agent.subject};
    return (struct store_holding){
        .holder = holder_key(arena, kind, holders),
        .id = credential->id,
        .root = holders->root,
        .agent = arena_join(arena, agent, 3),
        .domain = credential->domain,
        .target = credential->target,
        .scopes = credential->scopes,
        .issued_at_us = credential->issued_at_us,
        .expires_at_s = credential->expires_at_s,
        .kept_until_s = credential->expires_at_s + counts_after_its_end_s(policies, kind, credential),
    };
}
