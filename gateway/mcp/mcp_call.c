/* One message of an agent to an MCP server, first step to last. The steps up to whose call it is are shared
 * with egress and forward-auth and stand in relay/relayed_call.c. Three things hold for every path: what policy
 * is asked about is what is sent, nothing of an answer leaves before the call's record is durable, and what the
 * server says reaches the client as this caller may see it. */
#include "mcp_call.h"

#include "access/mcp_catalog.h"
#include "base/clock.h"
#include "mcp/mcp.h"
#include "mcp/mcp_keeper.h"
#include "mcp_relay.h"
#include "mcp_request.h"
#include "mcp_session_step.h"
#include "relay/call_consent.h"
#include "relay/egress_keeper.h"
#include "relay/presented_credential.h"
#include "runtime/metrics.h"
#include "stream/open_book.h"
#include "tool_learning.h"

/* -- which server, and whether it is asked as it wants to be */

static struct text server_of(struct text path)
{
    struct text prefix = TEXT("/mcp/");
    return text_starts_with(path, prefix)
               ? (struct text){path.base + prefix.length, path.length - prefix.length}
               : TEXT_NONE;
}

static enum flow_step_result read_server(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    struct text name = server_of(request_path(x->call.request));
    const struct target *target = world_target_named(x->call.world, name);
    x->described = (struct described_call){.target_name = name, .method = request_method(x->call.request)};
    if (target == NULL || !target->document->target.mcp.is_server)
        return call_proceed(&x->call, FAULT_MCP_SERVER_UNKNOWN);
    return FLOW_NEXT;
}

static enum flow_step_result check_request(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    x->is_preflight = mcp_request_is_preflight(x);
    if (x->is_preflight) { /* asks for nothing but that, and nobody is known by it */
        x->is_over = x->relayed.is_let_through = true;
        return FLOW_SKIP;
    }
    return call_proceed(&x->relayed.call, mcp_request_check(x));
}

/* -- whose call it is */

/* A credential of ours, or an agent's own, for which it gets one of ours. */
static enum flow_step_result read_credential(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    struct relayed_call *relayed = &x->relayed;
    enum fault fault = relayed_call_recognise(relayed);
    x->steps->own.call = relayed;
    x->steps->own.is_wanted = egress_session_is_wanted(relayed, fault);
    return call_proceed(&relayed->call, x->steps->own.is_wanted ? FAULT_NONE : fault);
}

static enum flow_step_result ask_for_own(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->steps->own.question.wait, egress_session_ask(&x->steps->own));
    return call_proceed(&x->relayed.call, egress_session_complete_question(&x->steps->own));
}

static enum flow_step_result open_own(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->steps->own.inner.wait, egress_session_open(&x->steps->own));
    return call_proceed(&x->relayed.call, egress_session_complete(&x->steps->own));
}

/* A credential that is made for one call and confirmed by its answer (Kerberos) has no place in streams. */
static enum flow_step_result check_target(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    const struct adapter *adapter = x->target->egress_adapter;
    enum fault fault = adapter == NULL                   ? FAULT_CALL_NO_EGRESS
                       : !x->target->is_adapter_enabled  ? FAULT_TARGET_DISABLED
                       : credential_is_for_call(adapter) ? FAULT_CALL_NO_EGRESS
                                                         : FAULT_NONE;
    return call_proceed(&x->call, fault);
}

/* -- what it says, and whether that may be */

static enum flow_step_result read_message(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    return call_proceed(&x->relayed.call, mcp_request_read(x));
}

static void start_session_search(struct mcp_call *x)
{
    x->session.call = &x->relayed;
    x->session.book = mcp_keeper_sessions(x->relayed.call.gateway->mcp);
    x->session.id = request_header(x->relayed.call.request, "mcp-session-id", 0);
    if (x->generation == MCP_NEW || mcp_call_is_beginning(x)) {
        flow_wait_done(&x->session.wait);
    } else if (x->session.id.base == NULL) {
        x->session.fault = FAULT_MCP_SESSION_MISSING;
        flow_wait_done(&x->session.wait);
    } else {
        session_search_start(&x->session);
    }
}

