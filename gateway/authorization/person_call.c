/* The shared beginning and end of every page, and the checks between them. What is recorded is made in
 * person_record.c. */
#include "person_call.h"

#include "base/clock.h"
#include "base/random.h"
#include "lifecycle/stranger_book.h"
#include "refusal_words.h"
#include "runtime/metrics.h"

enum { FORM_BYTES_MAX = 16 * 1024 };

static void dispose(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    world_release(call->world);
    arena_destroy(call->arena); /* and with it the call */
}

struct person_call *person_call_make(struct gateway *gateway, struct request *request, size_t size)
{
    struct arena *arena = arena_create();
    struct person_call *call = arena_allocate(arena, size);
    char *id = arena_allocate(arena, IDENTIFIER_SIZE);
    call->gateway = gateway;
    call->request = request;
    call->arena = arena;
    call->world = world_keeper_take(gateway->worlds);
    call->now_us = clock_wall_us();
    call->now_s = call->now_us / 1000000;
    identifier_make(call->now_us, id);
    call->id = (struct text){id, IDENTIFIER_LENGTH};
    call->is_post = text_is(request_method(request), "POST");
    return call;
}

/* What is begun here goes on when the browser has gone: a person who closes a window has still agreed. */
void person_call_begin(struct person_call *call, const struct flow_step *steps)
{
    flow_start(&call->flow, steps, dispose);
}

void person_call_start(struct gateway *gateway, struct request *request, size_t size,
                       const struct flow_step *steps)
{
    person_call_begin(person_call_make(gateway, request, size), steps);
}

enum flow_step_result person_call_proceed(struct person_call *call, enum fault fault)
{
    if (call->fault == FAULT_NONE)
        call->fault = fault;
    return call->fault == FAULT_NONE ? FLOW_NEXT : FLOW_SKIP;
}

enum flow_step_result person_call_admit(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    return person_call_proceed(call, stranger_book_admit(call->gateway->strangers,
                                                         request_peer_network(call->request), call->now_us,
                                                         &call->retry_after_s));
}

/* --- what was sent --- */

static enum fault read_form(struct person_call *call)
{
    const struct request *request = call->request;
    if (!person_checks_is_own_form(call->world->service_url, request_header(request, "sec-fetch-site", 0),
                                   request_header(request, "origin", 0)))
        return FAULT_FORM_FOREIGN;
    if (request_body_is_too_large(request) || request_body(request).length > FORM_BYTES_MAX)
        return FAULT_REQUEST_TOO_LARGE;
    if (!text_is_media_type(request_header(request, "content-type", 0),
                            TEXT("application/x-www-form-urlencoded")))
        return FAULT_REQUEST_MEDIA_TYPE;
    return form_parse(call->arena, request_body(request), &call->form);
}

enum flow_step_result person_call_read_form(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    return person_call_proceed(call, call->is_post ? read_form(call) : FAULT_NONE);
}

enum flow_step_result person_call_read_browser(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    call->ticket = browser_cookie_read(call->request, BROWSER_COOKIE_INVITATION);
    return person_call_proceed(call,
                               person_checks_is_ticket(call->ticket) ? FAULT_NONE : FAULT_INVITATION_UNKNOWN);
}

/* --- who is there --- */

/* A session's id is that of its login's record, which tells when it began. */
static int64_t session_began_us(const struct person_call *call)
{
    const struct people_session *session = &call->session;
    int64_t at_ms = identifier_time_ms(session->id.base, session->id.length);
    return at_ms >= 0 ? at_ms * 1000
                      : (session->expires_at_s - call->world->gateway->people_session_s) * 1000000;
}

static void start_reading_session(struct person_call *call)
{
    struct gateway *gateway = call->gateway;
    struct people_session *session = &call->session;
    call->has_session = people_session_read(gateway, call->arena, call->request, session) == FAULT_NONE;
    if (!call->has_session) {
        flow_wait_done(&call->liveness.wait);
        return;
    }
    const struct identity person = {session->person.issuer, session->person.subject};
    int64_t began_us = session_began_us(call);
    call->things[0] = (struct store_guard){TEXT("lease"), session->id, 0};
    call->things[1] = (struct store_guard){TEXT("subject"), identity_name(call->arena, &person), began_us};
    call->things[2] = (struct store_guard){TEXT("issuer"), session->person.issuer, began_us};
    call->things[3] = (struct store_guard){TEXT("everything"), call->world->issuer, began_us};
    call->thing_count = PERSON_CALL_THINGS;
    ledger_check_liveness(gateway->store, gateway->cutoffs, call->things, call->thing_count, &call->liveness);
}

