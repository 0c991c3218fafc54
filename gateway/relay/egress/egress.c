/* One call through the gateway, first step to last. The steps up to the decision are shared with forward-auth
 * and stand in relayed_call.c. Three things hold for every path: no credential is put into a call before it is
 * recorded as this lease's own, nothing of an answer leaves before the call's record is durable, and a call
 * that a policy marks as having effects is not even begun before that. */
#include "relay/egress.h"

#include "base/random.h"
#include "egress_binding.h"
#include "egress_confirmation.h"
#include "egress_upstream.h"
#include "relay/call_consent.h"
#include "relay/call_watch.h"
#include "relay/egress_keeper.h"
#include "relay/egress_session.h"
#include "runtime/metrics.h"
#include "upstream_request.h"

enum { CONNECT_MS = 5000 };

struct egress_call {
    struct relayed_call relayed; /* first */
    struct egress_session session;
    bool is_for_call; /* with a credential that is made for it alone, and whose answer is confirmed */
    struct egress_binding binding;
    struct credential_supply supply;
    struct text url;
    struct upstream_headers headers;
    struct egress_upstream upstream;
    struct call_watch watch;
    struct egress_confirmation confirmation;
    struct ledger_entry entry; /* of a call that goes on */
    struct store_lease shown;  /* in it */
    bool is_again;             /* with another credential, after a 401 */
    bool is_bound_again;       /* to another certificate */
};

/* -- whose call it is, and whether it may be made */

static enum flow_step_result read_call(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    struct text prefix = TEXT("/egress/"), path = request_path(x->call.request);
    if (!text_starts_with(path, prefix))
        return call_proceed(&x->call, FAULT_REQUEST_PATH);
    struct text rest = {path.base + prefix.length, path.length - prefix.length};
    struct text name = text_cut(&rest, '/');
    x->described = (struct described_call){
        .target_name = name,
        .method = request_method(x->call.request),
        /* The slash that the cut took away. */
        .request_target = rest.base == NULL ? TEXT("/") : (struct text){rest.base - 1, rest.length + 1},
    };
    return FLOW_NEXT;
}

/* A credential of ours, or an agent's own, for which it gets one of ours. */
static enum flow_step_result read_credential(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    struct relayed_call *relayed = &x->relayed;
    enum fault fault = relayed_call_recognise(relayed);
    x->session.call = relayed;
    x->session.is_wanted = egress_session_is_wanted(relayed, fault);
    return call_proceed(&relayed->call, x->session.is_wanted ? FAULT_NONE : fault);
}

static enum flow_step_result ask_for_session(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->session.question.wait, egress_session_ask(&x->session));
    return call_proceed(&x->relayed.call, egress_session_complete_question(&x->session));
}

static enum flow_step_result open_session(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->session.inner.wait, egress_session_open(&x->session));
    return call_proceed(&x->relayed.call, egress_session_complete(&x->session));
}

static enum flow_step_result check_egress(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    enum fault fault = x->target->egress_adapter == NULL              ? FAULT_CALL_NO_EGRESS
                       : !x->target->is_adapter_enabled               ? FAULT_TARGET_DISABLED
                       : upstream_request_is_upgrade(x->call.request) ? FAULT_CALL_UPGRADE
                       : request_body_is_too_large(x->call.request)   ? FAULT_REQUEST_TOO_LARGE
                                                                      : FAULT_NONE;
    return call_proceed(&x->call, fault);
}

/* -- what is sent */

static enum flow_step_result check_consent(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->relayed.consent.wait, call_consent_ask(&x->relayed));
    return call_proceed(&x->relayed.call, call_consent_complete(&x->relayed));
}

static void start_binding(struct egress_call *x)
{
    x->is_for_call = credential_is_for_call(x->relayed.target->egress_adapter);
    x->binding.call = &x->relayed;
    x->binding.upstream = x->relayed.target->document->target.egress.upstream;
    x->binding.is_wanted = x->is_for_call;
    egress_binding_ask(&x->binding);
}

static enum flow_step_result ask_for_binding(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->binding.question.wait, start_binding(x));
    return call_proceed(&x->relayed.call, egress_binding_complete_question(&x->binding));
}

static enum flow_step_result learn_binding(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->binding.learned, egress_binding_learn(&x->binding));
    return call_proceed(&x->relayed.call, egress_binding_complete(&x->binding));
}

