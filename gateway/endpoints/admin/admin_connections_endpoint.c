/* /v1/connections/TARGET: what an adapter keeps for a target, for everybody or for one subject there. GET says
 * what it wants and what it has; POST hands it over; DELETE has it forgotten. What is handed over passes
 * through here once, is in no record and in no answer. Recorded before it is done: a change that nobody knows
 * of is worse than a record of one that failed, and the failure gets its own. What one subject's is forgotten
 * takes along what they agreed to for that target, ended in the same transaction. */
#include "admin_call.h"
#include "consent/consents.h"
#include "exchange/kill.h"
#include "exchange/propagation.h"

struct connection_change {
    struct admin_call call; /* first */
    const struct target *target;
    const struct adapter *adapter;
    const struct json_value *body;
    struct credential_connection connection;
    struct consents consents;        /* of the subject, where what they have is forgotten */
    struct store_state consents_row; /* where any were taken out, live or not */
    struct propagation_wait effect;
    struct ledger_entry failure;
};

static enum admin_right right_for(const struct admin_call *call)
{
    struct text method = request_method(call->request);
    return text_is(method, "GET")      ? ADMIN_RIGHT_READ
           : text_is(method, "DELETE") ? ADMIN_RIGHT_DELETE
                                       : ADMIN_RIGHT_APPLY;
}

/* What a team may not change in a target it does not change beside it either. */
static enum fault check_right(struct connection_change *x)
{
    struct admin_call *call = &x->call;
    const struct document *document = x->target->document;
    enum admin_right right = right_for(call);
    if (right == ADMIN_RIGHT_READ ? admin_call_may_document(call, document, right)
                                  : admin_call_may_change(call, document, right))
        return FAULT_NONE;
    return admin_call_refuse_right(call, right_for(call),
                                   arena_print(call->arena, "Target/%.*s", TEXT_ARGUMENTS(document->name)));
}

static enum flow_step_result resolve(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    struct admin_call *call = &x->call;
    x->target = world_target_named(call->world, admin_call_rest(call, "/v1/connections"));
    if (x->target == NULL)
        return admin_call_proceed(call, FAULT_DOCUMENT_UNKNOWN);
    enum fault fault = check_right(x);
    if (fault != FAULT_NONE)
        return admin_call_proceed(call, fault);
    x->connection.arena = call->arena;
    x->adapter = target_connecting_adapter(x->target, &x->connection.target);
    /* Where consent alone is asked for, that is there to be ended. */
    bool has_nothing = x->adapter->connect == NULL &&
                       (right_for(call) != ADMIN_RIGHT_DELETE || x->target->document->target.consent_s == 0);
    return admin_call_proceed(call, has_nothing ? FAULT_CONNECTION_NONE : FAULT_NONE);
}

static bool is_only_texts(const struct json_value *object)
{
    for (const struct json_value *member = object->first; member != NULL; member = member->next)
        if (!json_is_string(member))
            return false;
    return true;
}

static enum fault read_subject(struct connection_change *x, struct text issuer, struct text subject)
{
    if ((issuer.length == 0) != (subject.length == 0)) {
        x->call.detail = TEXT("A subject is its issuer and its sub; give both, or neither for everybody.");
        return FAULT_PARAMETER_INVALID;
    }
    x->connection.subject = (struct credential_identity){issuer, subject};
    return FAULT_NONE;
}

static enum flow_step_result read_answers(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    struct admin_call *call = &x->call;
    const struct json_value *body = NULL;
    if (request_body_is_too_large(call->request))
        return admin_call_proceed(call, FAULT_REQUEST_TOO_LARGE);
    if (json_parse(call->arena, request_body(call->request), &json_limits_document, &body) != FAULT_NONE)
        return admin_call_proceed(call, FAULT_JSON_INVALID);
    const struct json_value *answers = json_member(body, TEXT("answers"));
    if (answers == NULL || answers->kind != JSON_OBJECT || !is_only_texts(answers)) {
        call->detail = TEXT("Expected {\"answers\":{NAME:\"TEXT\"}}; GET says which names there are.");
        return admin_call_proceed(call, FAULT_PARAMETER_INVALID);
    }
    x->connection.answers = answers;
    const struct json_value *subject = json_member(body, TEXT("subject"));
    return admin_call_proceed(
        call, read_subject(x, json_text_of(subject, "issuer"), json_text_of(subject, "subject")));
}

