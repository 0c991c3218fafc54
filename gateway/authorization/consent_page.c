/* /consent: for the invitation of this browser and nobody but its person, what an agent wants and until when.
 * GET shows it, POST takes the answer. A yes is one transaction with the invitation's next step, and only then
 * is the adapter asked where the account is connected; so nothing was ever connected that nobody agreed to, and
 * a consent whose account could not be connected stays, harmless: the exchange asks for it again. */
#include "authorization/authorization.h"
#include "base/base64url.h"
#include "connecting.h"
#include "consent_rights.h"
#include "login/login.h"

enum { STATE_BYTES = 32 };

struct consent_call {
    struct connecting connecting; /* first */
    bool is_agreed;
    struct text asked; /* by the agent; the invitation's is what is agreed to, once it is */
    struct consent_rights rights;
    struct text change; /* of the record */
    struct store_state changes[2];
};

/* --- looking --- */

/* Where nobody is logged in, the person's own issuer is asked who they are. */
static enum flow_step_result ask_who(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    if (call->has_session)
        return FLOW_NEXT;
    const struct issuer *issuer = world_issuer(call->world, call->invitation->person.issuer);
    if (issuer == NULL || issuer->is_self || issuer->document->issuer.login.client_id.length == 0)
        return person_call_proceed(call, FAULT_INTERACTION_UNAVAILABLE);
    call->is_answered = true;
    login_begin(call->gateway, call->request, issuer->document->name, TEXT("/consent"));
    return FLOW_SKIP;
}

static enum flow_step_result check_step(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    return person_call_proceed(call, call->invitation->step == INVITATION_OPENED ? FAULT_NONE
                                                                                 : FAULT_INVITATION_UNKNOWN);
}

static int64_t consent_ends_s(const struct person_call *call)
{
    return call->now_s + call->target->document->target.consent_s;
}

static struct text rights_of(struct consent_call *x, struct text asked)
{
    const struct person_call *call = &x->connecting.call;
    x->rights.target = call->invitation->target;
    x->rights.program = call->invitation->client;
    return consent_rights_of(call, asked, &x->rights);
}

static void add_rights(struct consent_call *x, struct page *page)
{
    struct person_call *call = &x->connecting.call;
    struct text asked = call->invitation->scope, rights = rights_of(x, asked);
    page_fact(page, "With the rights",
              rights.length != 0 ? rights : TEXT("(none is named: whatever is usual there)"));
    if (rights.length > asked.length) /* there is more than what is asked for */
        page_fact(page, "Agreed to before", scope_set_text(call->arena, &x->rights.agreed));
}

/* A program that acts in its own name is one thing, so it is named once. */
static bool is_program_itself(const struct person_call *call)
{
    const struct invitation *invitation = call->invitation;
    return invitation->actor.subject.length == 0 ||
           (text_equal(invitation->actor.issuer, call->world->issuer) &&
            text_starts_with(invitation->client, TEXT("client/")) &&
            text_equal(invitation->actor.subject, person_call_client_id(call->world, invitation->client)));
}

static void add_agent(struct person_call *call, struct page *page)
{
    const struct invitation *invitation = call->invitation;
    struct text program = person_call_program(call->arena, invitation->client);
    bool is_one = is_program_itself(call);
    page_fact(page, "Agent", is_one ? program : person_call_identity(call->arena, &invitation->actor));
    if (!is_one)
        page_fact(page, "Through", program);
}

static void add_facts(struct consent_call *x, struct page *page)
{
    struct person_call *call = &x->connecting.call;
    const struct invitation *invitation = call->invitation;
    const struct document *target = call->target->document;
    const struct text_list *audiences = &target->target.audiences;
    add_agent(call, page);
    page_fact(page, "On behalf of", person_call_identity(call->arena, &invitation->person));
    page_fact(page, "Wants to use", target->name);
    if (audiences->count != 0)
        page_fact(page, "At the address", audiences->items[0]);
    add_rights(x, page);
    page_fact(page, "Until", person_call_time(call->arena, consent_ends_s(call)));
    if (invitation->task.length != 0)
        page_fact(page, "Task", invitation->task);
}

static void add_decision(struct person_call *call, struct page *page, const char *decision)
{
    page_hidden(page, "decision", text_of(decision));
    page_hidden(page, "invitation", person_checks_binding(call->gateway->sealer, call->arena, call->ticket));
}

