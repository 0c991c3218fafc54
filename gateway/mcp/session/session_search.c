/* What is remembered costs no look into the store while it is in use. What was idle here for too long may have
 * been used through another gateway: the uses that each of them writes down every minute say so. */
#include "session_search.h"

#include "base/random.h"

enum { MINUTE_S = 60 };

struct session_searching {
    struct flow flow; /* first */
    struct session_search *asked;
    int64_t used_at_s;
    bool is_remembered;
    struct store_query state, uses;
    struct flow_wait state_wait, uses_wait;
    struct standing standing;
    struct ledger_liveness liveness;
};

static struct session_searching *search_of(struct flow *flow)
{
    return (struct session_searching *)flow;
}

static struct text key_of(const struct session_searching *x)
{
    return session_key_text(x->asked->key);
}

static enum flow_step_result fail(struct session_searching *x, enum fault fault)
{
    x->asked->fault = fault;
    return FLOW_SKIP;
}

static void start_finding(struct session_searching *x)
{
    struct call *call = &x->asked->call->call;
    struct text key = key_of(x);
    x->is_remembered = session_book_find(x->asked->book, key, call->arena, &x->asked->facts, &x->used_at_s);
    if (x->is_remembered) {
        flow_wait_done(&x->state_wait);
        return;
    }
    x->state = (struct store_query){.kind = STORE_QUERY_STATE,
                                    .adapter = TEXT("mcp"),
                                    .id = arena_print(call->arena, "session/%.*s", TEXT_ARGUMENTS(key)),
                                    .limit = 1,
                                    .arena = call->arena};
    store_find_awaited(call->gateway->store, &x->state, &x->state_wait);
}

static enum flow_step_result find(struct flow *flow)
{
    struct session_searching *x = search_of(flow);
    const struct call *call = &x->asked->call->call;
    FLOW_AWAIT(flow, &x->state_wait, start_finding(x));
    if (x->is_remembered)
        return FLOW_NEXT;
    if (x->state.fault != FAULT_NONE)
        return fail(x, x->state.fault);
    if (x->state.state_count == 0 || x->state.states[0].value.length == 0)
        return fail(x, FAULT_MCP_SESSION_UNKNOWN);
    enum fault fault = session_facts_open(call->gateway->sealer, call->arena, key_of(x),
                                          x->state.states[0].value, &x->asked->facts);
    x->used_at_s = x->asked->facts.opened_at_s;
    return fault == FAULT_NONE ? FLOW_NEXT : fail(x, fault);
}

/* Another's is as unknown as one that never was. */
static enum flow_step_result check_owner(struct flow *flow)
{
    struct session_searching *x = search_of(flow);
    unsigned char owner[DIGEST_SIZE];
    session_owner(x->asked->call->target->document->name, x->asked->call->credential.record, owner);
    bool is_over = x->asked->facts.expires_at_s <= x->asked->call->call.now_s;
    return !is_over && secret_equal(owner, x->asked->facts.owner, DIGEST_SIZE)
               ? FLOW_NEXT
               : fail(x, FAULT_MCP_SESSION_UNKNOWN);
}

static bool is_idle(const struct session_searching *x)
{
    return x->asked->call->call.now_s - x->used_at_s >
           x->asked->call->target->document->target.mcp.session_idle_s;
}

static void start_finding_uses(struct session_searching *x)
{
    struct call *call = &x->asked->call->call;
    if (!is_idle(x)) {
        flow_wait_done(&x->uses_wait);
        return;
    }
    x->uses = (struct store_query){
        .kind = STORE_QUERY_USES, .id = x->asked->facts.lease, .limit = 1, .arena = call->arena};
    store_find_awaited(call->gateway->store, &x->uses, &x->uses_wait);
}

