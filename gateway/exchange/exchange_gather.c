/* What only the store knows and a policy or a combination asks for: what is held already, and how often
 * something happened lately. Nothing is asked for documents that do not look at it. What was seen is seen at a
 * version of each holder; the commit refuses if that has moved, and the exchange is decided again. */
#include "base/base64url.h"
#include "base/digest.h"
#include "exchange.h"

static bool is_concerned(const struct exchange *x, enum policy_holder holder)
{
    const struct world_policies *policies = &x->call.world->policies;
    for (size_t i = 0; i < policies->set.combination_count; i++)
        if (policies->set.combinations[i].holder == holder &&
            combination_concerns(&policies->set.combinations[i], x->target->document->name,
                                 x->target->document->target.domain, &x->scope))
            return true;
    return false;
}

/* One key for each kind of holder and name, so that none is ever taken for another. */
static struct text holder_key(struct exchange *x, enum policy_holder holder)
{
    const struct identity *subject = &x->subject.token.identity, *actor = &x->actor_identity;
    const struct text parts[POLICY_HOLDER_COUNT][3] = {
        [POLICY_HOLDER_SUBJECT] = {TEXT("subject"), subject->issuer, subject->subject},
        [POLICY_HOLDER_AGENT] = {TEXT("agent"), actor->issuer, actor->subject},
        [POLICY_HOLDER_TREE] = {TEXT("tree"), TEXT(""), x->root},
    };
    unsigned char digest[DIGEST_SIZE];
    digest_parts(parts[holder], 3, digest);
    return base64url_encode_text(x->call.arena, digest, DIGEST_SIZE / 2);
}

static void choose_holders(struct exchange *x)
{
    const struct world_policies *policies = &x->call.world->policies;
    struct exchange_holdings *held = &x->held;
    *held = (struct exchange_holdings){.count = 0};
    for (int holder = 0; holder < POLICY_HOLDER_COUNT; holder++) {
        bool is_held = policies->reads_held[holder] || is_concerned(x, (enum policy_holder)holder);
        if (!is_held && !policies->reads_exchanges[holder])
            continue;
        held->kinds[held->count] = (enum policy_holder)holder;
        held->is_held[held->count] = is_held;
        held->is_counted[held->count] = policies->reads_exchanges[holder];
        held->holders[held->count++].name = holder_key(x, (enum policy_holder)holder);
    }
}

static void found(struct store_query *query)
{
    flow_wait_done(query->context);
}

void exchange_gather(struct exchange *x)
{
    struct exchange_holdings *held = &x->held;
    choose_holders(x);
    if (held->count == 0) {
        flow_wait_done(&x->gathering);
        return;
    }
    held->query = (struct store_query){.kind = STORE_QUERY_HELD,
                                       .holders = held->holders,
                                       .holder_count = held->count,
                                       .at_s = x->call.now_s,
                                       .limit = (size_t)x->call.world->gateway->policy.held,
                                       .arena = x->call.arena,
                                       .done = found,
                                       .context = &x->gathering};
    store_find(x->call.gateway->store, &held->query);
}

/* One that was ended before its time is held no more. Only what the book knows: a kill that it does not hold
 * leaves the credential held, which can refuse and never allow. */
static bool is_ended(const struct exchange *x, const struct store_holding *holding)
{
    const struct store_guard guards[] = {
        {TEXT("lease"), holding->id, 0},
        {TEXT("root"), holding->root, 0},
        {TEXT("target"), holding->target, holding->issued_at_us},
        {TEXT("agent"), holding->agent, holding->issued_at_us},
    };
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    return cutoff_book_find(book, guards, sizeof(guards) / sizeof(guards[0])) != NULL;
}

static void take_holdings(struct exchange *x)
{
    struct exchange_holdings *held = &x->held;
    struct policy_holding *holdings =
        ARENA_ARRAY(x->call.arena, struct policy_holding, held->query.holding_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < held->query.holding_count; i++) {
        const struct store_holding *holding = &held->query.holdings[i];
        bool is_cut_short = holding->expires_at_s > x->call.now_s && is_ended(x, holding);
        holdings[count++] =
            (struct policy_holding){held->kinds[holding->holder_index], holding->domain, holding->target,
                                    holding->scopes, is_cut_short ? x->call.now_s : holding->expires_at_s};
    }
    x->facts.holdings = holdings;
    x->facts.holding_count = count;
}

enum fault exchange_complete_gather(struct exchange *x)
{
    struct exchange_holdings *held = &x->held;
    if (held->count == 0)
        return FAULT_NONE;
    if (held->query.fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "gathered", held->query.fault, TEXT_NONE, TEXT_NONE);
    /* What is not seen could be what must not be there. */
    if (!held->query.is_whole)
        return ladder_fail(&x->call.ladder, "gathered", FAULT_HELD_TOO_MUCH, TEXT_NONE, TEXT_NONE);
    take_holdings(x);
    for (size_t i = 0; i < held->count; i++) {
        x->facts.last_minute[held->kinds[i]] = held->holders[i].last_minute;
        x->facts.last_hour[held->kinds[i]] = held->holders[i].last_hour;
    }
    return FAULT_NONE;
}

static void hold(struct exchange *x, size_t i)
{
    struct exchange_holdings *held = &x->held;
    int64_t kept_until_s = x->expires_at_s + x->call.world->policies.kept_s[held->kinds[i]];
    held->versions[held->version_count++] =
        (struct store_version){held->holders[i].name, held->holders[i].version, kept_until_s};
    held->rows[held->row_count++] = (struct store_holding){
        .holder = held->holders[i].name,
        .id = x->call.id,
        .root = x->root,
        .agent = identity_name(x->call.arena, &x->actor_identity),
        .domain = x->target->document->target.domain,
        .target = x->target->document->name,
        .scopes = x->scope_text,
        .issued_at_us = x->call.now_us,
        .expires_at_s = x->expires_at_s,
        .kept_until_s = kept_until_s,
    };
}

void exchange_hold(struct exchange *x, struct ledger_entry *entry)
{
    struct exchange_holdings *held = &x->held;
    held->version_count = held->row_count = held->tally_count = 0;
    for (size_t i = 0; i < held->count && !x->request.is_dry_run; i++) {
        if (held->is_held[i])
            hold(x, i);
        if (held->is_counted[i])
            held->tallies[held->tally_count++] =
                (struct store_tally){held->holders[i].name, x->call.now_s / 60};
    }
    entry->transaction.versions = held->versions;
    entry->transaction.version_count = held->version_count;
    entry->transaction.holdings = held->rows;
    entry->transaction.holding_count = held->row_count;
    entry->transaction.tallies = held->tallies;
    entry->transaction.tally_count = held->tally_count;
}
