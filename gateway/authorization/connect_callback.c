/* /connect/callback/TARGET: a person is back from the other side (RFC 6749 section 4.1.2). Who they are, which
 * invitation this browser has and for which target, and the state are compared before anything is used; then
 * the invitation takes its last step, recorded, so that what came back works once; only then does the adapter
 * see the code. Which issuer answered (RFC 9207) is the adapter's to compare, which alone knows whom it asked.
 */
#include "authorization/authorization.h"
#include "callback_answer.h"
#include "connecting.h"

struct callback_call {
    struct connecting connecting; /* first */
    struct callback_answer answer;
    struct store_state step;
};

static enum flow_step_result read_answer(struct flow *flow)
{
    struct callback_call *x = (struct callback_call *)flow;
    struct person_call *call = &x->connecting.call;
    enum fault fault = form_parse(call->arena, request_query(call->request), &call->form);
    if (fault == FAULT_NONE)
        fault = callback_answer_read(request_path(call->request), &call->form, &x->answer);
    return person_call_proceed(call, fault);
}

static enum flow_step_result check_answer(struct flow *flow)
{
    struct callback_call *x = (struct callback_call *)flow;
    struct person_call *call = &x->connecting.call;
    return person_call_proceed(call, callback_answer_check(&x->answer, call->invitation));
}

/* Recorded before it is done, as everything that adapters are handed is; a failure gets a record of its own. */
static void start_taking_step(struct callback_call *x)
{
    struct connecting *connecting = &x->connecting;
    struct person_call *call = &connecting->call;
    connecting_describe(connecting);
    struct record record =
        person_call_describe_invitation(call, TEXT("connection"), connecting_change(connecting, "keep"));
    record.parent = call->invitation->consent;
    if (x->answer.error.length != 0) {
        record.outcome = TEXT("refused");
        record.fault = FAULT_CONNECTING_REFUSED;
        invitation_remove(&call->reading, &x->step);
    } else {
        call->invitation->step = INVITATION_FINISHING;
        invitation_advance(&call->reading, &x->step);
    }
    /* What was ended meanwhile is not connected any more. */
    call->things[call->thing_count++] = (struct store_guard){TEXT("lease"), call->invitation->consent, 0};
    person_call_begin_entry(call, &call->entry, &record);
    person_call_guard_by_invitation(call, &call->entry);
    call->entry.transaction.states = &x->step;
    call->entry.transaction.state_count = 1;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result take_step(struct flow *flow)
{
    struct callback_call *x = (struct callback_call *)flow;
    struct person_call *call = &x->connecting.call;
    FLOW_AWAIT(flow, &call->entry.wait, start_taking_step(x));
    enum fault fault = person_call_stored(&call->entry);
    if (fault == FAULT_STORE_CONFLICT || fault == FAULT_TOKEN_REVOKED)
        fault = FAULT_INVITATION_UNKNOWN;
    if (fault == FAULT_NONE)
        call->reference = call->id;
    call->reading.version = x->step.version;
    if (fault == FAULT_NONE && x->answer.error.length != 0)
        fault = FAULT_CONNECTING_REFUSED;
    return person_call_proceed(call, fault);
}

static void start_finishing(struct callback_call *x)
{
    struct credential_connection *connection = &x->connecting.connection;
    const struct adapter *adapter = x->connecting.call.adapter;
    connection->answers = callback_answer_json(&x->answer, x->connecting.call.arena);
    connection->keep = x->connecting.call.invitation->keep;
    x->connecting.is_asked = true;
    if (connection->answers != NULL && adapter->connect != NULL) {
        adapter->connect(adapter, connection);
        return;
    }
    connection->fault = FAULT_CONNECTING_STATE; /* a code that is no text, or the adapter is another by now */
    flow_wait_done(&connection->wait);
}

static enum flow_step_result finish(struct flow *flow)
{
    struct callback_call *x = (struct callback_call *)flow;
    struct credential_connection *connection = &x->connecting.connection;
    FLOW_AWAIT(flow, &connection->wait, start_finishing(x));
    struct text account =
        text_beginning(json_text_of(connection->request, "account"), CONSENT_ACCOUNT_BYTES_MAX);
    x->connecting.account = text_is_printable(account) && account.length != 0 ? account : TEXT_NONE;
    return person_call_proceed(&x->connecting.call, connection->fault);
}

static const struct flow_step steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(read_answer),
    FLOW_STEP(person_call_read_browser),
    FLOW_STEP(person_call_read_session),    /* waits: store, where the book is not sure */
    FLOW_STEP(person_call_find_invitation), /* waits: store */
    FLOW_STEP(person_call_need_person),
    FLOW_STEP(check_answer),
    FLOW_STEP(person_call_find_target),
    FLOW_STEP(take_step),                        /* waits: commit */
    FLOW_STEP(finish),                           /* waits: adapter */
    FLOW_STEP_ALWAYS(connecting_record_failure), /* waits: commit, if it failed */
    FLOW_STEP(connecting_begin_tidying),
    FLOW_STEP(connecting_read_consents), /* waits: store */
    FLOW_STEP(connecting_tidy),          /* waits: commit */
    FLOW_STEP(connecting_show_done),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

void connect_callback(struct gateway *gateway, struct request *request)
{
    person_call_start(gateway, request, sizeof(struct callback_call), steps);
}