static void add_answers(struct person_call *call, struct page *page)
{
    struct text action = person_call_path(call, "/consent");
    add_decision(call, page, "allow");
    page_main_form(page, action, "Agree", call->session.csrf);
    add_decision(call, page, "deny");
    page_form(page, action, "Do not agree", call->session.csrf);
}

static enum flow_step_result show(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    struct page *page = page_begin(call->arena, "Do you agree?");
    page_text(page,
              TEXT("An agent wants to use a service in your name. Agree only if you know what it is doing "
                   "for you."));
    add_facts((struct consent_call *)flow, page);
    if (call->invitation->purpose.length != 0) {
        page_text(page, TEXT("What for, in the agent's own words, which nobody has checked:"));
        page_quote(page, text_beginning(call->invitation->purpose, 512));
    }
    page_text(page,
              TEXT("No other program gets this. If your account has to be connected, you are taken to the "
                   "service next. You can end it at any time on the page \"Your connections\"."));
    add_answers(call, page);
    page_link(page, person_call_path(call, "/connections"), "Your connections");
    person_call_answer(call, page, 200);
    return FLOW_NEXT;
}

/* --- answering --- */

static enum flow_step_result read_decision(struct flow *flow)
{
    struct consent_call *x = (struct consent_call *)flow;
    struct person_call *call = &x->connecting.call;
    struct text decision = form_value(&call->form, "decision");
    x->is_agreed = text_is(decision, "allow");
    x->asked = call->invitation->scope;
    return person_call_proceed(call, x->is_agreed || text_is(decision, "deny") ? FAULT_NONE
                                                                               : FAULT_PARAMETER_INVALID);
}

static struct text describe_change(const struct consent_call *x)
{
    const struct person_call *call = &x->connecting.call;
    struct buffer change = buffer_in(call->arena, 256);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "does", x->is_agreed ? TEXT("agree") : TEXT("deny"));
    json_member_text(&writer, "session", call->session.id);
    if (x->is_agreed)
        json_member_integer(&writer, "until", consent_ends_s(call));
    json_end_object(&writer);
    return buffer_text(&change);
}

static void agree(struct consent_call *x)
{
    struct person_call *call = &x->connecting.call;
    struct invitation *invitation = call->invitation;
    invitation->scope = rights_of(x, x->asked); /* for the other side, too */
    /* Whether that consent is over is only the store's to say. */
    call->things[PERSON_CALL_THINGS] = (struct store_guard){TEXT("lease"), x->rights.before, 0};
    call->thing_count = PERSON_CALL_THINGS + (x->rights.before.length != 0 ? 1 : 0);
    const struct consent consent = {.id = call->id,
                                    .target = invitation->target,
                                    .client = invitation->client,
                                    .scope = invitation->scope,
                                    .has_connection = call->adapter->connect != NULL,
                                    .is_unfinished = call->adapter->connect != NULL,
                                    .given_at_s = call->now_s,
                                    .expires_at_s = consent_ends_s(call)};
    consents_add(&call->consents, &consent);
    consents_write(&call->consents, &x->changes[0]);
    invitation->step = INVITATION_CONSENTED;
    invitation->consent = call->id;
    invitation->browser_state = base64url_random(call->arena, STATE_BYTES);
    invitation->expires_at_s = call->now_s + call->world->gateway->people_link_s;
    invitation_advance(&call->reading, &x->changes[1]);
}

static void start_recording(struct consent_call *x)
{
    struct person_call *call = &x->connecting.call;
    call->invitation->scope = x->asked; /* again, at another attempt */
    struct record record = person_call_describe_invitation(call, TEXT("consent"), describe_change(x));
    if (x->is_agreed) {
        agree(x);
        record.scope_given = call->invitation->scope;
    } else {
        invitation_remove(&call->reading, &x->changes[1]);
        record.outcome = TEXT("refused");
        record.fault = FAULT_CONSENT_DENIED;
    }
    person_call_begin_entry(call, &call->entry, &record);
    if (x->is_agreed)
        person_call_guard_by_invitation(call, &call->entry);
    person_call_end_consents(call);
    call->entry.transaction.states = x->is_agreed ? x->changes : &x->changes[1];
    call->entry.transaction.state_count = x->is_agreed ? 2 : 1;
    ledger_append(call->gateway->store, &call->entry);
}

/* Rights of a consent that was ended are kept by no later yes, wherever the end was heard of first: what is
 * agreed to then is what was asked for. */