static enum flow_step_result read_end(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    const struct form *query = &x->call.query;
    x->connection.is_end = true;
    return admin_call_proceed(&x->call,
                              read_subject(x, form_value(query, "issuer"), form_value(query, "subject")));
}

static bool is_of_subject(const struct connection_change *x)
{
    return x->connection.is_end && x->connection.subject.subject.length != 0;
}

static void start_reading_consents(struct connection_change *x)
{
    if (!is_of_subject(x)) {
        flow_wait_done(&x->consents.wait);
        return;
    }
    x->consents.store = x->call.gateway->store;
    x->consents.sealer = x->call.gateway->sealer;
    x->consents.arena = x->call.arena;
    x->consents.person = x->connection.subject;
    consents_read(&x->consents);
}

static enum flow_step_result read_consents(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    FLOW_AWAIT(flow, &x->consents.wait, start_reading_consents(x));
    size_t before = x->consents.count;
    for (size_t i = before; i-- > 0;)
        if (text_equal(x->consents.items[i].target, x->connection.target.name))
            consents_remove(&x->consents, i);
    if (x->consents.count != before)
        consents_write(&x->consents, &x->consents_row);
    return admin_call_proceed(&x->call, x->consents.fault);
}

static void end_consents(struct connection_change *x)
{
    struct admin_call *call = &x->call;
    struct store_transaction *transaction = &call->entry.transaction;
    int64_t until_us = call->now_us + call->world->gateway->kill_clock_margin_s * 1000000;
    size_t count = x->consents.gone_count;
    transaction->states = &x->consents_row;
    transaction->state_count = x->consents_row.key.length != 0 ? 1 : 0;
    if (count == 0)
        return;
    struct store_cutoff *cutoffs = ARENA_ARRAY(call->arena, struct store_cutoff, count);
    for (size_t i = 0; i < count; i++) {
        const struct kill kill = {TEXT("lease"), x->consents.gone[i], true};
        cutoffs[i] = kill_cutoff(&kill, until_us, true);
        cutoffs[i].record = call->id;
    }
    transaction->cutoffs = cutoffs;
    transaction->cutoff_count = count;
}

static struct text describe_change(const struct connection_change *x)
{
    struct buffer change = buffer_in(x->call.arena, 256);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "adapter", x->adapter->name);
    json_member_text(&writer, "does", x->connection.is_end ? TEXT("forget") : TEXT("keep"));
    json_member_text(&writer, "target", x->connection.target.name);
    if (x->connection.subject.subject.length != 0) {
        json_member_text(&writer, "issuer", x->connection.subject.issuer);
        json_member_text(&writer, "subject", x->connection.subject.subject);
    }
    if (x->consents.gone_count != 0)
        json_member_integer(&writer, "consents", (int64_t)x->consents.gone_count);
    json_end_object(&writer);
    return buffer_text(&change);
}

static void start_recording(struct connection_change *x)
{
    admin_call_begin_entry(&x->call, TEXT("connection"), describe_change(x));
    end_consents(x);
    ledger_append(x->call.gateway->store, &x->call.entry);
}

static enum flow_step_result record_change(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_recording(x));
    return admin_call_proceed(&x->call, admin_call_stored(&x->call));
}

static enum flow_step_result take_effect(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    bool has_ended = x->call.entry.transaction.cutoff_count != 0;
    FLOW_AWAIT(flow, &x->effect.wait,
               propagation_await_entry(x->call.gateway, has_ended ? &x->call.entry : NULL, &x->effect));
    return FLOW_NEXT; /* what is committed holds, whether or not this gateway's loops could be told */
}

