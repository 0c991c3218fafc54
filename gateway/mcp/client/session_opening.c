/* A session with an MCP server for an agent that asks for one at the token endpoint, first step to last. Its
 * credential is issued by an exchange like any other, and is not given before it is known that it can be used:
 * the server was asked with it as it would be by a call, which takes the same steps (relay/relayed_call.c).
 * What cannot be given is ended, here and at the server. */
#include "session_opening.h"

#include <string.h>

#include "adapters/mcp_session.h"
#include "generation_book.h"
#include "mcp/mcp.h"
#include "mcp/mcp_keeper.h"
#include "relay/answer_guard.h"
#include "relay/call_consent.h"
#include "relay/call_watch.h"
#include "relay/egress_keeper.h"
#include "relay/presented_credential.h"
#include "runtime/metrics.h"
#include "session/session_book.h"
#include "json/json_writer.h"

enum { CALL_MS = 10 * 1000, ALL_MS = 30 * 1000 };

static struct session_opening *opening_of(struct flow *flow)
{
    return (struct session_opening *)flow;
}

/* -- what is asked for */

static enum flow_step_result read_parameter(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    struct call *call = &x->relayed.call;
    return call_proceed(call, session_request_read(call->arena, form_value(&call->form, "mcp"), &x->request));
}

static void start_exchange(struct session_opening *x)
{
    struct call *call = &x->relayed.call;
    x->exchange.arena = call->arena;
    x->exchange.is_to_answer = true;
    x->exchange.lifetime_s = x->request.lifetime_s;
    token_exchange_start_form(call->gateway, call->request, &call->form, &x->exchange);
}

/* A refusal has been answered, and a dry run is over. */
static enum flow_step_result exchange(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    struct relayed_call *relayed = &x->relayed;
    FLOW_AWAIT(flow, &x->exchange.wait, start_exchange(x));
    if (x->exchange.is_answered)
        return FLOW_SKIP;
    relayed->described.target_name = x->exchange.target;
    return call_proceed(&relayed->call, relayed_call_take(relayed, x->exchange.credential));
}

/* -- whether the server may be used, and how */

static struct text method_of(const struct session_opening *x)
{
    if (x->request.mode == SESSION_DIRECT)
        return TEXT("dragoman/direct");
    return x->request.wish == SESSION_OLD ? TEXT("initialize") : TEXT("server/discover");
}

static struct text asked_version(const struct session_opening *x)
{
    return text_of(x->request.wish == SESSION_OLD ? mcp_versions_old[0] : mcp_versions_new[0]);
}

static enum flow_step_result check_server(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    const struct target *target = x->relayed.target;
    const struct adapter *adapter = target->egress_adapter;
    const struct mcp_document *mcp = session_opening_server(x);
    const struct gateway *gateway = x->relayed.call.gateway;
    enum fault fault = !mcp->is_server                                        ? FAULT_MCP_SERVER_UNKNOWN
                       : gateway->mcp == NULL || gateway->egress == NULL      ? FAULT_CALL_NO_EGRESS
                       : adapter == NULL || credential_is_for_call(adapter)   ? FAULT_CALL_NO_EGRESS
                       : !target->is_adapter_enabled                          ? FAULT_TARGET_DISABLED
                       : x->request.mode == SESSION_DIRECT && !mcp->is_direct ? FAULT_MCP_SESSION_DIRECT
                                                                              : FAULT_NONE;
    return call_proceed(&x->relayed.call, fault);
}

static enum flow_step_result decide(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    const struct mcp_access_question question = {
        .kind = MCP_ACCESS_SERVER, .method = method_of(x), .generation = asked_version(x)};
    x->view = (struct answer_view){
        .call = &x->relayed, .generation = MCP_OLD, .version = text_of(mcp_versions_old[0])};
    return call_proceed(&x->relayed.call, mcp_access_ask(&x->relayed, &question, &x->access));
}

static enum flow_step_result check_consent(struct flow *flow)
{
    struct relayed_call *x = &opening_of(flow)->relayed;
    FLOW_AWAIT(flow, &x->consent.wait, call_consent_ask(x));
    return call_proceed(&x->call, call_consent_complete(x));
}

