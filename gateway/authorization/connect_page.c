/* /connect/TICKET, the link that an agent hands to its person. GET says nothing of anybody and changes nothing,
 * so that a preview of the link does not use it up; POST moves the invitation to this browser, where alone it
 * goes on, and the link is worth nothing from then on. Who the person is comes next, on the consent's page. */
#include "authorization/authorization.h"
#include "person_call.h"

struct connect_call {
    struct person_call call; /* first */
    struct store_state changes[2];
    char browser_ticket[INVITATION_TICKET_SIZE];
};

static enum flow_step_result read_ticket(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    struct text path = request_path(call->request), own = TEXT("/connect/");
    if (path.length > own.length)
        call->ticket = (struct text){path.base + own.length, path.length - own.length};
    return person_call_proceed(call,
                               person_checks_is_ticket(call->ticket) ? FAULT_NONE : FAULT_INVITATION_UNKNOWN);
}

static enum flow_step_result show(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    struct page *page = page_begin(call->arena, "Connect an account");
    struct text path = arena_print(call->arena, "/connect/%.*s", TEXT_ARGUMENTS(call->ticket));
    page_text(page, TEXT("An agent needs the consent of the person it works for before it can go on. This link "
                         "is for that person alone. If it did not come from your own agent, close this page."));
    page_text(page,
              TEXT("Next, you log in and see who wants what. Nothing is agreed until you say so. The link "
                   "works once, and only in the browser in which you go on."));
    page_main_form(page, person_call_path(call, path.base), "Go on", TEXT_NONE);
    person_call_answer(call, page, 200);
    return FLOW_NEXT;
}

static enum flow_step_result check_step(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    return person_call_proceed(call, call->invitation->step == INVITATION_NEW ? FAULT_NONE
                                                                              : FAULT_INVITATION_UNKNOWN);
}

/* No event of its own: what is recorded is what the person then does. */
static void start_opening(struct connect_call *x)
{
    struct person_call *call = &x->call;
    call->invitation->step = INVITATION_OPENED;
    call->invitation->expires_at_s = call->now_s + call->world->gateway->people_link_s;
    invitation_move(&call->reading, x->browser_ticket, x->changes);
    ledger_entry_begin(&call->entry, call->arena, NULL);
    call->entry.transaction.states = x->changes;
    call->entry.transaction.state_count = 2;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result open_here(struct flow *flow)
{
    struct connect_call *x = (struct connect_call *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_opening(x));
    enum fault fault = x->call.entry.fault;
    return person_call_proceed(&x->call, fault == FAULT_STORE_CONFLICT ? FAULT_INVITATION_UNKNOWN : fault);
}

/* A page and no redirect: the next one may lead to a login at another origin. */
static enum flow_step_result go_on(struct flow *flow)
{
    struct connect_call *x = (struct connect_call *)flow;
    struct person_call *call = &x->call;
    const struct response_header cookie = {
        "set-cookie", browser_cookie_set(call->arena, BROWSER_COOKIE_INVITATION, text_of(x->browser_ticket),
                                         call->world->gateway->people_link_s * PERSON_CALL_LINK_STEPS)};
    call->is_answered = true;
    page_go_to(call->arena, call->request, person_call_url(call, "/consent"), &cookie, 1);
    return FLOW_NEXT;
}

static const struct flow_step show_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(read_ticket),
    FLOW_STEP(show),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

static const struct flow_step open_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(person_call_read_form),
    FLOW_STEP(read_ticket),
    FLOW_STEP(person_call_find_invitation), /* waits: store */
    FLOW_STEP(check_step),
    FLOW_STEP(open_here), /* waits: commit */
    FLOW_STEP(go_on),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

void connect_page(struct gateway *gateway, struct request *request)
{
    bool is_post = text_is(request_method(request), "POST");
    person_call_start(gateway, request, sizeof(struct connect_call), is_post ? open_steps : show_steps);
}