/* One that was ended, by its person or by a kill, is none. */
enum flow_step_result person_call_read_session(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    FLOW_AWAIT(flow, &call->liveness.wait, start_reading_session(call));
    const struct issuer *issuer = world_issuer(call->world, call->session.person.issuer);
    call->has_session = call->has_session && !call->liveness.is_cut_off && issuer != NULL && !issuer->is_self &&
                        issuer->document->issuer.is_enabled;
    return person_call_proceed(call, call->liveness.fault);
}

enum flow_step_result person_call_need_session(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    return person_call_proceed(call, call->has_session ? FAULT_NONE : FAULT_SESSION_MISSING);
}

static void start_finding_invitation(struct person_call *call)
{
    call->reading.store = call->gateway->store;
    call->reading.sealer = call->gateway->sealer;
    call->reading.arena = call->arena;
    call->reading.ticket = call->ticket;
    invitation_read(&call->reading);
}

enum flow_step_result person_call_find_invitation(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    FLOW_AWAIT(flow, &call->reading.wait, start_finding_invitation(call));
    enum fault fault = call->reading.fault;
    if (fault == FAULT_NONE)
        call->invitation = &call->reading.invitation;
    return person_call_proceed(call, fault == FAULT_DOCUMENT_UNKNOWN ? FAULT_INVITATION_UNKNOWN : fault);
}

enum flow_step_result person_call_need_person(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    bool is_theirs = person_checks_is_same_person(&call->session.person, &call->invitation->person);
    return person_call_proceed(call, !call->has_session ? FAULT_SESSION_MISSING
                                     : is_theirs        ? FAULT_NONE
                                                        : FAULT_PERSON_OTHER);
}

enum flow_step_result person_call_check_token(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    bool is_good = !call->is_post ||
                   people_session_accepts(call->gateway, &call->session, form_value(&call->form, "csrf"));
    return person_call_proceed(call, is_good ? FAULT_NONE : FAULT_FORM_FOREIGN);
}

enum flow_step_result person_call_check_binding(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    struct text expected = person_checks_binding(call->gateway->sealer, call->arena, call->ticket);
    bool is_good = !call->is_post || person_checks_equal(form_value(&call->form, "invitation"), expected);
    return person_call_proceed(call, is_good ? FAULT_NONE : FAULT_FORM_FOREIGN);
}

/* --- what it is about --- */

void person_call_choose_adapter(struct person_call *call, const struct target *target)
{
    call->target = target;
    call->adapter = target_connecting_adapter(target, &call->adapter_target);
}

enum flow_step_result person_call_find_target(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    const struct target *target = world_target_named(call->world, call->invitation->target);
    if (target == NULL || target->document->target.consent_s == 0 || !target->document->target.is_enabled ||
        !target->is_domain_enabled || !target->is_adapter_enabled)
        return person_call_proceed(call, FAULT_TARGET_DISABLED);
    person_call_choose_adapter(call, target);
    return FLOW_NEXT;
}

static void start_reading_consents(struct person_call *call)
{
    call->consents = (struct consents){.store = call->gateway->store,
                                       .sealer = call->gateway->sealer,
                                       .arena = call->arena,
                                       .person = call->session.person,
                                       .wait = call->consents.wait};
    consents_read(&call->consents);
}

enum flow_step_result person_call_read_consents(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    FLOW_AWAIT(flow, &call->consents.wait, start_reading_consents(call));
    return person_call_proceed(call, call->consents.fault);
}

bool person_call_is_live(const struct person_call *call, const struct consent *consent)
{
    const struct store_guard guard = {TEXT("lease"), consent->id, 0};
    return consent->expires_at_s > call->now_s &&
           cutoff_book_find(cutoff_keeper_book(call->gateway->cutoffs), &guard, 1) == NULL;
}

/* --- what is shown --- */

struct text person_call_program(struct arena *arena, struct text program)
{
    const struct consent_program parts = consent_program_of(program);
    if (parts.client_id.length != 0)
        return arena_print(arena, "%.*s (one of %.*s)", TEXT_ARGUMENTS(parts.client_id),
                           TEXT_ARGUMENTS(parts.name));
    return arena_print(arena, "%s%.*s%s%.*s", text_is(parts.kind, "agent-class") ? "agent class " : "",
                       TEXT_ARGUMENTS(parts.name), parts.team.length != 0 ? " of team " : "",
                       TEXT_ARGUMENTS(parts.team));
}

