/* What only the store knows and a policy or a combination asks for: what is held already, and how often
 * something happened lately. Nothing is asked for documents that do not look at it. What was seen is seen at a
 * version of each holder; the commit refuses if that has moved, and the exchange is decided again. */
#include "exchange.h"
#include "holder.h"

static struct holders holders_of(const struct exchange *x)
{
    /* The agent is who calls: whom its actor token names, it may choose. */
    return (struct holders){x->subject.token.identity, x->call.caller->identity, x->root};
}

static void choose_holders(struct exchange *x)
{
    const struct world_policies *policies = &x->call.world->policies;
    const struct document *target = x->target->document;
    const struct holders holders = holders_of(x);
    struct exchange_holdings *held = &x->held;
    *held = (struct exchange_holdings){.count = 0};
    for (enum policy_holder kind = 0; kind < POLICY_HOLDER_COUNT; kind++) {
        bool is_held = holder_is_asked_for(policies, kind, target->name, target->target.domain, &x->scope);
        if (!is_held && !policies->reads_exchanges[kind])
            continue;
        held->is_unknown |= is_held && !policies->is_held_known;
        held->kinds[held->count] = kind;
        held->is_held[held->count] = is_held;
        held->is_counted[held->count] = policies->reads_exchanges[kind];
        held->holders[held->count++].name = holder_key(x->call.arena, kind, &holders);
    }
}

/* Of each holder. The store is told how many of all together. */
static size_t limit_of(const struct exchange *x)
{
    return (size_t)x->call.world->gateway->policy.held;
}

void exchange_take_turn(struct exchange *x)
{
    struct exchange_holdings *held = &x->held;
    struct text names[POLICY_HOLDER_COUNT];
    size_t count = 0;
    choose_holders(x);
    for (size_t i = 0; i < held->count && !held->is_unknown && !x->request.is_dry_run; i++)
        if (held->is_held[i])
            names[count++] = held->holders[i].name;
    if (count == 0)
        flow_wait_done(&x->turn.wait);
    else
        turn_take(x->call.gateway->turns, &x->turn, names, count);
}

void exchange_gather(struct exchange *x)
{
    struct exchange_holdings *held = &x->held;
    if (held->count == 0 || held->is_unknown) {
        flow_wait_done(&x->gathering);
        return;
    }
    held->query = (struct store_query){.kind = STORE_QUERY_HELD,
                                       .holders = held->holders,
                                       .holder_count = held->count,
                                       .at_s = x->call.now_s,
                                       .limit = limit_of(x) * held->count,
                                       .arena = x->call.arena};
    store_find_awaited(x->call.gateway->store, &held->query, &x->gathering);
}

/* Whether what ends it ends it everywhere. A token that resource servers check by themselves is good there
 * until it expires, and whoever holds it may revoke it (RFC 7009), so that it must not make room for the other
 * half. */
static bool is_withdrawn(const struct exchange *x, const struct store_holding *holding)
{
    const struct world *world = x->call.world;
    const struct document *target = documents_find(&world->documents, DOCUMENT_TARGET, holding->target);
    const struct adapter *adapter =
        target == NULL ? NULL : adapter_registry_find(world->adapters, target->target.adapter);
    return adapter != NULL && (adapter->revoke != NULL || adapter->is_checked_here);
}

/* The target as it is now, like wherever else it is asked whether a credential is alive. */
static void list_target(struct text name, int64_t issued_at_us, struct standing *things)
{
    const struct document *document = documents_find(&things->world->documents, DOCUMENT_TARGET, name);
    const struct target *target =
        document == NULL ? NULL : world_target(things->world, document->target.audiences.items[0]);
    if (target != NULL)
        standing_add_target(things, target, issued_at_us);
}

/* What it stands on, as far as is known here. A credential that was ended by something else, such as one that
 * it was made from, counts as held until it expires. */
static void list_things(const struct exchange *x, const struct store_holding *holding, struct standing *things)
{
    int64_t issued_at_us = holding->issued_at_us;
    struct text actor = holding->agent, issuer = text_cut(&actor, ' ');
    const struct identity agent = {issuer, actor};
    things->count = 0;
    standing_add(things, TEXT("lease"), holding->id, 0);
    standing_add(things, TEXT("root"), holding->root, 0);
    standing_add_actors(things, &agent, 1, issued_at_us, issued_at_us);
    list_target(holding->target, issued_at_us, things);
    /* Whatever a subject holds is of that subject, and so is a whole tree. */
    if (x->held.kinds[holding->holder_index] != POLICY_HOLDER_AGENT)
        standing_add_identity(things, TEXT("subject"), &x->subject.token.identity, issued_at_us);
}

/* One that was ended before its time is held no more. Only what the book knows: a kill that it does not hold
 * leaves the credential held, which can refuse and never allow. */
static bool is_ended(const struct exchange *x, const struct store_holding *holding, struct standing *things)
{
    list_things(x, holding, things);
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    return cutoff_book_find(book, things->things, things->count) != NULL;
}

/* What is not seen could be what must not be there. */
static bool is_too_much(const struct exchange *x)
{
    const struct store_query *query = &x->held.query;
    size_t counts[POLICY_HOLDER_COUNT] = {0};
    for (size_t i = 0; i < query->holding_count; i++)
        if (++counts[query->holdings[i].holder_index] > limit_of(x))
            return true;
    return !query->is_whole;
}

static void take_holdings(struct exchange *x)
{
    struct exchange_holdings *held = &x->held;
    struct policy_holding *holdings =
        ARENA_ARRAY(x->call.arena, struct policy_holding, held->query.holding_count + 1);
    struct standing things = {.arena = x->call.arena, .world = x->call.world};
    size_t count = 0;
    for (size_t i = 0; i < held->query.holding_count; i++) {
        const struct store_holding *holding = &held->query.holdings[i];
        bool is_cut_short =
            holding->expires_at_s > x->call.now_s && is_withdrawn(x, holding) && is_ended(x, holding, &things);
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
    if (held->is_unknown)
        return ladder_fail(&x->call.ladder, "gathered", FAULT_HELD_UNKNOWN, TEXT_NONE, TEXT_NONE);
    if (held->query.fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "gathered", held->query.fault, TEXT_NONE, TEXT_NONE);
    if (is_too_much(x))
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
    const struct document *target = x->target->document;
    const struct holders holders = holders_of(x);
    const struct held_credential credential = {x->call.id,    target->target.domain, target->name,
                                               x->scope_text, x->call.now_us,        x->expires_at_s};
    int64_t longest_s = x->call.world->policies.kept_s[held->kinds[i]];
    held->versions[held->version_count++] =
        (struct store_version){held->holders[i].name, held->holders[i].version, x->expires_at_s + longest_s};
    held->rows[held->row_count++] =
        holder_holding(x->call.arena, &x->call.world->policies, held->kinds[i], &holders, &credential);
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