/* -- with the server */

static void start_supply(struct session_opening *x)
{
    x->supply.call = &x->relayed;
    x->supply.is_kept = true;
    credential_supply_start(egress_keeper_supplies(x->relayed.call.gateway->egress), &x->supply);
}

static enum flow_step_result supply_credential(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    FLOW_AWAIT(flow, &x->supply.wait, start_supply(x));
    return call_proceed(&x->relayed.call, x->supply.fault);
}

/* As an entry of a list, which is noted in the catalog of definitions along with it. In an arena of its own:
 * definitions are long, and none of them is kept. */
static void look_at_tool(void *context, const struct json_value *entry)
{
    struct session_opening *x = context;
    struct arena *own = x->relayed.call.arena;
    SCOPED_ARENA arena = arena_create();
    struct mcp_access access = {0};
    const struct mcp_access_question question = {.kind = MCP_ACCESS_TOOL,
                                                 .name = json_text_of(entry, "name"),
                                                 .method = TEXT("tools/list"),
                                                 .generation = x->client.version,
                                                 .definition = entry,
                                                 .is_listing = true};
    if (question.name.length == 0)
        return;
    x->relayed.call.arena = arena;
    mcp_access_look(&x->relayed, &question, &access);
    x->relayed.call.arena = own;
    if (mcp_access_is_listed(&access))
        x->tools[x->tool_count++] = (struct opened_tool){
            arena_copy(own, question.name),
            access.verdict == MCP_STEP_UP ? arena_copy(own, access.scopes) : TEXT_NONE, access.verdict};
}

static bool is_ended(void *context)
{
    const struct relayed_call *x = &((struct session_opening *)context)->relayed;
    SCOPED_ARENA arena = arena_create();
    struct standing standing = {.arena = arena, .world = x->call.world};
    standing_add_record(&standing, x->credential.record);
    return call_watch_knows_ended(x, &standing);
}

static void start_client(struct session_opening *x)
{
    struct call *call = &x->relayed.call;
    const struct mcp_gateway_document *settings = &call->world->gateway->mcp;
    const struct kept_credential *supply = &x->supply.supply;
    bool is_said = session_request_says_client(&x->request);
    x->client = (struct mcp_client){
        .wait = x->client.wait, /* under way */
        .arena = call->arena,
        .streams = mcp_keeper_streams(call->gateway->mcp),
        .id = call->id,
        .url = x->relayed.target->document->target.egress.upstream,
        .credential = presented_credential(call->arena, supply->credential, &supply->presentation),
        .client_info = is_said ? x->request.client_info : NULL,
        .capabilities = is_said ? x->request.capabilities : NULL,
        .permitted = answer_view_permitted(&x->view),
        .bridge = bridge_server_of(x->relayed.target->document),
        .wish = x->request.wish,
        .is_guessed_old =
            generation_book_is_old(mcp_keeper_generations(call->gateway->mcp),
                                   x->relayed.target->document->target.egress.upstream, call->now_s),
        .answer_bytes = (size_t)settings->answer_bytes,
        .event_bytes = (size_t)settings->event_bytes,
        .call_ms = CALL_MS,
        .all_ms = ALL_MS,
        .on_tool = look_at_tool,
        .is_ended = is_ended,
        .context = x,
    };
    x->tools = ARENA_ARRAY(call->arena, struct opened_tool, MCP_CLIENT_TOOLS_MAX);
    mcp_client_start(&x->client);
}

static enum flow_step_result ask_server(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    struct call *call = &x->relayed.call;
    FLOW_AWAIT(flow, &x->client.wait, start_client(x));
    bool is_old = x->client.fault == FAULT_NONE && x->client.generation == MCP_OLD;
    generation_book_note(mcp_keeper_generations(call->gateway->mcp), x->client.url, is_old, call->now_s);
    if (x->client.fault == FAULT_NONE || x->client.fault == FAULT_CALL_CREDENTIAL_ENDED)
        return call_proceed(call, x->client.fault);
    struct text why = arena_print(call->arena, "%s: %.*s", fault_row(x->client.fault)->reason,
                                  TEXT_ARGUMENTS(x->client.detail));
    return call_proceed(call, ladder_fail(&call->ladder, "server_opened", FAULT_MCP_SESSION_FAILED,
                                          document_label(x->relayed.target->document), why));
}

