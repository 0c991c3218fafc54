/* The steps of a call, up to what is kept of it; call_decision.c has what policies say. */
#include "relay/relayed_call.h"

#include "call/call_decision.h"
#include "lifecycle/stranger_book.h"
#include "relay/call_path.h"
#include "relay/call_rules.h"
#include "trust/verification.h"

/* -- the credential */

static struct text find_header(const void *context, const char *name, size_t nth)
{
    return request_header(context, name, nth);
}

struct shown_headers relayed_call_headers(const struct relayed_call *x)
{
    return (struct shown_headers){find_header, x->call.request};
}

/* Where the callers of this target show their keys, if its adapter says so. */
static struct text own_header(const struct relayed_call *x)
{
    const struct target *target = world_target_named(x->call.world, x->described.target_name);
    return target == NULL ? TEXT_NONE : json_text_of(target->document->target.settings, "header");
}

static enum fault admit(struct call *call)
{
    return stranger_book_admit(call->gateway->strangers, request_peer_network(call->request), call->now_us,
                               &call->retry_after_s);
}

enum fault relayed_call_recognise(struct relayed_call *x)
{
    struct call *call = &x->call;
    const struct shown_headers headers = relayed_call_headers(x);
    TRY(shown_credential_find(call->arena, &headers, own_header(x), &x->shown));
    /* All callers of a proxy have one address. Whoever guesses keys through it must not shut out those that are
     * in use, and recalling one costs nothing that would have to be saved. */
    if (issued_credential_recall(&x->credential, call, x->shown, relay_keeper_records(call->gateway->relays)))
        return x->credential.is_ours ? FAULT_NONE : FAULT_CALL_CREDENTIAL_UNKNOWN;
    TRY(admit(call));
    return issued_credential_read(&x->credential, call, x->shown);
}

enum fault relayed_call_take(struct relayed_call *x, struct text credential)
{
    struct call *call = &x->call;
    x->credential = (struct issued_credential){0};
    if (issued_credential_recall(&x->credential, call, credential, relay_keeper_records(call->gateway->relays)))
        return x->credential.is_ours ? FAULT_NONE : FAULT_CALL_CREDENTIAL_UNKNOWN;
    return issued_credential_read(&x->credential, call, credential);
}

enum flow_step_result relayed_call_read_credential(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    return call_proceed(&x->call, relayed_call_recognise(x));
}

enum flow_step_result relayed_call_find_lease(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    FLOW_AWAIT(flow, &x->credential.lease_wait, issued_credential_find_lease(&x->credential, &x->call));
    return FLOW_NEXT;
}

enum flow_step_result relayed_call_find_record(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    FLOW_AWAIT(flow, &x->credential.record_wait, issued_credential_find_record(&x->credential, &x->call));
    enum fault fault = issued_credential_complete(&x->credential, &x->call);
    if (fault == FAULT_NONE && !x->credential.is_ours)
        fault = FAULT_CALL_CREDENTIAL_UNKNOWN;
    if (fault == FAULT_NONE)
        fault = call_find_certificate(&x->call);
    if (fault == FAULT_NONE && !verification_binding_fits(x->credential.claims.all, x->call.thumbprint))
        fault = FAULT_TOKEN_CONSTRAINED;
    if (fault == FAULT_NONE)
        issued_credential_remember(&x->credential, relay_keeper_records(x->call.gateway->relays));
    return call_proceed(&x->call, fault);
}

/* Every time, whatever is remembered: kills, ends and documents are those of this moment. */
enum flow_step_result relayed_call_check_liveness(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    FLOW_AWAIT(flow, &x->credential.liveness.wait, issued_credential_check_liveness(&x->credential, &x->call));
    enum fault fault = x->credential.liveness.fault;
    if (fault == FAULT_NONE && !issued_credential_is_active(&x->credential, &x->call))
        fault = FAULT_CALL_CREDENTIAL_ENDED;
    return call_proceed(&x->call, fault);
}

/* -- whose call it is */

