/* GET /login/callback/NAME: a browser is back from where its person logged in. What it brings is believed only
 * with the cookie and the state of a login that was begun in it; that login is used up before the code is sent
 * on; the ID Token that comes for the code goes through the one verification pipeline, against this login's
 * issuer, client and nonce. */
#include <string.h>

#include "authorization/authorization.h"
#include "base/clock.h"
#include "base/log.h"
#include "exchange/standing.h"
#include "lifecycle/stranger_book.h"
#include "login/login.h"
#include "login/login_claims.h"
#include "login/login_discovery.h"
#include "login/login_messages.h"
#include "person_call.h"
#include "session_token.h"
#include "trust/verification.h"

struct code_request {
    struct flow_wait wait;
    struct arena *arena;
    enum fault fault;
    int status;
    struct text body;
    char problem[160];
};

struct login_callback {
    struct person_call call; /* first */
    struct form query;
    struct login_answer answer;
    struct login_state_reading reading;
    const struct issuer *issuer;
    struct store_state row;
    struct code_request code;
    struct verification_rules rules;
    struct verification verification;
    enum fault token_fault; /* why the ID Token was no good: for the log */
    bool is_known;          /* it was verified: what follows is recorded */
    struct standing standing;
    struct store_counter checked_epoch;
    struct text cookie;
    struct store_state claims; /* what the issuer said, for codes that the person gives */
};

/* --- what came back, and to which login --- */

static enum flow_step_result read_answer(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    struct person_call *call = &x->call;
    struct text path = request_path(call->request), own = TEXT("/login/callback/");
    struct text name = text_starts_with(path, own)
                           ? (struct text){path.base + own.length, path.length - own.length}
                           : TEXT_NONE;
    bool is_form = form_parse(call->arena, request_query(call->request), &x->query) == FAULT_NONE;
    return person_call_proceed(call,
                               is_form ? login_answer_read(name, &x->query, &x->answer) : FAULT_LOGIN_STATE);
}

static void start_reading(struct login_callback *x)
{
    struct person_call *call = &x->call;
    x->reading.store = call->gateway->store;
    x->reading.sealer = call->gateway->sealer;
    x->reading.arena = call->arena;
    x->reading.ticket = browser_cookie_read(call->request, LOGIN_STATE_COOKIE);
    login_state_read(&x->reading);
}

/* The issuer's document may have changed meanwhile: an answer is for the one that was asked. */
static enum fault find_issuer(struct login_callback *x)
{
    const struct login_state *state = &x->reading.state;
    x->issuer = login_issuer(x->call.world, state->issuer_name);
    return x->issuer != NULL && text_equal(x->issuer->document->issuer.issuer, state->issuer)
               ? FAULT_NONE
               : FAULT_LOGIN_UNKNOWN;
}

static enum flow_step_result find_login(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    FLOW_AWAIT(flow, &x->reading.wait, start_reading(x));
    enum fault fault = x->reading.fault;
    if (fault == FAULT_NONE)
        fault = login_answer_check(&x->answer, &x->reading.state);
    if (fault == FAULT_NONE)
        fault = find_issuer(x);
    return person_call_proceed(&x->call, fault);
}

