/* What comes of it: a consent, if there is none that covers what is asked for, then the code, each with its
 * record and guarded by all that it stands on, then the way back. The consent is committed first: there is no
 * code that nobody agreed to. */
#include "base/random.h"
#include "code/authorize_call.h"
#include "code/redirect_uri.h"
#include "exchange/call.h"
#include "runtime/metrics.h"

#include <string.h>

/* --- what is there --- */

int64_t authorize_consent_ends_s(const struct authorize_call *x)
{
    const struct person_call *call = &x->call;
    int64_t own_s = call->target->document->target.consent_s;
    return call->now_s + (own_s != 0 ? own_s : call->world->gateway->authorization.consent_s);
}

static void use_consent(struct authorize_call *x, const struct consent *consent)
{
    x->consent = consent->id;
    x->consent_expires_at_s = consent->expires_at_s;
}

enum flow_step_result authorize_find_consent(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct person_call *call = &x->call;
    struct scope_set asked;
    if (person_call_read_consents(flow) == FLOW_WAIT)
        return FLOW_WAIT;
    enum fault fault =
        call->consents.fault != FAULT_NONE ? call->consents.fault : scope_set_parse(x->scope, &asked);
    if (fault != FAULT_NONE)
        return person_call_proceed(call, fault);
    const struct consent *consent =
        consents_find(&call->consents, call->target->document->name, x->program, &asked, call->now_s);
    x->rights.target = call->target->document->name;
    x->rights.program = x->program;
    x->consent = TEXT_NONE;
    if (consent != NULL && person_call_is_live(call, consent) && !text_equal(consent->id, x->rights.ended))
        use_consent(x, consent);
    return FLOW_NEXT;
}

/* --- what is recorded --- */

/* Whose client it is, in which tree: that of the login, so that all that comes of it is found together. */
static struct record describe(struct authorize_call *x, const char *kind, struct text change)
{
    struct person_call *call = &x->call;
    struct record record = person_call_describe(call, text_of(kind), change);
    struct record_identity *client = ARENA_NEW(call->arena, struct record_identity);
    *client = (struct record_identity){call->world->issuer, x->request.client_id};
    record.client = x->request.client_id;
    record.team = x->client->document->team;
    record.chain = client;
    record.chain_length = 1;
    record.root = x->claims.root;
    record.subject_fingerprint = x->claims.fingerprint;
    record.scope_asked = x->request.scope_text;
    return record;
}

/* Nothing is agreed to, or given, for whom or for what a kill stands. lease: a consent that has to be there. */
static void guard(struct authorize_call *x, struct ledger_entry *entry, struct text lease)
{
    struct person_call *call = &x->call;
    const struct identity client = {call->world->issuer, x->request.client_id};
    x->standing = (struct standing){.arena = call->arena, .world = call->world};
    x->standing.fault = FAULT_SESSION_MISSING;
    for (size_t i = 0; i < call->thing_count; i++)
        standing_add(&x->standing, call->things[i].kind, call->things[i].id, call->things[i].issued_at_us);
    standing_add(&x->standing, TEXT("root"), x->claims.root, 0);
    x->standing.fault = FAULT_AUTHORIZE_CLIENT_OFF;
    standing_add_client(&x->standing, x->request.client_id, call->now_us);
    standing_add_actors(&x->standing, &client, 1, call->now_us, call->now_us);
    x->standing.fault = FAULT_TARGET_BARRED;
    standing_add_target(&x->standing, call->target, call->now_us);
    x->standing.fault = FAULT_CONSENT_UNKNOWN;
    if (lease.length != 0)
        standing_add(&x->standing, TEXT("lease"), lease, 0);
    entry->transaction.guards = x->standing.things;
    entry->transaction.guard_count = x->standing.count;
}

static enum fault stored(const struct authorize_call *x, const struct ledger_entry *entry)
{
    const struct store_guard *ended = entry->transaction.cut_off_by;
    return entry->fault == FAULT_TOKEN_REVOKED && ended != NULL ? standing_fault(&x->standing, ended)
                                                                : entry->fault;
}

/* --- the consent --- */

static struct text describe_consent(const struct authorize_call *x)
{
    struct buffer change = buffer_in(x->call.arena, 256);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "does", x->is_agreed ? TEXT("agree") : TEXT("deny"));
    json_member_text(&writer, "session", x->call.session.id);
    json_member_text(&writer, "redirect_uri", x->request.redirect_uri);
    if (x->is_agreed)
        json_member_integer(&writer, "until", authorize_consent_ends_s(x));
    json_end_object(&writer);
    return buffer_text(&change);
}