static bool has_lost_before(struct consent_call *x)
{
    struct person_call *call = &x->connecting.call;
    const struct store_guard *ended = call->entry.transaction.cut_off_by;
    if (ended == NULL || x->rights.before.length == 0 ||
        ended - call->entry.transaction.guards != PERSON_CALL_THINGS)
        return false;
    x->rights.ended = x->rights.before;
    person_call_start_over(call);
    return true;
}

static enum flow_step_result record_answer(struct flow *flow)
{
    struct consent_call *x = (struct consent_call *)flow;
    struct person_call *call = &x->connecting.call;
    FLOW_AWAIT(flow, &call->entry.wait, start_recording(x));
    enum fault fault = person_call_stored(&call->entry);
    if (has_lost_before(x) || (fault == FAULT_STORE_CONFLICT && person_call_may_try_again(call)))
        return flow_go_back(flow, person_call_read_consents);
    bool is_over = fault == FAULT_STORE_CONFLICT && call->entry.transaction.stale_state == &x->changes[1];
    if (is_over || fault == FAULT_TOKEN_REVOKED)
        fault = FAULT_INVITATION_UNKNOWN;
    if (fault == FAULT_NONE)
        call->reference = call->id;
    call->reading.version = x->changes[1].version;
    return person_call_proceed(call, fault);
}

/* What was agreed to before by the same client is ended with it, before anybody is told. */
static enum flow_step_result take_effect(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    bool has_ended = call->entry.transaction.cutoff_count != 0;
    FLOW_AWAIT(flow, &call->effect.wait,
               propagation_await_entry(call->gateway, has_ended ? &call->entry : NULL, &call->effect));
    return FLOW_NEXT; /* what is committed holds, whether or not this gateway's loops could be told */
}

static enum flow_step_result finish_denied(struct flow *flow)
{
    struct consent_call *x = (struct consent_call *)flow;
    struct person_call *call = &x->connecting.call;
    if (x->is_agreed)
        return FLOW_NEXT;
    struct page *page = page_begin(call->arena, "You did not agree");
    page_text(
        page,
        TEXT("Nothing was agreed, and nothing was connected. The link is used up. You can close this page."));
    page_fact(page, "Reference", call->id);
    page_link(page, person_call_path(call, "/connections"), "Your connections");
    person_call_answer_last(call, page, 200);
    return FLOW_SKIP;
}

static const struct flow_step show_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(person_call_read_browser),
    FLOW_STEP(person_call_read_session),    /* waits: store, where the book is not sure */
    FLOW_STEP(person_call_find_invitation), /* waits: store */
    FLOW_STEP(check_step),
    FLOW_STEP(ask_who),
    FLOW_STEP(person_call_need_person),
    FLOW_STEP(person_call_find_target),
    FLOW_STEP(person_call_read_consents), /* waits: store */
    FLOW_STEP(show),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

static const struct flow_step answer_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(person_call_read_form),
    FLOW_STEP(person_call_read_browser),
    FLOW_STEP(person_call_read_session), /* waits: store, where the book is not sure */
    FLOW_STEP(person_call_need_session),
    FLOW_STEP(person_call_check_token),
    FLOW_STEP(person_call_check_binding),
    FLOW_STEP(person_call_find_invitation), /* waits: store */
    FLOW_STEP(check_step),
    FLOW_STEP(person_call_need_person),
    FLOW_STEP(person_call_find_target),
    FLOW_STEP(read_decision),
    FLOW_STEP(person_call_read_consents), /* waits: store */
    FLOW_STEP(record_answer),             /* waits: commit */
    FLOW_STEP(take_effect),               /* waits: every loop, if something ended */
    FLOW_STEP(finish_denied),
    FLOW_STEP(connecting_begin),                 /* waits: adapter */
    FLOW_STEP(connecting_keep),                  /* waits: commit */
    FLOW_STEP_ALWAYS(connecting_record_failure), /* waits: commit, if it failed */
    FLOW_STEP(connecting_go),                    /* where there is somewhere to go */
    FLOW_STEP(connecting_begin_tidying),
    FLOW_STEP(connecting_read_consents), /* waits: store */
    FLOW_STEP(connecting_tidy),          /* waits: commit */
    FLOW_STEP(connecting_show_done),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

void consent_page(struct gateway *gateway, struct request *request)
{
    bool is_post = text_is(request_method(request), "POST");
    person_call_start(gateway, request, sizeof(struct consent_call), is_post ? answer_steps : show_steps);
}