static enum flow_step_result supply_credential(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    struct credential_book *book = egress_keeper_supplies(x->relayed.call.gateway->egress);
    x->supply.call = &x->relayed;
    x->supply.is_for_call = x->is_for_call;
    x->supply.channel_binding = x->binding.found.credential;
    FLOW_AWAIT(flow, &x->supply.wait, credential_supply_start(book, &x->supply));
    return call_proceed(&x->relayed.call, x->supply.fault);
}

static enum flow_step_result write_request(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    struct call *call = &x->relayed.call;
    const struct egress_document *egress = &x->relayed.target->document->target.egress;
    enum fault fault = upstream_url(call->arena, egress->upstream, x->relayed.facts.call.path,
                                    request_query(call->request), &x->url);
    if (fault == FAULT_NONE)
        fault = upstream_headers(call->arena, call->request, x->supply.supply.credential,
                                 &x->supply.supply.presentation, &x->headers);
    return call_proceed(call, fault);
}

/* The server takes whoever authenticates a connection for whoever comes on it (RFC 4559 section 6): each
 * subject has connections of its own, and each account that it is there, as that may become another. */
static struct text connection_name(const struct egress_call *x)
{
    const struct json_value *subject = json_member(x->relayed.credential.record, TEXT("subject"));
    const struct text parts[] = {x->relayed.target->document->name, json_text_of(subject, "iss"),
                                 json_text_of(subject, "sub"), x->supply.supply.account};
    unsigned char digest[DIGEST_SIZE];
    digest_parts(parts, 4, digest);
    return arena_copy(x->relayed.call.arena, (struct text){(const char *)digest, DIGEST_SIZE});
}

static bool wants_events(const struct egress_call *x)
{
    struct text accept = request_header(x->relayed.call.request, "accept", 0);
    return text_equal_ignoring_case(accept, TEXT("text/event-stream"));
}

static void start_upstream(struct egress_call *x)
{
    struct call *call = &x->relayed.call;
    const struct document *target = x->relayed.target->document;
    struct egress_upstream *upstream = &x->upstream;
    upstream->arena = call->arena;
    upstream->request = call->request;
    upstream->egress = &target->target.egress;
    upstream->path = arena_print(call->arena, "/egress/%.*s", TEXT_ARGUMENTS(target->name));
    upstream->id = call->id;
    upstream->credential = x->supply.supply.credential;
    egress_upstream_start(
        upstream, egress_keeper_streams(call->gateway->egress),
        &(struct http_stream_request){.url = x->url,
                                      .method = request_method(call->request),
                                      .headers = x->headers.items,
                                      .header_count = x->headers.count,
                                      .body = request_body(call->request),
                                      .is_of_events = wants_events(x),
                                      .alone_as = x->is_for_call ? connection_name(x) : TEXT_NONE,
                                      .expected_binding = x->binding.found.credential,
                                      .connect_ms = CONNECT_MS,
                                      .first_byte_ms = target->target.egress.first_byte_s * 1000,
                                      .idle_ms = target->target.egress.idle_s * 1000});
}

static void give_up(void *context, enum fault reason)
{
    egress_upstream_give_up(context, reason);
}

static enum flow_step_result begin(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    start_upstream(x);
    x->watch.call = &x->relayed;
    x->watch.give_up = give_up;
    x->watch.context = &x->upstream;
    call_watch_begin(&x->watch, x->supply.supply.lease, x->relayed.target->egress_adapter->name);
    return FLOW_NEXT;
}

/* What is shown this once is found by its fingerprint, like what has a supply of its own. */
static void write_shown(struct egress_call *x)
{
    const struct call *call = &x->relayed.call;
    const struct kept_credential *supply = &x->supply.supply;
    if (!x->is_for_call || supply->fingerprint.length == 0)
        return;
    x->shown = (struct store_lease){
        .id = call->id,
        .state = TEXT("live"),
        .adapter = x->relayed.target->egress_adapter->name,
        .target = x->relayed.target->document->name,
        .fingerprint = supply->fingerprint,
        .issued_at_us = call->now_us,
        .expires_at_s = supply->expires_at_s,
        .kept_until_s = supply->expires_at_s + STORE_LEASE_KEPT_S,
    };
    x->entry.transaction.leases = &x->shown;
    x->entry.transaction.lease_count = 1;
}

static void start_recording(struct egress_call *x)
{
    struct relayed_call *relayed = &x->relayed;
    relayed_call_begin_entry(relayed, x->supply.supply.lease, &x->entry);
    write_shown(x);
    ledger_append(relayed->call.gateway->store, &x->entry);
}