static void agree(struct authorize_call *x, struct record *record)
{
    struct person_call *call = &x->call;
    const struct consent consent = {.id = call->id,
                                    .target = x->rights.target,
                                    .client = x->program,
                                    .scope = consent_rights_of(call, x->scope, &x->rights),
                                    .given_at_s = call->now_s,
                                    .expires_at_s = authorize_consent_ends_s(x)};
    record->scope_given = consent.scope;
    consents_add(&call->consents, &consent);
    consents_write(&call->consents, &x->consents);
}

static void start_recording(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    struct record record = describe(x, "consent", describe_consent(x));
    if (x->consent.length != 0 && x->is_agreed) {
        flow_wait_done(&call->entry.wait);
        return;
    }
    if (x->is_agreed) {
        agree(x, &record);
    } else {
        record.outcome = TEXT("refused");
        record.fault = FAULT_CONSENT_DENIED;
    }
    ledger_entry_begin(&call->entry, call->arena, &record);
    guard(x, &call->entry, x->is_agreed ? x->rights.before : TEXT_NONE);
    if (x->is_agreed) {
        person_call_end_consents(call);
        call->entry.transaction.states = &x->consents;
        call->entry.transaction.state_count = 1;
    }
    ledger_append(call->gateway->store, &call->entry);
}

/* Rights of a consent that was ended are kept by no later yes (consent_page.c). */
static bool has_lost_before(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    const struct store_guard *ended = call->entry.transaction.cut_off_by;
    bool is_before = ended != NULL && x->rights.before.length != 0 && text_is(ended->kind, "lease") &&
                     text_equal(ended->id, x->rights.before);
    if (!is_before)
        return false;
    x->rights.ended = x->rights.before;
    person_call_start_over(call);
    return true;
}

enum flow_step_result authorize_record_consent(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct person_call *call = &x->call;
    FLOW_AWAIT(flow, &call->entry.wait, start_recording(x));
    enum fault fault = stored(x, &call->entry);
    if (has_lost_before(x) || (fault == FAULT_STORE_CONFLICT && person_call_may_try_again(call)))
        return flow_go_back(flow, authorize_find_consent);
    if (fault == FAULT_NONE && !x->is_agreed)
        fault = FAULT_CONSENT_DENIED;
    if (fault == FAULT_NONE && x->consent.length == 0) {
        x->consent = call->id;
        x->consent_expires_at_s = authorize_consent_ends_s(x);
    }
    return person_call_proceed(call, fault);
}

enum flow_step_result authorize_take_effect(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    bool has_ended = call->entry.transaction.cutoff_count != 0;
    FLOW_AWAIT(flow, &call->effect.wait,
               propagation_await_entry(call->gateway, has_ended ? &call->entry : NULL, &call->effect));
    return FLOW_NEXT; /* what is committed holds */
}

/* --- the code --- */

static struct text describe_code(const struct authorize_call *x)
{
    struct buffer change = buffer_in(x->call.arena, 256);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "does", TEXT("give_code"));
    json_member_text(&writer, "session", x->call.session.id);
    json_member_text(&writer, "consent", x->consent);
    json_member_text(&writer, "redirect_uri", x->request.redirect_uri);
    json_end_object(&writer);
    return buffer_text(&change);
}

/* A registration lives on by being used. */
static size_t prolong(struct authorize_call *x, struct store_state *change)
{
    const struct person_call *call = &x->call;
    int64_t until_s = call->now_s + call->world->gateway->authorization.registration_s;
    if (x->registered.client_id.length == 0 || until_s - x->registered.expires_at_s < 3600)
        return 0;
    registered_client_prolong(&x->registered, until_s, change);
    return 1;
}

static enum fault make_code(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    const struct authorization_code code = {.id = x->code_id,
                                            .client_id = x->request.client_id,
                                            .redirect_uri = x->request.redirect_uri,
                                            .challenge = x->request.challenge,
                                            .target = call->target->document->name,
                                            .resource = x->request.resource,
                                            .scope = x->scope,
                                            .consent = x->consent,
                                            .consent_expires_at_s = x->consent_expires_at_s,
                                            .person = call->session.person,
                                            .claims = x->claims.claims,
                                            .root = x->claims.root,
                                            .fingerprint = x->claims.fingerprint,
                                            .expires_at_s = call->now_s + AUTHORIZATION_CODE_S};
    bool is_made = authorization_code_make(call->gateway->sealer, call->arena, &code, x->code, &x->given[0]);
    return is_made ? FAULT_NONE : FAULT_LOGIN_ANSWER;
}

