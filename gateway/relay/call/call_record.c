/* What is kept of a call: one that is let through is counted, and recorded by who forwards it or where a policy
 * says that it has effects; one of a known caller that is refused is recorded, within the budget of its
 * records.
 */
#include "relay/call_consent.h"

#include "lifecycle/budget.h"
#include "json/json_writer.h"

enum { PATH_RECORDED_BYTES = 1024, HOST_RECORDED_BYTES = 256 };

/* A rate is there to keep callers out of the store. */
static bool is_refusal_to_be_recorded(const struct call *call)
{
    return call->fault != FAULT_NONE && call->caller->is_authenticated &&
           fault_row(call->fault)->http_status != 429;
}

static enum fault take_record(struct relayed_call *x)
{
    struct call *call = &x->call;
    const struct budget_limits records = {.records_per_hour = call->caller->limits.records_per_hour};
    if (x->has_record)
        return FAULT_NONE;
    TRY(budget_take(call->gateway->budgets, call->caller->account, &records, call->now_us,
                    &call->retry_after_s));
    x->has_record = true;
    return FAULT_NONE;
}

enum flow_step_result relayed_call_take_record(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    return call_proceed(&x->call, take_record(x));
}

/* What was let through and has effects is recorded, or it is not let through. */
static bool is_to_be_recorded(struct relayed_call *x)
{
    struct call *call = &x->call;
    if (x->is_recorded)
        return false;
    if (call->fault == FAULT_NONE && x->has_effects && !call->flow.caller_has_gone) {
        enum fault fault = take_record(x);
        if (fault == FAULT_NONE)
            return true;
        call->fault = ladder_fail(&call->ladder, "record", fault, TEXT_NONE, TEXT_NONE);
    }
    int64_t before_s = call->retry_after_s; /* a refusal says when it could be otherwise, not when recorded */
    bool is_recorded = is_refusal_to_be_recorded(call) && take_record(x) == FAULT_NONE;
    call->retry_after_s = before_s;
    return is_recorded;
}

static struct text call_json(struct relayed_call *x)
{
    const struct policy_call *call = &x->facts.call;
    struct buffer json = buffer_in(x->call.arena, 256);
    struct json_writer writer = json_writer_on(&json);
    if (x->described.recorded.length != 0)
        return x->described.recorded;
    if (call->path.length == 0)
        return TEXT_NONE; /* it is not known which it was */
    json_begin_object(&writer);
    json_member_text(&writer, "method", call->method);
    json_member_text(&writer, "path", text_beginning(call->path, PATH_RECORDED_BYTES));
    json_member_text_if(&writer, "host", text_beginning(call->host, HOST_RECORDED_BYTES));
    json_end_object(&writer);
    return buffer_text(&json);
}

void relayed_call_describe(struct relayed_call *x, struct record *record)
{
    const struct json_value *source = x->credential.record;
    const struct json_value *subject = json_member(source, TEXT("subject"));
    call_describe(&x->call, record);
    record->kind = TEXT("call");
    record->outcome = TEXT("refused");
    record->subject = (struct record_identity){json_text_of(subject, "iss"), json_text_of(subject, "sub")};
    record->subject_domain = json_text_of(source, "from");
    record->root = json_text_of(source, "root");
    record->parent = x->credential.id;
    record->task = json_text_of(source, "task");
    record->purpose = json_text_of(source, "purpose");
    record->target = x->credential.target->document->name;
    record->target_team = x->credential.target->document->team;
    record->target_domain = x->credential.target->document->target.domain;
    record->audience = json_text_of(source, "audience");
    record->scope_given = json_text_of(source, "scope_given");
    record->call = call_json(x);
    if (x->facts_json.length == 0)
        return;
    record->facts = x->facts_json;
    record->policy_version = policy_book_version(x->call.world->policies.set.book);
}

void relayed_call_begin_entry(struct relayed_call *x, struct text supply, struct ledger_entry *entry)
{
    struct record record = {0};
    struct text *lease = ARENA_NEW(x->call.arena, struct text);
    relayed_call_describe(x, &record);
    *lease = arena_print(x->call.arena, "lease %.*s", TEXT_ARGUMENTS(supply));
    record.outcome = TEXT("done");
    record.stands_on = lease;
    record.stands_on_count = 1;
    ledger_entry_begin(entry, x->call.arena, &record);
}

static void start_recording(struct relayed_call *x)
{
    struct call *call = &x->call;
    /* A caller that leaves early gets no further step; what was not decided is not let through. */
    if (call->fault == FAULT_NONE && !x->is_let_through)
        call->fault = ladder_fail(&call->ladder, "caller_present", FAULT_CALLER_GONE, TEXT_NONE, TEXT_NONE);
    if (x->has_begun)
        use_book_end(relay_keeper_uses(call->gateway->relays), x->credential.id, x->minute,
                     call->fault != FAULT_NONE);
    bool is_recorded = is_to_be_recorded(x);
    if (is_recorded) /* no link leaves without a record */
        call_consent_invite(x);
    if (!is_recorded || call->fault == FAULT_INTERACTION_RATE) {
        flow_wait_done(&x->entry->wait);
        return;
    }
    struct record record = {0};
    relayed_call_describe(x, &record);
    if (call->fault == FAULT_NONE)
        record.outcome = TEXT("done");
    ledger_entry_begin(x->entry, call->arena, &record);
    call_consent_write_invitation(x);
    ledger_append(call->gateway->store, x->entry);
}

/* A refusal that cannot be recorded is one all the same. */
enum flow_step_result relayed_call_record(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    if (x->entry == NULL)
        x->entry = ARENA_NEW(x->call.arena, struct ledger_entry);
    FLOW_AWAIT(flow, &x->entry->wait, start_recording(x));
    if (x->entry->fault != FAULT_NONE)
        x->call.interaction_uri = TEXT_NONE;
    if (x->call.fault == FAULT_NONE && x->entry->fault != FAULT_NONE)
        x->call.fault = ladder_fail(&x->call.ladder, "record", x->entry->fault, TEXT_NONE, TEXT_NONE);
    return FLOW_NEXT;
}