static void start_handing_over(struct connection_change *x)
{
    if (x->adapter->connect != NULL)
        x->adapter->connect(x->adapter, &x->connection);
    else
        flow_wait_done(&x->connection.wait);
}

static enum flow_step_result hand_over(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    FLOW_AWAIT(flow, &x->connection.wait, start_handing_over(x));
    if (x->connection.fault != FAULT_NONE)
        x->call.detail = x->connection.detail;
    return admin_call_proceed(&x->call, x->connection.fault);
}

/* Only where the change was recorded as done, and was not. */
static void start_recording_failure(struct connection_change *x)
{
    struct admin_call *call = &x->call;
    if (x->connection.fault == FAULT_NONE) {
        flow_wait_done(&x->failure.wait);
        return;
    }
    char *id = arena_allocate(call->arena, IDENTIFIER_SIZE);
    identifier_make(call->now_us, id);
    struct record record = admin_call_describe(call, TEXT("connection"), describe_change(x));
    record.id = (struct text){id, IDENTIFIER_LENGTH};
    record.outcome = TEXT("refused");
    record.fault = x->connection.fault;
    record.parent = call->id;
    ledger_entry_begin(&x->failure, call->arena, &record);
    ledger_append(call->gateway->store, &x->failure);
}

static enum flow_step_result record_failure(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    FLOW_AWAIT(flow, &x->failure.wait, start_recording_failure(x));
    return FLOW_NEXT;
}

static enum flow_step_result respond(struct flow *flow)
{
    struct connection_change *x = (struct connection_change *)flow;
    if (x->call.fault != FAULT_NONE) {
        admin_call_answer_fault(&x->call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "target", x->connection.target.name);
    json_member_text(&writer, "adapter", x->adapter->name);
    if (x->connection.answers == NULL && !x->connection.is_end) {
        json_name(&writer, TEXT("asks"));
        json_write_value(&writer, x->connection.request);
    } else {
        json_member_text(&writer, "does", x->connection.is_end ? TEXT("forget") : TEXT("keep"));
        json_member_text(&writer, "record", x->call.id);
        json_member_text_if(&writer, "fingerprint", x->connection.fingerprint);
        if (is_of_subject(x))
            json_member_integer(&writer, "consents_ended", (int64_t)x->consents.gone_count);
    }
    json_end_object(&writer);
    admin_call_answer(&x->call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step show_steps[] = {
    FLOW_STEP(resolve),
    FLOW_STEP(hand_over),                        /* waits: adapter */
    FLOW_STEP_ALWAYS(admin_call_record_refusal), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

static const struct flow_step keep_steps[] = {
    FLOW_STEP(resolve),
    FLOW_STEP(read_answers),
    FLOW_STEP(record_change),                    /* waits: commit */
    FLOW_STEP(hand_over),                        /* waits: adapter */
    FLOW_STEP_ALWAYS(record_failure),            /* waits: commit, if it failed */
    FLOW_STEP_ALWAYS(admin_call_record_refusal), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

static const struct flow_step forget_steps[] = {
    FLOW_STEP(resolve),
    FLOW_STEP(read_end),
    FLOW_STEP(read_consents),                    /* waits: store */
    FLOW_STEP(record_change),                    /* waits: commit */
    FLOW_STEP(take_effect),                      /* waits: every loop, if something ended */
    FLOW_STEP(hand_over),                        /* waits: adapter */
    FLOW_STEP_ALWAYS(record_failure),            /* waits: commit, if it failed */
    FLOW_STEP_ALWAYS(admin_call_record_refusal), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void admin_connections_endpoint(struct gateway *gateway, struct request *request)
{
    struct text method = request_method(request);
    size_t size = sizeof(struct connection_change);
    if (text_is(method, "GET"))
        admin_call_start(gateway, request, size, show_steps, ADMIN_RIGHT_READ);
    else if (text_is(method, "DELETE"))
        admin_call_start(gateway, request, size, forget_steps, ADMIN_RIGHT_DELETE);
    else
        admin_call_start(gateway, request, size, keep_steps, ADMIN_RIGHT_APPLY);
}