static void start_using_up(struct login_callback *x)
{
    struct person_call *call = &x->call;
    login_state_use_up(&x->reading, &x->row);
    ledger_entry_begin(&call->entry, call->arena, NULL);
    call->entry.transaction.states = &x->row;
    call->entry.transaction.state_count = 1;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result use_up(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    struct person_call *call = &x->call;
    FLOW_AWAIT(flow, &call->entry.wait, start_using_up(x));
    enum fault fault = call->entry.fault == FAULT_STORE_CONFLICT ? FAULT_LOGIN_STATE : call->entry.fault;
    call->entry = (struct ledger_entry){0}; /* a wait is used once, and the session has one of its own */
    if (fault == FAULT_NONE && x->answer.error.length != 0)
        fault = FAULT_LOGIN_DENIED;
    return person_call_proceed(call, fault);
}

/* --- the code for tokens --- */

static void on_tokens(const struct http_answer *answer, void *context)
{
    struct code_request *code = context;
    code->fault = answer->fault;
    code->status = answer->status;
    if (answer->fault == FAULT_NONE)
        code->body = arena_copy(code->arena, answer->body);
    memcpy(code->problem, answer->detail, sizeof(code->problem));
    flow_wait_done(&code->wait);
}

static void send_code(struct login_callback *x)
{
    struct person_call *call = &x->call;
    struct text headers[3] = {TEXT("content-type: application/x-www-form-urlencoded"),
                              TEXT("accept: application/json")};
    size_t header_count = 2;
    struct text client = login_client_header(call->arena, x->issuer);
    if (client.length != 0)
        headers[header_count++] = client;
    const struct http_request request = {
        .url = x->reading.state.token_endpoint,
        .method = TEXT("POST"),
        .headers = headers,
        .header_count = header_count,
        .body = login_code_form(call->arena, call->world->service_url, x->issuer, &x->reading.state,
                                x->answer.code),
        .answer_limit = LOGIN_ANSWER_BYTES_MAX,
        .timeout_ms = LOGIN_TIMEOUT_MS,
    };
    x->code.arena = call->arena;
    http_client_send(people_keeper_client(call->gateway->people), &request, on_tokens, &x->code);
}

/* Nobody may come in by what only the keys of ours or of another issuer vouch for. */
static struct verification_rules make_rules(const struct login_callback *x)
{
    return (struct verification_rules){
        .use = TOKEN_USE_SUBJECT,
        .declared_type = TOKEN_TYPE_ID_TOKEN,
        .issuers = &x->issuer,
        .issuer_count = 1,
        .own_issuer = x->call.world->issuer,
        .client_id = x->issuer->document->issuer.login.client_id,
        .login_nonce = x->reading.state.nonce,
        .chain_depth = 0, /* who logs in is there in person: nobody acts for them */
        .now_s = x->call.now_s,
    };
}

static enum flow_step_result refuse_token(struct login_callback *x, enum fault fault)
{
    x->token_fault = fault;
    return person_call_proceed(
        &x->call, fault == FAULT_NONE || fault == FAULT_ISSUER_UNREACHABLE ? fault : FAULT_LOGIN_ANSWER);
}

static enum flow_step_result fetch_tokens(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    struct person_call *call = &x->call;
    FLOW_AWAIT(flow, &x->code.wait, send_code(x));
    struct text id_token;
    if (x->code.fault != FAULT_NONE)
        return person_call_proceed(call, FAULT_LOGIN_UNREACHABLE);
    enum fault fault = login_tokens_read(call->arena, x->code.status, x->code.body, &id_token);
    if (fault != FAULT_NONE)
        return person_call_proceed(call, fault);
    x->rules = make_rules(x);
    return refuse_token(x, verification_identify(call->arena, id_token, &x->rules, &x->verification));
}

static enum flow_step_result verify(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    FLOW_AWAIT(flow, &x->verification.lookup.wait, verification_find_key(&x->verification, &x->rules));
    enum fault fault = verification_complete(x->call.arena, &x->rules, &x->verification);
    x->is_known = fault == FAULT_NONE;
    return refuse_token(x, fault);
}

/* --- the session --- */

/* By a kill of anything that the token or the session stands on. */
static enum fault check_standing(struct login_callback *x)
{
    struct person_call *call = &x->call;
    const struct cutoff_book *book = cutoff_keeper_book(call->gateway->cutoffs);
    x->standing = (struct standing){.arena = call->arena, .world = call->world, .fault = FAULT_LOGIN_BARRED};
    standing_add_foreign_token(&x->standing, &x->verification.token, call->now_us);
    x->checked_epoch = cutoff_book_epoch(book);
    return cutoff_book_find(book, x->standing.things, x->standing.count) == NULL ? FAULT_NONE
                                                                                 : FAULT_LOGIN_BARRED;
}

static enum flow_step_result make_session(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    struct person_call *call = &x->call;
    const struct verified_token *token = &x->verification.token;
    call->session = (struct people_session){
        .id = call->id,
        .issuer_name = x->issuer->document->name,
        .person = {token->identity.issuer, token->identity.subject},
        .expires_at_s = call->now_s + call->world->gateway->people_session_s,
    };
    x->cookie =
        people_session_begin(call->gateway, call->arena, call->world->issuer, &call->session, call->now_s);
    return person_call_proceed(call, x->cookie.length == 0 ? FAULT_LOGIN_ANSWER : check_standing(x));
}

static void keep_claims(struct login_callback *x)
{
    struct person_call *call = &x->call;
    if (!login_claims_keep(call->gateway->sealer, call->arena, call->session.id, &x->verification.token,
                           call->session.expires_at_s, &x->claims))
        return;
    call->entry.transaction.states = &x->claims;
    call->entry.transaction.state_count = 1;
}

/* Of whom nothing is known only the count is kept (decision 0028). */
static void start_recording(struct login_callback *x)
{
    struct person_call *call = &x->call;
    const struct verified_token *token = &x->verification.token;
    bool is_granted = call->fault == FAULT_NONE;
    if (!x->is_known) {
        flow_wait_done(&call->entry.wait);
        return;
    }
    struct record record = person_call_describe(call, TEXT("login"), TEXT_NONE);
    record.outcome = is_granted ? TEXT("granted") : TEXT("refused");
    record.fault = call->fault;
    record.client = TEXT(PEOPLE_AUDIENCE);
    record.client_method = TEXT("id_token");
    record.subject_fingerprint = token->fingerprint;
    record.root = token->root;
    record.subject_domain = token->issuer->document->issuer.domain;
    record.audience = TEXT(PEOPLE_AUDIENCE);
    record.expires_at_s = is_granted ? call->session.expires_at_s : 0;
    ledger_entry_begin(&call->entry, call->arena, &record);
    if (is_granted) {
        call->entry.transaction.guards = x->standing.things;
        call->entry.transaction.guard_count = x->standing.count;
        call->entry.transaction.checked_epoch = x->checked_epoch;
        keep_claims(x);
    }
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result record_login(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    struct person_call *call = &x->call;
    FLOW_AWAIT(flow, &call->entry.wait, start_recording(x));
    enum fault fault = x->is_known ? call->entry.fault : FAULT_NONE;
    return person_call_proceed(call, fault == FAULT_TOKEN_REVOKED ? FAULT_LOGIN_BARRED : fault);
}

/* --- the answer --- */

static enum flow_step_result enter(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    struct person_call *call = &x->call;
    if (call->fault != FAULT_NONE)
        return FLOW_NEXT;
    login_budget_give_back(people_keeper_budget(call->gateway->people), request_peer_network(call->request),
                           call->world->gateway->strangers.refusals_per_minute, clock_monotonic_us());
    struct text path = person_call_path(call, arena_copy(call->arena, x->reading.state.return_path).base);
    const struct response_header headers[] = {
        {"set-cookie", browser_cookie_set(call->arena, BROWSER_COOKIE_SESSION, x->cookie,
                                          call->world->gateway->people_session_s)},
        {"set-cookie", browser_cookie_set(call->arena, LOGIN_STATE_COOKIE, TEXT_NONE, 0)},
        {"location", path},
    };
    struct page *page = page_begin(call->arena, "Logged in");
    page_link(page, path, "Go on");
    call->is_answered = true;
    page_answer(page, call->request, 303, headers, 3);
    return FLOW_NEXT;
}

static void log_refusal(const struct login_callback *x)
{
    const struct person_call *call = &x->call;
    enum fault why = x->token_fault != FAULT_NONE ? x->token_fault : call->fault;
    LOG(LOG_WARNING, "login_refused", log_text("issuer", x->reading.state.issuer),
        log_text("reason", text_of(fault_row(why)->reason)), log_text("said", x->answer.error),
        log_number("status", x->code.status), log_text("problem", text_of(x->code.problem)));
}

/* What no login of ours was behind is one address's guess, if it shows a ticket: any page can send browsers
 * here without. What one was behind is for operators to see. */
static enum flow_step_result count(struct flow *flow)
{
    struct login_callback *x = (struct login_callback *)flow;
    struct person_call *call = &x->call;
    verification_dispose(&x->verification);
    if (call->fault == FAULT_NONE || call->fault == FAULT_ADDRESS_RATE)
        return FLOW_NEXT;
    if (x->issuer != NULL)
        log_refusal(x);
    if (!x->is_known && person_checks_is_ticket(x->reading.ticket) && fault_row(call->fault)->http_status < 500)
        stranger_book_note(call->gateway->strangers, request_peer_network(call->request), call->fault,
                           call->now_us);
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(read_answer),
    FLOW_STEP(find_login),   /* waits: store */
    FLOW_STEP(use_up),       /* waits: commit */
    FLOW_STEP(fetch_tokens), /* waits: the issuer's token endpoint */
    FLOW_STEP(verify),       /* waits: keys */
    FLOW_STEP(make_session),
    FLOW_STEP_ALWAYS(record_login), /* waits: commit */
    FLOW_STEP_ALWAYS(enter),
    FLOW_STEP_ALWAYS(count),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

void login_callback(struct gateway *gateway, struct request *request)
{
    person_call_start(gateway, request, sizeof(struct login_callback), steps);
}
