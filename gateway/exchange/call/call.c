/* The shared beginning and end of every call: form, client, budget, answer. */
#include "exchange/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "lifecycle/stranger_book.h"
#include "runtime/metrics.h"

/* What these usually take; more is no mistake. */
enum { LADDER_BYTES = 1536, ANSWER_BYTES = 512 };

static void dispose(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    if (call->release != NULL)
        call->release(call);
    client_authentication_dispose(&call->authentication);
    key_ring_release(call->gateway->key_ring, call->keys);
    world_release(call->world);
    call_join_arenas(call);
    arena_destroy(call->own); /* and with it the call */
}

void call_part_arenas(struct call *call)
{
    call->arena = call->authentication.arena = arena_create();
}

void call_join_arenas(struct call *call)
{
    if (call->arena != call->own)
        arena_destroy(call->arena);
    call->arena = call->authentication.arena = call->own;
}

static void note_gone(void *context)
{
    flow_caller_gone(context);
}

struct call *call_make(struct gateway *gateway, struct request *request, size_t size,
                       void (*release)(struct call *call))
{
    struct arena *arena = arena_create();
    struct call *call = arena_allocate(arena, size);
    char *id = arena_allocate(arena, IDENTIFIER_SIZE);
    call->gateway = gateway;
    call->request = request;
    call->address = request_peer_address(request);
    call->own = call->arena = arena;
    call->release = release;
    call->world = world_keeper_take(gateway->worlds);
    call->keys = key_ring_acquire(gateway->key_ring);
    call->now_us = clock_wall_us();
    call->now_s = call->now_us / 1000000;
    identifier_make(call->now_us, id);
    call->id = (struct text){id, IDENTIFIER_LENGTH};
    trace_note_exchange(call->id);
    call->authentication.world = call->world;
    call->authentication.arena = arena;
    call->authentication.ladder = &call->ladder;
    call->authentication.now_s = call->now_s;
    call->caller = &call->authentication.caller;
    return call;
}

void call_start(struct gateway *gateway, struct request *request, size_t size, const struct flow_step *steps,
                void (*release)(struct call *call))
{
    struct call *call = call_make(gateway, request, size, release);
    request_on_gone(request, note_gone, &call->flow);
    call_begin(call, steps);
}

void call_begin(struct call *call, const struct flow_step *steps)
{
    flow_start(&call->flow, steps, dispose);
}

void call_start_within(struct call *call, const struct flow_step *steps)
{
    call->is_within = true;
    call_begin(call, steps);
}

enum flow_step_result call_proceed(struct call *call, enum fault fault)
{
    if (fault == FAULT_NONE)
        return FLOW_NEXT;
    if (call->fault == FAULT_NONE)
        call->fault = fault;
    /* Checks that look at more than the request have put their own rung there. */
    const struct ladder *ladder = &call->ladder;
    if (ladder->count == 0 || ladder->rungs[ladder->count - 1].fault == FAULT_NONE)
        call->fault = ladder_fail(&call->ladder, call->flow.step->name, call->fault, TEXT_NONE, TEXT_NONE);
    return FLOW_SKIP;
}

static enum fault read_form(struct call *call)
{
    /* Parameters in the URL end up in logs: RFC 6749 section 3.2, RFC 9700 section 2.6. */
    if (request_has_query(call->request))
        return FAULT_REQUEST_QUERY;
    if (text_is(request_method(call->request), "GET"))
        return FAULT_NONE; /* credentials are in the header; there is no form */
    if (request_body_is_too_large(call->request))
        return FAULT_REQUEST_TOO_LARGE;
    if (!text_is_media_type(request_header(call->request, "content-type", 0),
                            TEXT("application/x-www-form-urlencoded")))
        return FAULT_REQUEST_MEDIA_TYPE;
    return form_parse(call->arena, request_body(call->request), &call->form);
}