static enum flow_step_result find_session(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->session.wait, start_session_search(x));
    if (x->session.fault == FAULT_NONE)
        mcp_request_note(x);
    return call_proceed(&x->relayed.call, x->session.fault);
}

/* Everything permits it, but that it was in no list of the server so far. */
static bool is_to_be_learned(const struct mcp_call *x, enum fault fault)
{
    const struct relayed_call *relayed = &x->relayed;
    struct mcp_catalog *catalog = relayed->call.gateway->definitions;
    struct text target = relayed->target->document->name;
    return fault == FAULT_MCP_NAME_UNKNOWN && x->access.rule != NULL && x->message.named == MCP_NAMED_TOOL &&
           !mcp_call_is_bridged(x) && !mcp_catalog_knows(catalog, target, x->message.name) &&
           !mcp_catalog_is_listed(catalog, target, relayed->credential.id, clock_monotonic_us() / 1000);
}

static enum flow_step_result decide(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    struct mcp_access_question question;
    x->view = (struct answer_view){.call = &x->relayed,
                                   .message = x->verb == MCP_POST ? &x->message : NULL,
                                   .generation = x->generation,
                                   .version = x->version};
    enum fault fault = mcp_request_question(x, &question);
    if (fault != FAULT_NONE)
        return call_proceed(&x->relayed.call, fault);
    size_t rungs = x->relayed.call.ladder.count;
    fault = mcp_access_ask(&x->relayed, &question, &x->access);
    if (!is_to_be_learned(x, fault))
        return call_proceed(&x->relayed.call, fault);
    x->relayed.call.ladder.count = rungs; /* it is asked again when more is known */
    x->access.verdict = MCP_ALLOWED;      /* so far; what is wrong until then is told as what it is */
    x->learning = ARENA_NEW(x->relayed.call.arena, struct tool_learning);
    x->learning->call = x;
    return FLOW_NEXT;
}

/* -- within which limits */

static enum open_kind open_kind(const struct mcp_call *x)
{
    return mcp_call_is_stream(x) ? OPEN_STREAM : OPEN_CALL;
}

/* Of what goes on for hours there is room in this gateway as a whole, too. */
static bool has_room(const struct mcp_call *x)
{
    return !mcp_call_is_stream(x) || request_has_room_for_stream(x->relayed.call.request);
}

static enum flow_step_result take_place(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    const struct mcp_document *mcp = &x->relayed.target->document->target.mcp;
    if (mcp_call_is_beginning(x) && !mcp_session_step_has_room(x)) {
        x->relayed.call.retry_after_s = mcp->session_idle_s;
        return call_proceed(&x->relayed.call, FAULT_MCP_LIMIT);
    }
    x->is_counted =
        has_room(x) &&
        open_book_enter(mcp_keeper_open(x->relayed.call.gateway->mcp), x->relayed.credential.id, open_kind(x),
                        mcp_call_is_stream(x) ? mcp->streams_at_once : mcp->calls_at_once);
    x->relayed.call.retry_after_s = 1;
    return call_proceed(&x->relayed.call, x->is_counted ? FAULT_NONE : FAULT_MCP_LIMIT);
}

/* -- a tool that was in no list so far */

static void give_up(void *context, enum fault reason)
{
    struct mcp_call *x = context;
    if (reason == FAULT_CALLER_GONE)
        flow_caller_gone(&x->relayed.call.flow);
    upstream_leg_give_up(&x->upstream, reason);
    if (x->steps != NULL)
        upstream_leg_give_up(&x->steps->ping, reason);
    if (x->learning != NULL)
        tool_learning_give_up(x->learning, reason);
}

static void begin_watch(struct mcp_call *x, struct text supply)
{
    x->watch.call = &x->relayed;
    x->watch.give_up = give_up;
    x->watch.context = x;
    x->watch.session = x->session.facts.lease;
    x->watch.session_root = x->session.facts.root;
    call_watch_begin(&x->watch, supply, x->relayed.target->egress_adapter->name);
}

static void start_learning(struct mcp_call *x)
{
    begin_watch(x, TEXT_NONE);
    tool_learning_start(x->learning);
}

