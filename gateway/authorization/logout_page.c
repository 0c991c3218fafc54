/* POST /logout: ends the session of this browser. It is a token that nobody keeps, so its end is a cutoff of
 * its id, recorded, which every page looks for: a copy of the cookie is worth nothing afterwards either. */
#include "authorization/authorization.h"
#include "exchange/kill.h"
#include "person_call.h"

static void start_storing(struct person_call *call)
{
    struct buffer change = buffer_in(call->arena, 128);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "session", call->session.id);
    json_end_object(&writer);
    struct record record = person_call_describe(call, TEXT("logout"), buffer_text(&change));
    const struct kill kill = {TEXT("lease"), call->session.id, true};
    record.parent = call->session.id;
    call->cutoffs = ARENA_NEW(call->arena, struct store_cutoff);
    *call->cutoffs = kill_cutoff(&kill, call->now_us, true);
    call->cutoffs->expires_at_s = call->session.expires_at_s + call->world->gateway->people_session_s;
    call->cutoffs->record = call->id;
    person_call_begin_entry(call, &call->entry, &record);
    call->entry.transaction.cutoffs = call->cutoffs;
    call->entry.transaction.cutoff_count = 1;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result store_end(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    FLOW_AWAIT(flow, &call->entry.wait, start_storing(call));
    return person_call_proceed(call, person_call_stored(&call->entry));
}

static enum flow_step_result take_effect(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    FLOW_AWAIT(flow, &call->effect.wait, propagation_await_entry(call->gateway, &call->entry, &call->effect));
    return FLOW_NEXT; /* what is committed holds */
}

static enum flow_step_result show(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    const struct response_header gone = {"set-cookie",
                                         browser_cookie_set(call->arena, BROWSER_COOKIE_SESSION, TEXT_NONE, 0)};
    struct page *page = page_begin(call->arena, "Logged out");
    page_text(page,
              TEXT("You are logged out here. At the place where you logged in you may still be logged in."));
    if (browser_cookie_read(call->request, BROWSER_COOKIE_INVITATION).length != 0)
        page_link(page, person_call_path(call, "/consent"),
                  "Go on with the link that was opened in this browser");
    page_link(page, person_call_path(call, "/login"), "Log in");
    call->is_answered = true;
    page_answer(page, call->request, 200, &gone, 1);
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(person_call_read_form),
    FLOW_STEP(person_call_read_session), /* waits: store, where the book is not sure */
    FLOW_STEP(person_call_need_session),
    FLOW_STEP(person_call_check_token),
    FLOW_STEP(store_end),   /* waits: commit */
    FLOW_STEP(take_effect), /* waits: every loop */
    FLOW_STEP(show),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

void logout_page(struct gateway *gateway, struct request *request)
{
    person_call_start(gateway, request, sizeof(struct person_call), steps);
}