/* What the agent would read of the server's words must not have what the server was shown in the agent's place.
 */
static enum fault guard_words(const struct session_opening *x)
{
    struct answer_guard guard = {.credential = x->supply.supply.credential};
    struct buffer words = buffer_in(x->relayed.call.arena, 1024);
    struct json_writer writer = json_writer_on(&words);
    struct text earlier, now;
    json_begin_array(&writer);
    if (x->client.server_info != NULL)
        json_write_value(&writer, x->client.server_info);
    for (size_t i = 0; i < x->tool_count; i++)
        json_write_text(&writer, x->tools[i].name);
    json_end_array(&writer);
    bool is_clean =
        x->request.mode == SESSION_DIRECT || answer_guard_take(&guard, buffer_text(&words), &earlier, &now);
    return is_clean ? FAULT_NONE : FAULT_CALL_ANSWER_SHOWS;
}

static enum flow_step_result check_words(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    return call_proceed(&x->relayed.call, guard_words(x));
}

/* -- what is recorded */

static void note_for_record(struct session_opening *x)
{
    struct buffer json = buffer_in(x->relayed.call.arena, 256);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "method", method_of(x));
    json_member_text(&writer, "generation", x->client.version);
    if (x->has_session && x->request.mode == SESSION_PROXY)
        json_member_text(&writer, "session", x->rows.facts.lease);
    json_end_object(&writer);
    x->relayed.described.recorded = buffer_text(&json);
}

/* Whoever has not said who it is begins a session of its own, by initialize; ours was to look around. */
static void keep_session(struct session_opening *x)
{
    x->has_session = x->client.is_open && session_request_says_client(&x->request);
    if (!x->has_session) {
        mcp_client_leave(&x->client);
        return;
    }
    if (x->request.mode == SESSION_DIRECT)
        return;
    const struct mcp_client *client = &x->client;
    const struct session_goodbye goodbye = {client->url, client->session_id, client->version,
                                            client->credential.name, client->credential.value};
    x->rows.ends_with_credential = true;
    session_rows_make(&x->rows, &x->relayed, &goodbye);
}

/* What was killed while the server was asked gives nothing away, least of all the server's own credential. */
static void guard(struct session_opening *x)
{
    struct standing standing = {.arena = x->relayed.call.arena, .world = x->relayed.call.world};
    standing_add_record(&standing, x->relayed.credential.record);
    x->entry.transaction.guards = standing.things;
    x->entry.transaction.guard_count = standing.count;
}

static void start_recording(struct session_opening *x)
{
    struct relayed_call *relayed = &x->relayed;
    keep_session(x);
    note_for_record(x);
    relayed_call_begin_entry(relayed, x->supply.supply.lease, &x->entry);
    if (x->has_session && x->request.mode == SESSION_PROXY)
        session_rows_write(&x->rows, &x->entry);
    else
        guard(x);
    ledger_append(relayed->call.gateway->store, &x->entry);
}

static enum flow_step_result record(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    struct call *call = &x->relayed.call;
    FLOW_AWAIT(flow, &x->entry.wait, start_recording(x));
    x->relayed.is_recorded = x->entry.fault == FAULT_NONE;
    if (x->relayed.is_recorded && x->rows.id.length != 0)
        session_book_keep(mcp_keeper_sessions(call->gateway->mcp), session_key_text(x->rows.key),
                          &x->rows.facts, call->now_s);
    x->is_given = x->relayed.is_recorded && !call->flow.caller_has_gone;
    return call_proceed(call, x->entry.fault);
}

/* -- the end */