static enum flow_step_result record_call(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->entry.wait, start_recording(x));
    x->relayed.is_recorded = x->entry.fault == FAULT_NONE;
    return call_proceed(&x->relayed.call, x->entry.fault);
}

/* Where policy says that the call has effects: whatever becomes of it, it is known that it was let through. */
static enum flow_step_result record_before(struct flow *flow)
{
    const struct egress_call *x = (struct egress_call *)flow;
    return x->relayed.has_effects && !x->relayed.is_recorded ? record_call(flow) : FLOW_NEXT;
}

/* Else the upstream works while the record is written; nothing of what it says is used before. */
static enum flow_step_result record_beside(struct flow *flow)
{
    const struct egress_call *x = (struct egress_call *)flow;
    return x->relayed.is_recorded ? FLOW_NEXT : record_call(flow);
}

/* -- what comes back */

/* A 401 may mean that the credential was taken away at the upstream: another one is made, once. */
static bool is_to_be_tried_again(const struct egress_call *x)
{
    return x->upstream.status == 401 && !x->is_again && credential_supply_is_replaceable(&x->supply);
}

static enum flow_step_result try_again(struct egress_call *x)
{
    x->is_again = true;
    call_watch_pause(&x->watch);
    egress_upstream_forget(&x->upstream);
    const struct kept_credential *supply = &x->supply.supply;
    x->supply = (struct credential_supply){
        .refused = supply->shares.length != 0 ? supply->shares : supply->lease, .is_again = true};
    return flow_go_back(&x->relayed.call.flow, supply_credential);
}

/* Nothing was sent: the certificate is learned anew, and a credential made that is bound to it, once. */
static bool is_to_be_bound_again(const struct egress_call *x)
{
    return x->upstream.fault == FAULT_OUTBOUND_CERTIFICATE && !x->is_bound_again;
}

static enum flow_step_result bind_again(struct egress_call *x)
{
    x->is_bound_again = true;
    call_watch_pause(&x->watch);
    egress_upstream_forget(&x->upstream);
    egress_binding_forget(&x->binding);
    x->binding = (struct egress_binding){0};
    x->supply = (struct credential_supply){.refused = x->supply.refused, .is_again = true};
    return flow_go_back(&x->relayed.call.flow, ask_for_binding);
}

static enum flow_step_result await_head(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->upstream.headed, egress_upstream_await_head(&x->upstream));
    if (x->upstream.status == 0 && is_to_be_bound_again(x))
        return bind_again(x);
    if (x->upstream.status == 0) {
        metric_add(METRIC_EGRESS_FAILED, 1);
        return call_proceed(&x->relayed.call, x->upstream.fault);
    }
    if (is_to_be_tried_again(x))
        return try_again(x);
    return FLOW_NEXT;
}

/* Meanwhile it may have been given up: what it is made with was killed, or its caller has left. */
static enum fault fault_of_confirmed(struct egress_call *x)
{
    enum fault fault = egress_confirmation_complete(&x->confirmation, &x->relayed);
    if (fault == FAULT_NONE && x->upstream.is_leaving)
        fault = x->upstream.reason;
    if (fault != FAULT_NONE)
        metric_add(METRIC_EGRESS_FAILED, 1);
    return fault;
}

static enum flow_step_result confirm(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->confirmation.question.wait,
               egress_confirmation_ask(&x->confirmation, &x->relayed, &x->supply, &x->upstream));
    return call_proceed(&x->relayed.call, fault_of_confirmed(x));
}

/* A refusal that cannot be recorded is one all the same. */
static enum flow_step_result record_unconfirmed(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->confirmation.entry.wait, egress_confirmation_record(&x->confirmation, &x->relayed));
    return FLOW_NEXT;
}

/* What a HEAD request or a 304 says of a length is no body's (RFC 9110 section 8.6). */
static bool has_no_body(const struct egress_call *x)
{
    return x->upstream.status == 304 || x->upstream.status == 204 ||
           text_is(request_method(x->relayed.call.request), "HEAD");
}

static void write_head(struct egress_call *x)
{
    const struct response *from = &x->upstream.answer;
    struct response_header *headers =
        ARENA_ARRAY(x->relayed.call.arena, struct response_header, from->header_count + 1);
    struct response head = *from;
    head.headers = headers;
    head.header_count = 0;
    for (size_t i = 0; i < from->header_count; i++)
        if (!has_no_body(x) || !text_is(text_of(from->headers[i].name), "content-length"))
            headers[head.header_count++] = from->headers[i];
    headers[head.header_count++] = (struct response_header){"dragoman-exchange", x->relayed.call.id};
    request_begin_answer(x->relayed.call.request, &head);
}