/* First of all, so that an address that is held off costs no signature (decision 0028). */
static enum fault admit(struct call *call)
{
    enum fault fault = stranger_book_admit(call->gateway->strangers, request_peer_network(call->request),
                                           call->now_us, &call->retry_after_s);
    return fault == FAULT_NONE ? FAULT_NONE
                               : ladder_fail(&call->ladder, "address", fault, TEXT_NONE, TEXT_NONE);
}

enum flow_step_result call_read_form(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    enum fault fault = call->is_within ? FAULT_NONE : admit(call); /* the other call was admitted */
    if (fault == FAULT_NONE && !call->is_within)
        fault = read_form(call);
    return call_proceed(call, fault);
}

enum flow_step_result call_read_no_form(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    enum fault fault = admit(call);
    if (fault == FAULT_NONE && request_has_query(call->request))
        fault = FAULT_REQUEST_QUERY;
    else if (fault == FAULT_NONE && request_body_is_too_large(call->request))
        fault = FAULT_REQUEST_TOO_LARGE;
    return call_proceed(call, fault);
}

enum fault call_find_certificate(struct call *call)
{
    if (call->has_certificate_read || call->request == NULL)
        return FAULT_NONE;
    call->has_certificate_read = true;
    TRY(request_client_certificate(call->request, call->arena, &call->certificate));
    if (call->certificate == NULL)
        return FAULT_NONE;
    call->thumbprint = base64url_encode_text(call->arena, call->certificate->thumbprint, DIGEST_SIZE);
    return FAULT_NONE;
}

enum flow_step_result call_identify_client(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    bool has_header = !call->is_within || call->shows_header;
    struct text authorization = has_header ? request_header(call->request, "authorization", 0) : TEXT_NONE;
    if (has_header && request_header(call->request, "authorization", 1).length != 0)
        return call_proceed(call, FAULT_CLIENT_METHODS_MIXED);
    enum fault fault = call_find_certificate(call);
    if (fault != FAULT_NONE)
        return call_proceed(call, fault);
    call->authentication.certificate = call->certificate;
    return call_proceed(
        call, client_authentication_identify(&call->authentication, authorization, &call->form, call->keys));
}

enum flow_step_result call_authenticate_client(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    FLOW_AWAIT(flow, client_authentication_wait(&call->authentication),
               client_authentication_find_key(&call->authentication));
    return call_proceed(
        call, client_authentication_complete(&call->authentication, &call->form, call->gateway->sealer));
}

enum fault caller_take_budget(const struct caller *caller, bool holds_place, const struct gateway *gateway,
                              const struct world *world, int64_t now_us, int64_t *retry_after_s)
{
    const struct team_account *team = world_team(world, caller->document->team);
    struct budget_limits limits = caller->limits, teams = team == NULL ? limits : team->limits;
    if (!holds_place)
        limits.live_credentials = teams.live_credentials = 0;
    TRY(budget_take(gateway->budgets, caller->account, &limits, now_us, retry_after_s));
    if (team == NULL)
        return FAULT_NONE;
    enum fault fault = budget_take(gateway->budgets, team->account, &teams, now_us, retry_after_s);
    if (fault != FAULT_NONE)
        budget_give_back(gateway->budgets, caller->account, &limits);
    return fault;
}

static enum flow_step_result take_budget(struct call *call, bool holds_place)
{
    enum fault fault = caller_take_budget(call->caller, holds_place, call->gateway, call->world, call->now_us,
                                          &call->retry_after_s);
    call->has_budget = fault == FAULT_NONE && holds_place;
    if (fault != FAULT_NONE)
        return call_proceed(call, ladder_fail(&call->ladder, "budget", fault,
                                              document_label(call->caller->document), TEXT_NONE));
    return FLOW_NEXT;
}

enum flow_step_result call_take_budget(struct flow *flow)
{
    return take_budget((struct call *)flow, true);
}

enum flow_step_result call_take_record(struct flow *flow)
{
    return take_budget((struct call *)flow, false);
}