struct text person_call_path(const struct person_call *call, const char *path)
{
    struct text base = person_checks_base_path(call->world->service_url);
    return arena_print(call->arena, "%.*s%s", TEXT_ARGUMENTS(base), path);
}

struct text person_call_url(const struct person_call *call, const char *path)
{
    return world_url(call->world, call->arena, text_of(path));
}

struct text person_call_time(struct arena *arena, int64_t time_s)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(time_s * 1000000, text);
    return arena_print(arena, "%.10s %.5s UTC", text, text + 11);
}

struct text person_call_identity(struct arena *arena, const struct credential_identity *identity)
{
    return arena_print(arena, "%.*s (at %.*s)", TEXT_ARGUMENTS(identity->subject),
                       TEXT_ARGUMENTS(identity->issuer));
}

void person_call_answer(struct person_call *call, struct page *page, int status)
{
    call->is_answered = true;
    page_answer(page, call->request, status, NULL, 0);
}

void person_call_answer_last(struct person_call *call, struct page *page, int status)
{
    const struct response_header gone = {
        "set-cookie", browser_cookie_set(call->arena, BROWSER_COOKIE_INVITATION, TEXT_NONE, 0)};
    call->is_answered = true;
    page_answer(page, call->request, status, &gone, 1);
}

/* Tickets that are guessed are counted by address, like every stranger (decision 0028). Who shows none guesses
 * none: any page can send browsers here without. */
static void count_refusal(const struct person_call *call)
{
    bool is_guess = call->fault == FAULT_INVITATION_UNKNOWN && person_checks_is_ticket(call->ticket);
    metric_count_fault(call->fault, call->has_session);
    trace_note_reason(fault_row(call->fault)->reason);
    if (is_guess && !call->has_session)
        stranger_book_note(call->gateway->strangers, request_peer_network(call->request), call->fault,
                           call->now_us);
}

static void add_way_on(struct person_call *call, struct page *page)
{
    if (call->fault == FAULT_PERSON_OTHER) {
        page_main_form(page, person_call_path(call, "/logout"), "Log out", call->session.csrf);
        return;
    }
    static const enum fault again[] = {FAULT_SESSION_MISSING, FAULT_LOGIN_STATE,       FAULT_LOGIN_ISSUER,
                                       FAULT_LOGIN_DENIED,    FAULT_LOGIN_UNREACHABLE, FAULT_LOGIN_ANSWER,
                                       FAULT_LOGIN_BARRED,    FAULT_ISSUER_UNREACHABLE};
    bool is_login = false;
    for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
        is_login |= call->fault == again[i];
    if (is_login)
        page_link(page, person_call_path(call, "/login"), "Log in");
}

static void add_words(const struct person_call *call, struct page *page)
{
    const struct refusal_words words = refusal_words_of(call->fault);
    bool has_reference = call->reference.length != 0;
    struct text team = call->target != NULL ? call->target->document->team : TEXT_NONE;
    struct text advice = refusal_advice(call->arena, words.help, team, has_reference);
    page_text(page, words.sentence);
    if (has_reference)
        page_text(page, TEXT("No account was connected. What you agreed to stays until you end it."));
    if (advice.length != 0)
        page_text(page, advice);
}

enum flow_step_result person_call_respond_fault(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    if (call->fault == FAULT_NONE || call->is_answered)
        return FLOW_NEXT;
    const struct fault_row *row = fault_row(call->fault);
    struct response_header retry = {"retry-after",
                                    arena_print(call->arena, "%lld", (long long)call->retry_after_s)};
    struct page *page = page_begin(call->arena, "This did not work");
    count_refusal(call);
    add_words(call, page);
    if (call->reference.length != 0) {
        if (call->target != NULL)
            page_fact(page, "Service", call->target->document->name);
        page_fact(page, "Reference", call->reference);
        page_link(page, person_call_path(call, "/connections"), "See or end what you agreed to");
    }
    add_way_on(call, page);
    call->is_answered = true;
    page_answer(page, call->request, row->http_status, &retry, row->http_status == 429 ? 1 : 0);
    return FLOW_NEXT;
}