static enum flow_step_result learn_tools(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    if (x->learning == NULL)
        return FLOW_NEXT;
    FLOW_AWAIT(flow, &x->learning->wait, start_learning(x));
    call_watch_pause(&x->watch);
    return call_proceed(&x->relayed.call, x->learning->fault);
}

static enum flow_step_result decide_again(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    struct mcp_access_question question;
    if (x->learning == NULL)
        return FLOW_NEXT;
    enum fault fault = mcp_request_question(x, &question);
    if (fault == FAULT_NONE)
        fault = mcp_access_ask(&x->relayed, &question, &x->access);
    return call_proceed(&x->relayed.call, fault);
}

static enum flow_step_result check_consent(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    FLOW_AWAIT(flow, &x->consent.wait, call_consent_ask(x));
    return call_proceed(&x->call, call_consent_complete(x));
}

/* -- with what it goes on */

/* A call that writes has a short credential of its own, where the target's rule says so. */
static void start_supply(struct mcp_call *x)
{
    const struct mcp_rule *rule = x->access.rule;
    x->supply.call = &x->relayed;
    x->supply.is_kept = true;
    x->supply.has_scope = rule != NULL && rule->upstream_scopes.count != 0;
    if (x->supply.has_scope)
        x->supply.scope =
            scopes_text(x->relayed.call.arena, rule->upstream_scopes.items, rule->upstream_scopes.count);
    x->supply.lifetime_s = rule != NULL ? rule->upstream_lifetime_s : 0;
    credential_supply_start(egress_keeper_supplies(x->relayed.call.gateway->egress), &x->supply);
}

static enum flow_step_result supply_credential(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->supply.wait, start_supply(x));
    return call_proceed(&x->relayed.call, x->supply.fault);
}

static enum flow_step_result write_request(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    if (x->is_again) {
        mcp_request_write_again(x);
        return FLOW_NEXT;
    }
    enum fault fault = mcp_request_write(x);
    if (fault == FAULT_NONE)
        mcp_request_forget(x);
    return call_proceed(&x->relayed.call, fault);
}

/* -- what is recorded, and when */

static void start_recording(struct mcp_call *x)
{
    relayed_call_begin_entry(&x->relayed, x->supply.supply.lease, &x->steps->entry);
    if (x->verb == MCP_DELETE)
        session_rows_end(&x->steps->rows, &x->relayed, session_key_text(x->session.key), &x->session.facts,
                         "its client ended it", &x->steps->entry);
    ledger_append(x->relayed.call.gateway->store, &x->steps->entry);
}

static enum flow_step_result record_call(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->steps->entry.wait, start_recording(x));
    x->relayed.is_recorded = x->steps->entry.fault == FAULT_NONE;
    if (x->relayed.is_recorded && x->verb == MCP_DELETE)
        session_book_forget(x->session.book, session_key_text(x->session.key));
    return call_proceed(&x->relayed.call, x->steps->entry.fault);
}

/* Where policy says that the call has effects, and where it ends a session: whatever becomes of it at the
 * server, it is known that it was let through. */
static enum flow_step_result record_before(struct flow *flow)
{
    const struct mcp_call *x = (struct mcp_call *)flow;
    bool is_first = x->relayed.has_effects || x->verb == MCP_DELETE;
    return is_first && !x->relayed.is_recorded ? record_call(flow) : FLOW_NEXT;
}

/* -- with the server */

/* People and decision points take their time: what was killed meanwhile is not sent, but for the end of a
 * session, which is over here already, and by this very call. */
static enum flow_step_result begin(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    if (x->verb != MCP_DELETE) {
        begin_watch(x, x->supply.supply.lease);
        if (call_watch_knows_ended(&x->relayed, &x->watch.standing))
            return call_proceed(&x->relayed.call, FAULT_CALL_CREDENTIAL_ENDED);
    }
    mcp_relay_start(x);
    return FLOW_NEXT;
}

/* What has no effects is recorded while the server works; nothing of what it says is used before. What begins a
 * session is recorded together with that, when its server has one. */