static void start_answer(struct egress_call *x)
{
    write_head(x);
    egress_upstream_open(&x->upstream);
    egress_upstream_await_end(&x->upstream);
}

static enum flow_step_result hand_on(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->upstream.ended, start_answer(x));
    metric_add(x->upstream.fault == FAULT_NONE ? METRIC_EGRESS_RELAYED : METRIC_EGRESS_CUT, 1);
    return FLOW_NEXT;
}

/* Before anything of this goes. */
static enum flow_step_result end_watch(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    FLOW_AWAIT(flow, &x->watch.idle, call_watch_end(&x->watch));
    return FLOW_NEXT;
}

static enum flow_step_result finish(struct flow *flow)
{
    struct egress_call *x = (struct egress_call *)flow;
    struct call *call = &x->relayed.call;
    egress_upstream_dispose(&x->upstream);
    if (x->upstream.is_open) {
        request_end_answer(call->request, x->upstream.fault == FAULT_NONE && x->upstream.is_over);
        return FLOW_NEXT;
    }
    if (call->fault == FAULT_NONE) /* it left before there was an answer: nobody is told */
        call->fault = FAULT_CALLER_GONE;
    if (x->session.inner.is_recorded) /* refused there, as a caller that is known */
        call->authentication.caller.is_authenticated = true;
    relayed_call_answer_fault(&x->relayed);
    return FLOW_NEXT;
}

static const struct flow_step egress_steps[] = {
    FLOW_STEP(read_call),
    FLOW_STEP(read_credential),
    FLOW_STEP(ask_for_session),             /* waits: another call of the same agent that is opening one */
    FLOW_STEP(open_session),                /* waits: an exchange, for an agent that shows its own token */
    FLOW_STEP(relayed_call_find_lease),     /* waits: store, for a key that is not remembered */
    FLOW_STEP(relayed_call_find_record),    /* waits: store, the same */
    FLOW_STEP(relayed_call_check_liveness), /* waits: store, without a fresh book */
    FLOW_STEP(relayed_call_identify),
    FLOW_STEP(call_take_rate),
    FLOW_STEP(relayed_call_begin_use),
    FLOW_STEP(check_egress),
    FLOW_STEP(relayed_call_check_rules),
    FLOW_STEP(relayed_call_decide),
    FLOW_STEP(relayed_call_consult), /* waits: the outside decision point, where there is one */
    FLOW_STEP(relayed_call_take_record),
    FLOW_STEP(check_consent),     /* waits: store, where people consent and it is not remembered */
    FLOW_STEP(ask_for_binding),   /* waits: another call that is learning it */
    FLOW_STEP(learn_binding),     /* waits: a handshake, for a credential that is bound to the certificate */
    FLOW_STEP(supply_credential), /* waits: store or adapter, and the commit of a new one */
    FLOW_STEP(write_request),
    FLOW_STEP(record_before), /* waits: commit, where policy says that the call has effects */
    FLOW_STEP(begin),
    FLOW_STEP(record_beside),              /* waits: commit, while the upstream works */
    FLOW_STEP(await_head),                 /* waits: upstream */
    FLOW_STEP(confirm),                    /* waits: adapter, for a credential that was made for this call */
    FLOW_STEP(hand_on),                    /* waits: the end of the answer */
    FLOW_STEP_ALWAYS(end_watch),           /* waits: store, where it is just being asked */
    FLOW_STEP_ALWAYS(record_unconfirmed),  /* waits: commit, of an answer that is not the service's */
    FLOW_STEP_ALWAYS(relayed_call_record), /* waits: commit, for a refusal of a known caller */
    FLOW_STEP_ALWAYS(finish),
    FLOW_STEP_LAST,
};

/* From inside h2o: what has to be given up is given up when the loop turns. */
static void note_gone(void *context)
{
    struct egress_call *x = context;
    flow_caller_gone(&x->relayed.call.flow);
    egress_upstream_give_up(&x->upstream, FAULT_CALLER_GONE);
}

void egress_start(struct gateway *gateway, struct request *request)
{
    struct egress_call *x = (struct egress_call *)call_make(gateway, request, sizeof(struct egress_call), NULL);
    request_on_gone(request, note_gone, x);
    call_begin(&x->relayed.call, egress_steps);
}