static enum flow_step_result find_uses(struct flow *flow)
{
    struct session_searching *x = search_of(flow);
    FLOW_AWAIT(flow, &x->uses_wait, start_finding_uses(x));
    if (x->uses.fault != FAULT_NONE)
        return fail(x, x->uses.fault);
    /* A minute that began after its last use here is one of another gateway's. */
    if (x->uses.use_count != 0 && x->uses.uses[0].minute * MINUTE_S > x->used_at_s)
        x->used_at_s = (x->uses.uses[0].minute + 1) * MINUTE_S;
    if (!is_idle(x))
        return FLOW_NEXT;
    session_book_forget(x->asked->book, key_of(x));
    return fail(x, FAULT_MCP_SESSION_UNKNOWN);
}

/* Whoever it is pinned to shows a credential of now; what ended them since it was opened has ended the session.
 */
static void gather_standing(struct session_searching *x)
{
    const struct call *call = &x->asked->call->call;
    struct standing *standing = &x->standing;
    int64_t opened_at_us = identifier_time_ms(x->asked->facts.lease.base, x->asked->facts.lease.length) * 1000;
    *standing = (struct standing){.arena = call->arena, .world = call->world};
    standing_add_record(standing, x->asked->call->credential.record);
    for (size_t i = 0; i < standing->count; i++)
        if (standing->things[i].issued_at_us > opened_at_us)
            standing->things[i].issued_at_us = opened_at_us;
    standing_add(standing, TEXT("lease"), x->asked->facts.lease, 0);
    standing_add(standing, TEXT("root"), x->asked->facts.root, 0);
}

static void start_checking(struct session_searching *x)
{
    const struct gateway *gateway = x->asked->call->call.gateway;
    gather_standing(x);
    ledger_check_liveness(gateway->store, gateway->cutoffs, x->standing.things, x->standing.count,
                          &x->liveness);
}

/* Every time: it may have been ended a moment ago, here or on another gateway. */
static enum flow_step_result check_liveness(struct flow *flow)
{
    struct session_searching *x = search_of(flow);
    FLOW_AWAIT(flow, &x->liveness.wait, start_checking(x));
    if (x->liveness.fault != FAULT_NONE)
        return fail(x, x->liveness.fault);
    if (!x->liveness.is_cut_off)
        return FLOW_NEXT;
    session_book_forget(x->asked->book, key_of(x));
    return fail(x, FAULT_MCP_SESSION_UNKNOWN);
}

static enum flow_step_result take(struct flow *flow)
{
    struct session_searching *x = search_of(flow);
    const struct call *call = &x->asked->call->call;
    struct use_book *uses = relay_keeper_uses(call->gateway->relays);
    if (x->is_remembered)
        session_book_touch(x->asked->book, key_of(x), call->now_s);
    else
        session_book_keep(x->asked->book, key_of(x), &x->asked->facts, call->now_s);
    if (use_book_begin(uses, x->asked->facts.lease, call->now_s / MINUTE_S, 0))
        use_book_end(uses, x->asked->facts.lease, call->now_s / MINUTE_S, false);
    return FLOW_NEXT;
}

static const struct flow_step search_steps[] = {
    FLOW_STEP(find),                                 /* waits: store, for one that is not remembered */
    FLOW_STEP(check_owner),    FLOW_STEP(find_uses), /* waits: store, for one that was idle here */
    FLOW_STEP(check_liveness),                       /* waits: store, without a fresh book */
    FLOW_STEP(take),           FLOW_STEP_LAST,
};

static void finish(struct flow *flow)
{
    flow_wait_done(&search_of(flow)->asked->wait);
}

void session_search_start(struct session_search *search)
{
    struct call *call = &search->call->call;
    if (!session_id_is_whole(search->id)) {
        search->fault = FAULT_MCP_SESSION_UNKNOWN;
        flow_wait_done(&search->wait);
        return;
    }
    struct session_searching *x = ARENA_NEW(call->arena, struct session_searching);
    x->asked = search;
    session_key(call->gateway->sealer, search->id, search->key);
    flow_start(&x->flow, search_steps, finish);
}
