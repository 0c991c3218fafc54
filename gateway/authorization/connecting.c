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
    if (x->go_to.length == 0) {
        flow_wait_done(&x->kept.wait);
        return;
    }
    ledger_entry_begin(&x->kept, call->arena, NULL);
    call->invitation->keep = keep.length != 0 ? keep : TEXT_NONE;
    invitation_advance(&call->reading, &x->change);
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

enum flow_step_result connecting_go(struct flow *flow)
{
    struct connecting *x = (struct connecting *)flow;
    if (x->go_to.length == 0)
        return FLOW_NEXT;
    x->call.is_answered = true;
    page_go_to(x->call.arena, x->call.request, x->go_to, NULL, 0);
    return FLOW_SKIP;
}

/* --- once it is connected --- */

static const struct consent *consent_of(const struct person_call *call)
{
    for (size_t i = 0; i < call->consents.count; i++)
        if (text_equal(call->consents.items[i].id, call->invitation->consent))
            return &call->consents.items[i];
    return NULL;
}

/* Written in any case, so that whoever is disconnecting it now does not take the trace away of what was kept
 * since they asked. */
static void note_connection(struct connecting *x)
{
    struct person_call *call = &x->call;
    const struct consent *consent = consent_of(call);
    const struct consent connected = {.id = call->invitation->consent,
                                      .target = call->invitation->target,
                                      .client = call->invitation->client,
                                      .account = x->account,
                                      .given_at_s = call->now_s};
    x->is_ended = consent == NULL || !person_call_is_live(call, consent);
    consents_note_connection(&call->consents, &connected);
    consents_write(&call->consents, &x->changes[1]);
    person_call_end_consents(call);
    call->entry.transaction.state_count = 2;
}

/* No event: the invitation is over, and the row of consents says that an account was connected, and which. */
static void start_tidying(struct connecting *x)
{
    struct person_call *call = &x->call;
    ledger_entry_begin(&call->entry, call->arena, NULL);
    invitation_remove(&call->reading, &x->changes[0]);
    call->entry.transaction.states = x->changes;
    call->entry.transaction.state_count = 1;
    if (call->adapter->connect != NULL && call->consents.fault == FAULT_NONE)
        note_connection(x);
    ledger_append(call->gateway->store, &call->entry);
}

/* What was waited for before this is waited for anew. */
enum flow_step_result connecting_begin_tidying(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    call->entry = (struct ledger_entry){0};
    call->consents.wait = (struct flow_wait){0};
    call->attempts = 0;
    return FLOW_NEXT;
}

/* Known or not, the account is connected. */
enum flow_step_result connecting_read_consents(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    if (person_call_read_consents(flow) == FLOW_WAIT)
        return FLOW_WAIT;
    call->fault = FAULT_NONE;
    return FLOW_NEXT;
}

/* Whether or not it could be: the account is connected, and nothing else hangs on it. */
enum flow_step_result connecting_tidy(struct flow *flow)
{
    struct connecting *x = (struct connecting *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_tidying(x));
    if (person_call_may_try_again(&x->call))
        return flow_go_back(flow, connecting_read_consents);
    return FLOW_NEXT;
}

static void show_last(struct connecting *x, const char *title, struct text words)
{
    struct person_call *call = &x->call;
    struct page *page = page_begin(call->arena, title);
    page_text(page, words);
    page_fact(page, "Service", call->target->document->name);
    page_fact(page, "Agent's program", person_call_program(call->arena, call->invitation->client));
    if (x->account.length != 0)
        page_fact(page, "Connected account", x->account);
    page_fact(page, "Reference", call->id);
    page_link(page, person_call_path(call, "/connections"), "See or end what is connected");
    person_call_answer_last(call, page, 200);
}

enum flow_step_result connecting_show_done(struct flow *flow)
{
    struct connecting *x = (struct connecting *)flow;
    if (x->is_ended)
        show_last(x, "Ended meanwhile",
                  TEXT("What you agreed to was ended while your account was being connected. No agent may use "
                       "it by that, but the account may be connected still: you can disconnect it."));
    else
        show_last(x, "Done",
                  TEXT("You agreed, and the agent can go on now. If it is still waiting, tell it to try again. "
                       "You can close this page."));
    return FLOW_NEXT;
}