static enum flow_step_result record_beside(struct flow *flow)
{
    const struct mcp_call *x = (struct mcp_call *)flow;
    return x->relayed.is_recorded || mcp_call_is_beginning(x) ? FLOW_NEXT : record_call(flow);
}

/* A 401 may mean that the credential was taken away at the server: another one is made, once. */
static bool is_to_be_tried_again(const struct mcp_call *x)
{
    return x->upstream.head.status == 401 && !x->is_again && credential_supply_is_replaceable(&x->supply);
}

static enum flow_step_result try_again(struct mcp_call *x)
{
    const struct kept_credential *supply = &x->supply.supply;
    x->is_again = true;
    call_watch_pause(&x->watch);
    upstream_leg_forget(&x->upstream);
    x->supply = (struct credential_supply){
        .refused = supply->shares.length != 0 ? supply->shares : supply->lease, .is_again = true};
    return flow_go_back(&x->relayed.call.flow, supply_credential);
}

static enum flow_step_result await_head(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->upstream.headed, upstream_leg_await_head(&x->upstream));
    if (is_to_be_tried_again(x))
        return try_again(x);
    enum fault fault = mcp_relay_judge(x);
    if (fault != FAULT_NONE)
        metric_add(METRIC_MCP_FAILED, 1);
    upstream_leg_log_answer(&x->upstream, fault);
    return call_proceed(&x->relayed.call, fault);
}

/* -- what comes back */

static void start_collecting(struct mcp_call *x)
{
    if (mcp_relay_is_whole(x))
        upstream_leg_await_end(&x->upstream);
    else
        flow_wait_done(&x->collected);
}

static enum flow_step_result collect(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, mcp_relay_is_whole(x) ? &x->upstream.ended : &x->collected, start_collecting(x));
    enum fault fault = mcp_relay_is_whole(x) ? mcp_relay_look(x) : FAULT_NONE;
    upstream_leg_log_answer(&x->upstream, fault);
    return call_proceed(&x->relayed.call, fault);
}

static void start_answer(struct mcp_call *x)
{
    if (mcp_relay_is_stream(x))
        mcp_relay_open(x);
    else
        flow_wait_done(&x->handed_on);
}

/* Meanwhile it may have been given up: what it is made with was killed, or its caller has left. */
static enum flow_step_result check_still_wanted(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    return call_proceed(&x->relayed.call, x->upstream.is_leaving ? x->upstream.reason : FAULT_NONE);
}

static enum flow_step_result hand_on(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    bool is_stream = mcp_relay_is_stream(x);
    FLOW_AWAIT(flow, is_stream ? &x->upstream.ended : &x->handed_on, start_answer(x));
    metric_add(!is_stream || x->upstream.fault == FAULT_NONE ? METRIC_MCP_RELAYED : METRIC_MCP_CUT, 1);
    x->is_over = true;
    return FLOW_NEXT;
}

/* Before anything of this goes. */
static enum flow_step_result end_watch(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->watch.idle, call_watch_end(&x->watch));
    return FLOW_NEXT;
}

static enum flow_step_result leave(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    if (x->is_counted)
        open_book_leave(mcp_keeper_open(x->relayed.call.gateway->mcp), x->relayed.credential.id, open_kind(x));
    if (x->upstream.reason == FAULT_CALL_CREDENTIAL_ENDED)
        mcp_relay_say_goodbye(x);
    if (mcp_call_is_beginning(x) && x->steps != NULL && x->steps->rows.id.length == 0)
        mcp_relay_undo(x);
    upstream_leg_dispose(&x->upstream);
    if (x->steps != NULL)
        upstream_leg_dispose(&x->steps->ping);
    return FLOW_NEXT;
}

/* Its client has left before there was an answer to record it with: the server has it all the same, and who
 * left is told of in no other call either. */
static enum flow_step_result record_left(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    enum fault *fault = &x->relayed.call.fault;
    if (!mcp_call_is_beginning(x) || x->upstream.began_ms == 0 || x->relayed.is_recorded)
        return FLOW_NEXT;
    if (*fault == FAULT_CALLER_GONE)
        *fault = FAULT_NONE;
    return *fault == FAULT_NONE ? record_call(flow) : FLOW_NEXT;
}