enum flow_step_result call_take_rate(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    struct budget_limits rate = {.exchanges_per_second = call->caller->limits.exchanges_per_second};
    return call_proceed(call, budget_take(call->gateway->budgets, call->caller->account, &rate, call->now_us,
                                          &call->retry_after_s));
}

static void start_consuming(struct call *call)
{
    if (call->caller->assertion_id.length == 0) {
        flow_wait_done(&call->assertion_entry->wait);
        return;
    }
    ledger_entry_begin(call->assertion_entry, call->arena, NULL);
    call_use_assertion_once(call, call->assertion_entry);
    ledger_append(call->gateway->store, call->assertion_entry);
}

enum flow_step_result call_consume_assertion(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    if (call->assertion_entry == NULL)
        call->assertion_entry = ARENA_NEW(call->arena, struct ledger_entry);
    FLOW_AWAIT(flow, &call->assertion_entry->wait, start_consuming(call));
    return call_proceed(call, call->assertion_entry->fault);
}

static void settle(const struct call *call, struct text account, const struct budget_limits *limits,
                   int64_t expires_at_s)
{
    struct budget_book *budgets = call->gateway->budgets;
    if (expires_at_s != 0)
        budget_lease_issued(budgets, account, limits, expires_at_s, call->now_us);
    else
        budget_lease_not_issued(budgets, account, limits);
}

void call_settle_budget(struct call *call, int64_t expires_at_s)
{
    if (!call->has_budget)
        return;
    call->has_budget = false;
    const struct team_account *team = world_team(call->world, call->caller->document->team);
    settle(call, call->caller->account, &call->caller->limits, expires_at_s);
    if (team != NULL)
        settle(call, team->account, &team->limits, expires_at_s);
}

void call_return_lease(const struct call *call, int64_t expires_at_s)
{
    const struct team_account *team = world_team(call->world, call->caller->document->team);
    budget_lease_ended(call->gateway->budgets, call->caller->account, expires_at_s);
    if (team != NULL)
        budget_lease_ended(call->gateway->budgets, team->account, expires_at_s);
}

void call_use_assertion_once(const struct call *call, struct ledger_entry *entry)
{
    const struct caller *caller = call->caller;
    if (caller->is_authenticated && caller->assertion_id.length != 0)
        ledger_entry_use_once(entry, TEXT("client-assertion"), caller->client_id, caller->client_id,
                              caller->assertion_id, caller->assertion_expires_at_s);
}

void call_describe(const struct call *call, struct record *record)
{
    const struct caller *caller = call->caller;
    record->id = call->id;
    record->at_us = call->now_us;
    record->fault = call->fault;
    record->generation = call->world->generation;
    record->source_address = call->address;
    if (caller->document != NULL)
        record->team = caller->document->team;
    record->client = caller->client_id;
    record->client_method = caller->method;
    record->agent = (struct record_identity){caller->identity.issuer, caller->identity.subject};
    struct buffer ladder = buffer_in(call->arena, LADDER_BYTES);
    struct json_writer writer = json_writer_on(&ladder);
    ladder_write(&call->ladder, &writer);
    record->ladder_json = buffer_text(&ladder);
}

struct text call_retry_after(const struct call *call)
{
    return arena_print(call->arena, "%lld", (long long)(call->retry_after_s > 0 ? call->retry_after_s : 1));
}

