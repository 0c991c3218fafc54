/* See connecting.h. */
#include "connecting.h"

void connecting_describe(struct connecting *x)
{
    struct person_call *call = &x->call;
    struct text name = call->target->document->name;
    x->connection.arena = call->arena;
    x->connection.target = call->adapter_target;
    x->connection.subject = call->invitation->person;
    x->connection.redirect_uri =
        person_call_url(call, arena_print(call->arena, "/connect/callback/%.*s", TEXT_ARGUMENTS(name)).base);
    x->connection.browser_state = call->invitation->browser_state;
    x->connection.scope = call->invitation->scope;
}

static void start_asking(struct connecting *x)
{
    struct person_call *call = &x->call;
    if (call->adapter->connect == NULL) { /* consent alone is wanted */
        flow_wait_done(&x->connection.wait);
        return;
    }
    connecting_describe(x);
    x->is_asked = true;
    call->adapter->connect(call->adapter, &x->connection);
}

enum flow_step_result connecting_begin(struct flow *flow)
{
    struct connecting *x = (struct connecting *)flow;
    FLOW_AWAIT(flow, &x->connection.wait, start_asking(x));
    if (x->connection.fault != FAULT_NONE)
        return person_call_proceed(&x->call, x->connection.fault);
    x->go_to = json_text_of(x->connection.request, "go_to");
    bool is_usable = x->go_to.length == 0 || page_may_go_to(x->go_to);
    return person_call_proceed(&x->call, is_usable ? FAULT_NONE : FAULT_CONNECTING_ANSWER);
}

static void start_keeping(struct connecting *x)
{
    struct person_call *call = &x->call;
    struct text keep = json_text_of(x->connection.request, "keep");
    ledger_entry_begin(&x->kept, call->arena, NULL);
    call->invitation->keep = keep.length != 0 ? keep : TEXT_NONE;
    if (x->go_to.length != 0)
        invitation_advance(&call->reading, &x->change);
    else
        invitation_remove(&call->reading, &x->change);
    x->kept.transaction.states = &x->change;
    x->kept.transaction.state_count = 1;
    ledger_append(call->gateway->store, &x->kept);
}

enum flow_step_result connecting_keep(struct flow *flow)
{
    struct connecting *x = (struct connecting *)flow;
    FLOW_AWAIT(flow, &x->kept.wait, start_keeping(x));
    return person_call_proceed(&x->call, x->kept.fault);
}

struct text connecting_change(const struct connecting *x, const char *does)
{
    struct text detail = text_beginning(x->connection.detail, PERSON_DETAIL_BYTES_MAX);
    struct buffer change = buffer_in(x->call.arena, 256);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "adapter", x->call.adapter->name);
    json_member_text(&writer, "does", text_of(does));
    json_member_text(&writer, "target", x->connection.target.name);
    json_member_text(&writer, "issuer", x->connection.subject.issuer);
    json_member_text(&writer, "subject", x->connection.subject.subject);
    json_member_text_if(&writer, "detail", detail.length != 0 ? detail : TEXT_NONE);
    json_end_object(&writer);
    return buffer_text(&change);
}

/* Under the consent, which stays; the link does not. */
static void start_recording_failure(struct connecting *x)
{
    struct person_call *call = &x->call;
    if (!x->is_asked || call->fault == FAULT_NONE) {
        flow_wait_done(&x->result.wait);
        return;
    }
    struct record record =
        person_call_describe_invitation(call, TEXT("connection"), connecting_change(x, "keep"));
    x->result_id = person_call_another_id(call);
    record.id = x->result_id;
    record.parent = call->id;
    record.outcome = TEXT("refused");
    record.fault = call->fault;
    ledger_entry_begin(&x->result, call->arena, &record);
    invitation_remove(&call->reading, &x->change);
    x->result.transaction.states = &x->change;
    x->result.transaction.state_count = 1;
    ledger_append(call->gateway->store, &x->result);
}

enum flow_step_result connecting_record_failure(struct flow *flow)
{
    struct connecting *x = (struct connecting *)flow;
    FLOW_AWAIT(flow, &x->result.wait, start_recording_failure(x));
    if (x->result_id.length != 0 && x->result.fault == FAULT_NONE)
        x->call.reference = x->result_id; /* the step above it was taken: it says nothing of this */
    return FLOW_NEXT;
}

void connecting_answer_done(struct connecting *x, struct text account)
{
    struct person_call *call = &x->call;
    struct page *page = page_begin(call->arena, "Done");
    page_text(page, TEXT("You agreed, and the agent can go on now: whatever it waits for, it has to ask again. "
                         "You can close this page."));
    page_fact(page, "Service", call->target->document->name);
    page_fact(page, "Agent's program", person_call_program(call->arena, call->invitation->client));
    if (account.length != 0)
        page_fact(page, "Connected account", account);
    page_fact(page, "Reference", call->id);
    page_link(page, person_call_path(call, "/connections"), "See or end what is connected");
    person_call_answer_last(call, page, 200);
}

enum flow_step_result connecting_go(struct flow *flow)
{
    struct connecting *x = (struct connecting *)flow;
    if (x->go_to.length == 0) {
        connecting_answer_done(x, TEXT_NONE);
        return FLOW_NEXT;
    }
    x->call.is_answered = true;
    page_go_to(x->call.arena, x->call.request, x->go_to, NULL, 0);
    return FLOW_NEXT;
}