static enum flow_step_result finish(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    struct call *call = &x->relayed.call;
    if (x->client.is_begun) {
        mcp_relay_close(x);
    } else if (x->is_over && call->fault == FAULT_NONE) {
        mcp_relay_answer(x);
    } else {
        if (call->fault == FAULT_NONE) /* it left before there was an answer: nobody is told */
            call->fault = FAULT_CALLER_GONE;
        if (x->steps->own.inner.is_recorded) /* refused there, as a caller that is known */
            call->authentication.caller.is_authenticated = true;
        mcp_answer_fault(x);
    }
    mcp_request_forget(x);
    return FLOW_NEXT;
}

static const struct flow_step mcp_steps[] = {
    FLOW_STEP(read_server),
    FLOW_STEP(check_request), /* host, origin, method, media types, size */
    FLOW_STEP(read_credential),
    FLOW_STEP(ask_for_own),                 /* waits: another call of the same agent that is opening one */
    FLOW_STEP(open_own),                    /* waits: an exchange, for an agent that shows its own token */
    FLOW_STEP(relayed_call_find_lease),     /* waits: store, for a key that is not remembered */
    FLOW_STEP(relayed_call_find_record),    /* waits: store, the same */
    FLOW_STEP(relayed_call_check_liveness), /* waits: store, without a fresh book */
    FLOW_STEP(relayed_call_identify),
    FLOW_STEP(call_take_rate),
    FLOW_STEP(relayed_call_begin_use),
    FLOW_STEP(check_target),
    FLOW_STEP(read_message), /* strictly, and its headers say the same */
    FLOW_STEP(find_session), /* waits: store, for one of the older protocol that is not remembered */
    FLOW_STEP(decide),
    FLOW_STEP(take_place),
    FLOW_STEP(learn_tools), /* waits: server, for a tool that was in no list of it so far */
    FLOW_STEP(decide_again),
    FLOW_STEP(relayed_call_consult), /* waits: the outside decision point, where there is one */
    FLOW_STEP(relayed_call_take_record),
    FLOW_STEP(check_consent),     /* waits: store, where people consent and it is not remembered */
    FLOW_STEP(supply_credential), /* waits: store or adapter, and the commit of a new one */
    FLOW_STEP(write_request),
    FLOW_STEP(record_before), /* waits: commit, where policy says that the call has effects */
    FLOW_STEP(begin),
    FLOW_STEP(record_beside),          /* waits: commit, while the server works */
    FLOW_STEP(await_head),             /* waits: server */
    FLOW_STEP(mcp_session_step_check), /* waits: server, where it may have forgotten the session */
    FLOW_STEP(mcp_session_step_drop),  /* waits: commit, where it has */
    FLOW_STEP(collect),                /* waits: server, for an answer that is no stream */
    FLOW_STEP(mcp_session_step_open),  /* waits: commit, of a session that begins */
    FLOW_STEP(check_still_wanted),
    FLOW_STEP(hand_on),          /* waits: the end of a stream */
    FLOW_STEP_ALWAYS(end_watch), /* waits: store, where it is just being asked */
    FLOW_STEP_ALWAYS(leave),
    FLOW_STEP_ALWAYS(record_left),         /* waits: commit, of a beginning that nobody waited for */
    FLOW_STEP_ALWAYS(relayed_call_record), /* waits: commit, for a refusal of a known caller */
    FLOW_STEP_ALWAYS(finish),
    FLOW_STEP_LAST,
};

/* From inside h2o: what has to be given up is given up when the loop turns. */
static void note_gone(void *context)
{
    give_up(context, FAULT_CALLER_GONE);
}

void mcp_start(struct gateway *gateway, struct request *request)
{
    struct mcp_call *x = (struct mcp_call *)call_make(gateway, request, sizeof(struct mcp_call), NULL);
    request_on_gone(request, note_gone, x);
    call_part_arenas(&x->relayed.call);
    x->steps = ARENA_NEW(x->relayed.call.arena, struct mcp_steps);
    call_begin(&x->relayed.call, mcp_steps);
}
