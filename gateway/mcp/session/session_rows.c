/* What a call ends is ended at the server by that call, with the credential it has; what a kill ends while
 * nobody calls, by the lease's handle. */
#include "session_rows.h"

static struct text state_key(struct arena *arena, struct text key)
{
    return arena_print(arena, "session/%.*s", TEXT_ARGUMENTS(key));
}

bool session_is_of_token(const struct store_guard *thing, const struct relayed_call *x)
{
    return text_is(thing->kind, "lease") &&
           (text_equal(thing->id, x->credential.id) || text_equal(thing->id, x->call.id));
}

/* Not on the one token that was shown: it is renewed while the session goes on, and may be one of several. */
static void find_stands_on(struct session_rows *rows, const struct relayed_call *x)
{
    const struct standing *all = &rows->standing;
    rows->stands_on = (struct standing){.arena = x->call.arena, .world = x->call.world};
    for (size_t i = 0; i < all->count; i++) {
        const struct store_guard *thing = &all->things[i];
        if (rows->ends_with_credential || !session_is_of_token(thing, x))
            standing_add(&rows->stands_on, thing->kind, thing->id, thing->issued_at_us);
    }
}

static void write_lease(struct session_rows *rows, const struct relayed_call *x)
{
    const struct session_facts *facts = &rows->facts;
    rows->lease = (struct store_lease){.id = facts->lease,
                                       .state = TEXT("live"),
                                       .adapter = TEXT("mcp"),
                                       .target = x->target->document->name,
                                       .fingerprint = session_key_text(rows->key),
                                       .issued_at_us = x->call.now_us,
                                       .expires_at_s = facts->expires_at_s,
                                       .kept_until_s = facts->expires_at_s + STORE_LEASE_KEPT_S,
                                       .stands_on = rows->stands_on.things,
                                       .stands_on_count = rows->stands_on.count};
}

static void write_state(struct session_rows *rows, const struct relayed_call *x)
{
    struct text key = session_key_text(rows->key);
    rows->state = (struct store_state){
        .adapter = TEXT("mcp"),
        .key = state_key(x->call.arena, key),
        .change = STORE_STATE_PUT,
        .value = session_facts_seal(x->call.gateway->sealer, x->call.arena, key, &rows->facts),
        .expires_at_s = rows->facts.expires_at_s};
}

static void write_handle(struct session_rows *rows, const struct relayed_call *x,
                         const struct session_goodbye *goodbye)
{
    if (goodbye->session_id.length != 0)
        rows->lease.handle =
            session_goodbye_seal(x->call.gateway->sealer, x->call.arena, rows->facts.lease, goodbye);
}

void session_rows_make(struct session_rows *rows, const struct relayed_call *x,
                       const struct session_goodbye *goodbye)
{
    const struct call *call = &x->call;
    rows->id = session_make_id(call->arena);
    session_key(call->gateway->sealer, rows->id, rows->key);
    rows->facts = (struct session_facts){.lease = call->id,
                                         .root = json_text_of(x->credential.record, "root"),
                                         .upstream_id = goodbye->session_id,
                                         .opened_at_s = call->now_s,
                                         .expires_at_s =
                                             call->now_s + x->target->document->target.mcp.session_lifetime_s};
    session_owner(x->target->document->name, x->credential.record, rows->facts.owner);
    rows->standing = (struct standing){.arena = call->arena, .world = call->world};
    standing_add_record(&rows->standing, x->credential.record);
    find_stands_on(rows, x);
    write_lease(rows, x);
    write_handle(rows, x, goodbye);
    write_state(rows, x);
}

void session_rows_write(struct session_rows *rows, struct ledger_entry *entry)
{
    entry->transaction.leases = &rows->lease;
    entry->transaction.lease_count = 1;
    entry->transaction.states = &rows->state;
    entry->transaction.state_count = 1;
    /* Nothing is opened with what was ended meanwhile. */
    entry->transaction.guards = rows->standing.things;
    entry->transaction.guard_count = rows->standing.count;
}

void session_rows_end(struct session_rows *rows, const struct relayed_call *x, struct text key,
                      const struct session_facts *facts, const char *reason, struct ledger_entry *entry)
{
    rows->cutoff = (struct store_cutoff){.kind = TEXT("lease"),
                                         .id = facts->lease,
                                         .at_us = x->call.now_us,
                                         .expires_at_s = facts->expires_at_s + STORE_LEASE_KEPT_S,
                                         .reason = text_of(reason),
                                         .record = x->call.id};
    rows->state = (struct store_state){.adapter = TEXT("mcp"),
                                       .key = state_key(x->call.arena, key),
                                       .change = STORE_STATE_PUT,
                                       .expected_version = -1};
    entry->transaction.cutoffs = &rows->cutoff;
    entry->transaction.cutoff_count = 1;
    entry->transaction.states = &rows->state;
    entry->transaction.state_count = 1;
}