static bool take_client(struct caller *caller, const struct world *world)
{
    const struct client *client = world_client(world, caller->client_id);
    if (client != NULL) {
        caller->client = client;
        caller->document = client->document;
        caller->account = client->account;
        caller->limits = client->limits;
        return true;
    }
    const struct agent_class *class = world_agent_class(world, caller->client_id);
    if (class == NULL)
        return false;
    caller->agent_class = class;
    caller->document = class->document;
    caller->account = class->account;
    caller->limits = class->limits;
    return true;
}

/* Whoever obtained the credential is who calls: it has a budget, and its refusals are recorded. */
static enum fault identify(struct relayed_call *x)
{
    struct caller *caller = &x->call.authentication.caller;
    const struct json_value *record = x->credential.record, *agent = json_member(record, TEXT("agent"));
    caller->client_id = json_text_of(record, "client");
    caller->identity = (struct identity){json_text_of(agent, "iss"), json_text_of(agent, "sub")};
    caller->method = x->credential.is_key ? TEXT("api_key") : TEXT("access_token");
    if (!take_client(caller, x->call.world) ||
        scope_set_parse(json_text_of(record, "scope_given"), &x->scopes) != FAULT_NONE)
        return FAULT_CALL_CREDENTIAL_ENDED;
    caller->name = caller->document->name;
    caller->is_authenticated = true;
    const struct target *target = x->credential.target;
    if (!text_equal(target->document->name, x->described.target_name))
        return ladder_fail(&x->call.ladder, "credential_for_target", FAULT_CALL_CREDENTIAL_TARGET,
                           document_label(target->document), x->described.target_name);
    x->target = target;
    trace_note_target(target->document->name);
    return FAULT_NONE;
}

enum flow_step_result relayed_call_identify(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    return call_proceed(&x->call, identify(x));
}

enum flow_step_result relayed_call_begin_use(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    enum { MINUTE_S = 60 };
    x->minute = x->call.now_s / MINUTE_S;
    x->has_begun = use_book_begin(relay_keeper_uses(x->call.gateway->relays), x->credential.id, x->minute,
                                  x->target->document->target.calls.per_minute);
    if (x->has_begun)
        return FLOW_NEXT;
    x->call.retry_after_s = MINUTE_S - x->call.now_s % MINUTE_S;
    return call_proceed(&x->call, FAULT_CALL_RATE);
}

/* -- what it is */

/* An MCP server's messages are decided about in gateway/mcp, tool by tool: here they would be the bytes of any
 * call, and what its rules keep from the caller would be had by another path. */
static enum fault check_rules(struct relayed_call *x)
{
    struct call *call = &x->call;
    struct policy_call *facts = &x->facts.call;
    struct text label = document_label(x->target->document);
    if (x->target->document->target.mcp.is_server)
        return ladder_fail(&call->ladder, "call_rules", FAULT_CALL_MCP, label, TEXT("it has spec.mcp"));
    if (x->described.fault != FAULT_NONE)
        return x->described.fault;
    if (!call_method_is_plain(x->described.method))
        return FAULT_CALL_METHOD;
    *facts = (struct policy_call){.method = x->described.method, .host = x->described.host};
    if (!call_path_read(call->arena, x->described.request_target, &facts->path)) {
        facts->path = TEXT_NONE;
        return FAULT_CALL_PATH;
    }
    enum fault fault =
        call_rules_ask(call->arena, &x->target->document->target.calls, facts, &x->scopes, &x->needed_scopes);
    if (fault != FAULT_NONE)
        return ladder_fail(&call->ladder, "call_rules", fault, label, x->needed_scopes);
    ladder_pass(&call->ladder, "call_rules", label, TEXT_NONE);
    return FAULT_NONE;
}

enum flow_step_result relayed_call_check_rules(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    return call_proceed(&x->call, check_rules(x));
}

enum flow_step_result relayed_call_decide(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    return call_proceed(&x->call, call_decision_ask(x));
}

enum flow_step_result relayed_call_consult(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    FLOW_AWAIT(flow, &x->consultation.wait, call_decision_consult(x));
    enum fault fault = call_decision_complete(x);
    x->is_let_through = fault == FAULT_NONE;
    return call_proceed(&x->call, fault);
}