/* Nobody has seen it, and nobody will; the session stands on it. */
static void start_undoing(struct session_opening *x)
{
    struct call *call = &x->relayed.call;
    bool is_issued = x->exchange.id.length != 0 && !x->exchange.is_answered;
    if (x->is_given || !is_issued) {
        flow_wait_done(&x->undoing.wait);
        return;
    }
    mcp_client_leave(&x->client);
    x->end = (struct store_cutoff){.kind = TEXT("lease"),
                                   .id = x->exchange.id,
                                   .at_us = call->now_us,
                                   .expires_at_s = x->exchange.expires_at_s + STORE_LEASE_KEPT_S,
                                   .reason = TEXT("its session was not opened"),
                                   .record = call->id};
    ledger_entry_begin(&x->undoing, call->arena, NULL);
    x->undoing.transaction.cutoffs = &x->end;
    x->undoing.transaction.cutoff_count = 1;
    if (call->caller->is_authenticated)
        call_return_lease(call, x->exchange.expires_at_s);
    ledger_append(call->gateway->store, &x->undoing);
}

static enum flow_step_result undo(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    FLOW_AWAIT(flow, &x->undoing.wait, start_undoing(x));
    return FLOW_NEXT;
}

static enum flow_step_result finish(struct flow *flow)
{
    struct session_opening *x = opening_of(flow);
    struct call *call = &x->relayed.call;
    if (x->exchange.is_answered)
        return FLOW_NEXT;
    if (x->is_given) {
        metric_count_fault(FAULT_NONE, true);
        call_answer(call, 200, session_answer_write(x));
        return FLOW_NEXT;
    }
    if (call->fault == FAULT_NONE)
        call->fault = FAULT_CALLER_GONE;
    if (x->exchange.is_authenticated) /* it is known who asks, whatever was found out since */
        call->authentication.caller.is_authenticated = true;
    call_answer_fault(call);
    return FLOW_NEXT;
}

static const struct flow_step opening_steps[] = {
    FLOW_STEP(call_read_form),
    FLOW_STEP(read_parameter),
    FLOW_STEP(exchange),                    /* waits: an exchange */
    FLOW_STEP(relayed_call_find_lease),     /* waits: store */
    FLOW_STEP(relayed_call_find_record),    /* waits: store */
    FLOW_STEP(relayed_call_check_liveness), /* waits: store, without a fresh book */
    FLOW_STEP(relayed_call_identify),
    FLOW_STEP(relayed_call_begin_use),
    FLOW_STEP(check_server),
    FLOW_STEP(decide),
    FLOW_STEP(relayed_call_consult), /* waits: the outside decision point, where there is one */
    FLOW_STEP(relayed_call_take_record),
    FLOW_STEP(check_consent),     /* waits: store, where people consent and it is not remembered */
    FLOW_STEP(supply_credential), /* waits: store or adapter, and the commit of a new one */
    FLOW_STEP(ask_server),        /* waits: server */
    FLOW_STEP(check_words),
    FLOW_STEP(record),                     /* waits: commit */
    FLOW_STEP_ALWAYS(undo),                /* waits: commit, of the end of what is not given */
    FLOW_STEP_ALWAYS(relayed_call_record), /* waits: commit, for a refusal of a known caller */
    FLOW_STEP_ALWAYS(finish),
    FLOW_STEP_LAST,
};

/* An escape of what needs none, which could be a letter of any word: encoders write none of them. */
static bool has_needless_escape(struct text body)
{
    for (size_t i = 0; i + 2 < body.length; i++)
        if (body.base[i] == '%' &&
            (body.base[i + 1] >= '3' ||
             text_equal_ignoring_case((struct text){body.base + i, 3}, TEXT("%2D"))) &&
            !text_equal_ignoring_case((struct text){body.base + i, 3}, TEXT("%3A")))
            return true;
    return false;
}

/* Most requests say nothing of it, and are not read twice. */
bool mcp_session_is_wanted(const struct request *request)
{
    struct text body = request_body(request), name = TEXT("mcp-session");
    struct form form;
    bool may_say = body.length != 0 && (memmem(body.base, body.length, name.base, name.length) != NULL ||
                                        has_needless_escape(body));
    if (!may_say)
        return false;
    SCOPED_ARENA arena = arena_create();
    return form_parse(arena, body, &form) == FAULT_NONE &&
           text_is(form_value(&form, "requested_token_type"), MCP_SESSION_TOKEN_TYPE);
}

void mcp_session_start(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct session_opening), opening_steps, NULL);
}