static void answer(struct call *call, int status, struct text body, struct text challenge)
{
    struct response_header headers[8] = {{"cache-control", TEXT("no-store")},
                                         {"pragma", TEXT("no-cache")}, /* RFC 6749 section 5.1 */
                                         {"dragoman-exchange", call->id}};
    size_t count = 3;
    if (status == 401 && call->authentication.used_authorization_header) /* RFC 6749 section 5.2 */
        headers[count++] = (struct response_header){"www-authenticate", TEXT("Basic realm=\"dragoman\"")};
    if (challenge.length != 0)
        headers[count++] = (struct response_header){"www-authenticate", challenge};
    if (status == 429 || status == 503)
        headers[count++] = (struct response_header){"retry-after", call_retry_after(call)};
    if (call->request_id.length != 0)
        headers[count++] = (struct response_header){"x-request-id", call->request_id};
    struct response response = {.status = status,
                                .content_type = body.length == 0 ? TEXT_NONE : TEXT("application/json"),
                                .body = body,
                                .headers = headers,
                                .header_count = count};
    request_answer(call->request, &response);
}

void call_answer(struct call *call, int status, struct text body)
{
    answer(call, status, body, TEXT_NONE);
}

/* What is no fault of theirs is not held against strangers, and who is held off already not a second time. */
void call_count_refusal(const struct call *call)
{
    bool is_known = call->caller->is_authenticated;
    trace_note_reason(fault_row(call->fault)->reason);
    metric_count_fault(call->fault, is_known);
    if (!is_known && call->fault != FAULT_ADDRESS_RATE && fault_row(call->fault)->http_status < 500)
        stranger_book_note(call->gateway->strangers, request_peer_network(call->request), call->fault,
                           call->now_us);
}

/* A platform token that does not verify is a failed client authentication, whatever its row says of subject
 * tokens; only what is not the token's fault (an issuer out of reach) keeps its own answer. */
static bool is_client_token_fault(const struct call *call)
{
    return !call->caller->is_authenticated && call->authentication.is_platform_token &&
           !call->authentication.is_by_grant && fault_row(call->fault)->http_status == 400;
}

/* RFC 6749 section 5.2. Where the grant is all that says who calls, there is no failed authentication beside
 * it; what is not its fault keeps its own answer. */
static bool is_grant_fault(const struct call *call)
{
    const struct fault_row *row = fault_row(call->fault);
    if (!call->caller->is_authenticated && call->authentication.is_by_grant)
        return row->http_status == 400 || row->http_status == 401;
    return call->is_grant_refused && text_is(text_of(row->oauth_error), "invalid_request");
}

static int status_of(const struct call *call)
{
    if (is_client_token_fault(call))
        return 401;
    return is_grant_fault(call) ? 400 : fault_row(call->fault)->http_status;
}

static struct text describe_fault(const struct call *call)
{
    const char *sentence = fault_row(call->fault)->sentence;
    /* The one mistake every client makes once: say what is expected. */
    if (call->fault == FAULT_ASSERTION_AUDIENCE)
        return arena_print(call->arena, "%s Expected: %.*s", sentence, TEXT_ARGUMENTS(call->world->issuer));
    if (call->public_reason.length != 0)
        return arena_print(call->arena, "%s %.*s", sentence, TEXT_ARGUMENTS(call->public_reason));
    return text_of(sentence);
}

struct oauth_error call_describe_fault(const struct call *call)
{
    bool is_client_fault = is_client_token_fault(call);
    return (struct oauth_error){.error = is_client_fault        ? TEXT("invalid_client")
                                         : is_grant_fault(call) ? TEXT("invalid_grant")
                                                                : text_of(fault_row(call->fault)->oauth_error),
                                .description = describe_fault(call),
                                .id = call->id,
                                .acr_values = call->acr_values,
                                .maximum_age_s = call->maximum_age_s,
                                .interaction_uri =
                                    call->fault == FAULT_CONNECTION_MISSING ? call->interaction_uri : TEXT_NONE,
                                .interaction_expires_s = call->interaction_expires_s};
}

void call_answer_fault(struct call *call)
{
    const struct oauth_error error = call_describe_fault(call);
    call_count_refusal(call);
    struct buffer body = buffer_in(call->arena, ANSWER_BYTES);
    oauth_error_write(&body, &error);
    answer(call, status_of(call), buffer_text(&body), oauth_error_challenge(call->arena, &error));
}