/* Any page can send a browser here whose person has agreed before; each time is a record, within the budgets of
 * client and team. */
static enum fault take_budget(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    const struct caller client = {
        .document = x->client->document, .account = x->client->account, .limits = x->client->limits};
    return caller_take_budget(&client, false, call->gateway, call->world, call->now_us, &call->retry_after_s);
}

static void start_giving(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    x->code_id = person_call_another_id(call);
    x->giving.fault = take_budget(x);
    if (x->giving.fault == FAULT_NONE)
        x->giving.fault = make_code(x);
    if (x->giving.fault != FAULT_NONE) {
        flow_wait_done(&x->giving.wait);
        return;
    }
    struct record record = describe(x, "authorization", describe_code(x));
    record.id = x->code_id;
    record.parent = x->consent;
    record.scope_given = x->scope;
    ledger_entry_begin(&x->giving, call->arena, &record);
    guard(x, &x->giving, x->consent);
    x->giving.transaction.states = x->given;
    x->giving.transaction.state_count = 1 + prolong(x, &x->given[1]);
    ledger_append(call->gateway->store, &x->giving);
}

enum flow_step_result authorize_give_code(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    FLOW_AWAIT(flow, &x->giving.wait, start_giving(x));
    return person_call_proceed(&x->call, stored(x, &x->giving));
}

/* --- the way back --- */

static void send_back(struct authorize_call *x, const struct redirect_answer *answer)
{
    struct person_call *call = &x->call;
    struct text url = redirect_uri_with(call->arena, x->request.redirect_uri, answer);
    call->is_answered = true;
    if (call->is_post || !page_may_go_to(url)) {
        page_go_to(call->arena, call->request, url, NULL, 0);
        return;
    }
    const struct response_header location = {"location", url};
    struct page *page = page_begin(call->arena, "Going on");
    page_link(page, url, "Go on");
    page_answer(page, call->request, 303, &location, 1);
}

enum flow_step_result authorize_go_back(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    const struct redirect_answer answer = {
        .code = text_of(x->code), .state = x->request.state, .issuer = x->call.world->issuer};
    send_back(x, &answer);
    return FLOW_NEXT;
}

/* What the person can do something about, and the client nothing. */
static bool is_persons(enum fault fault)
{
    static const enum fault persons[] = {FAULT_SESSION_MISSING, FAULT_FORM_FOREIGN, FAULT_AUTHORIZE_LOGIN,
                                         FAULT_ADDRESS_RATE,    FAULT_BUDGET_RATE,  FAULT_BUDGET_RECORDS};
    for (size_t i = 0; i < sizeof(persons) / sizeof(persons[0]); i++)
        if (fault == persons[i])
            return true;
    return false;
}

/* Anybody may name themselves: who has not been agreed to sends nobody elsewhere by our leave (RFC 9700 section
 * 4.11.2). The person may go, and sees where. */
static void offer_way_back(struct authorize_call *x, const struct redirect_answer *answer)
{
    struct person_call *call = &x->call;
    struct text url = redirect_uri_with(call->arena, x->request.redirect_uri, answer);
    struct text host = redirect_uri_host(x->request.redirect_uri);
    struct page *page = page_begin(call->arena, "This did not work");
    page_text(page, TEXT("The program that sent you here asked for something that it cannot have here. You did "
                         "nothing wrong, and nothing was agreed."));
    page_text(page, answer->description);
    page_link(page, url, arena_print(call->arena, "Go back to %.*s", TEXT_ARGUMENTS(host)).base);
    person_call_answer(call, page, fault_row(call->fault)->http_status);
}

enum flow_step_result authorize_respond_fault(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct person_call *call = &x->call;
    if (call->fault == FAULT_NONE || call->is_answered)
        return FLOW_NEXT;
    if (!x->may_go_back || is_persons(call->fault))
        return person_call_respond_fault(flow);
    const struct fault_row *row = fault_row(call->fault);
    const struct redirect_answer answer = {.error = text_of(row->oauth_error),
                                           .description = text_of(row->sentence),
                                           .state = x->request.state,
                                           .issuer = call->world->issuer};
    metric_count_fault(call->fault, call->has_session);
    trace_note_reason(row->reason);
    if (x->is_class && !x->is_decided)
        offer_way_back(x, &answer);
    else
        send_back(x, &answer);
    return FLOW_NEXT;
}
