/* Who sends somebody here, and for what. Until the redirect URI is known to be the client's nothing goes back
 * to it: what was wrong is shown to the person (RFC 6749 section 4.1.2.1). */
#include "base/base64url.h"
#include "base/clock.h"
#include "code/authorize_call.h"
#include "code/redirect_uri.h"
#include "exchange/client_class.h"
#include "login/login.h"
#include "login/login_discovery.h"

enum { LOGIN_JUST_NOW_S = 120 };

static enum flow_step_result proceed(struct authorize_call *x, enum fault fault)
{
    return person_call_proceed(&x->call, fault);
}

enum flow_step_result authorize_read_query(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    return proceed(x, authorization_request_read(x->call.arena, request_query(x->call.request), &x->request));
}

enum flow_step_result authorize_read_form(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct text encoded = form_value(&x->call.form, "request");
    char *query = arena_allocate(x->call.arena, BASE64URL_DECODED_LENGTH(encoded.length) + 1);
    size_t length = 0;
    if (!base64url_decode(encoded, (unsigned char *)query, &length))
        return proceed(x, FAULT_FORM_FOREIGN);
    return proceed(x, authorization_request_read(x->call.arena, (struct text){query, length}, &x->request));
}

/* --- the client --- */

/* A target that does not accept the client is none for it, whether or not it is there. */
static enum fault find_target(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    const struct target *target = world_target(call->world, x->request.resource);
    if (target == NULL || !text_list_has(&target->document->target.clients, x->client->document->name))
        return FAULT_AUTHORIZE_TARGET;
    if (!target->document->target.is_enabled || !target->is_domain_enabled || !target->is_adapter_enabled)
        return FAULT_TARGET_DISABLED;
    person_call_choose_adapter(call, target);
    if (!scope_set_is_subset(&x->request.scope, &target->scopes))
        return FAULT_SCOPE_NOT_OFFERED;
    x->scope =
        x->request.scope.count != 0 ? x->request.scope_text : scope_set_text(call->arena, &target->scopes);
    return FAULT_NONE;
}

/* By a kill: whoever is sent here by it should not be asked for their password first. */
static bool is_ended(const struct authorize_call *x)
{
    const struct person_call *call = &x->call;
    struct standing standing = {.arena = call->arena, .world = call->world};
    standing_add_client(&standing, x->request.client_id, call->now_us);
    const struct cutoff_book *book = cutoff_keeper_book(call->gateway->cutoffs);
    return cutoff_book_find(book, standing.things, standing.count) != NULL;
}

enum flow_step_result authorize_find_client(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct person_call *call = &x->call;
    x->client = world_client(call->world, x->request.client_id);
    if (x->client == NULL)
        return proceed(x, FAULT_AUTHORIZE_CLIENT);
    const struct client_document *document = &x->client->document->client;
    x->is_class = client_document_is_class(document);
    if (x->is_class && text_equal(x->request.client_id, document->client_id))
        return proceed(x, FAULT_AUTHORIZE_CLIENT);
    if (!document->is_enabled || is_ended(x))
        return proceed(x, FAULT_AUTHORIZE_CLIENT_OFF);
    x->program = consent_program_text(call->arena, x->client->account, x->client->document->team,
                                      x->is_class ? x->request.client_id : TEXT_NONE);
    x->request_fault = authorization_request_check(call->arena, &x->request);
    if (x->request_fault == FAULT_NONE)
        x->request_fault = find_target(x);
    return FLOW_NEXT;
}

static bool is_by_document(const struct authorize_call *x)
{
    return x->is_class && registered_client_place(x->request.client_id) < 0;
}

/* Strangers have us ask others: only with a request that is whole, and so often a minute. */
static enum fault admit_fetch(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    struct people_keeper *people = call->gateway->people;
    if (x->request_fault != FAULT_NONE)
        return x->request_fault;
    if (client_documents_has(people_keeper_documents(people), x->request.client_id))
        return FAULT_NONE;
    return login_budget_take(people_keeper_budget(people), request_peer_network(call->request),
                             call->world->gateway->strangers.refusals_per_minute, clock_monotonic_us(),
                             &call->retry_after_s);
}

static void start_fetching(struct authorize_call *x)
{
    x->document.arena = x->call.arena;
    x->document.is_host_named = text_list_has(&x->call.world->gateway->authorization.metadata_hosts,
                                              client_url_host(x->request.client_id));
    x->document.fault = is_by_document(x) ? admit_fetch(x) : FAULT_NONE;
    if (!is_by_document(x) || x->document.fault != FAULT_NONE)
        flow_wait_done(&x->document.wait);
    else
        client_documents_find(people_keeper_documents(x->call.gateway->people), x->request.client_id,
                              &x->document);
}

enum flow_step_result authorize_fetch_document(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    FLOW_AWAIT(flow, &x->document.wait, start_fetching(x));
    if (is_by_document(x))
        x->words = &x->document.words;
    return proceed(x, x->document.fault);
}

static void start_reading_registered(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    if (!x->is_class || is_by_document(x)) {
        flow_wait_done(&x->registered.wait);
        return;
    }
    x->registered.store = call->gateway->store;
    x->registered.sealer = call->gateway->sealer;
    x->registered.arena = call->arena;
    x->registered.place = registered_client_place(x->request.client_id);
    registered_client_read(&x->registered);
}

enum flow_step_result authorize_read_registered(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    FLOW_AWAIT(flow, &x->registered.wait, start_reading_registered(x));
    if (!x->is_class || is_by_document(x))
        return FLOW_NEXT;
    x->words = &x->registered.words;
    bool is_it = text_equal(x->registered.client_id, x->request.client_id);
    return proceed(x, x->registered.fault != FAULT_NONE ? x->registered.fault
                      : is_it                           ? FAULT_NONE
                                                        : FAULT_AUTHORIZE_CLIENT);
}

/* --- where they would be sent back to --- */

static bool has_redirect(const struct text *uris, size_t count, struct text asked)
{
    for (size_t i = 0; i < count; i++)
        if (redirect_uri_matches(uris[i], asked))
            return true;
    return false;
}

enum flow_step_result authorize_check_redirect(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    const struct text_list *own = &x->client->document->client.redirect_uris;
    bool is_its = x->words != NULL
                      ? has_redirect(x->words->redirect_uris, x->words->redirect_count, x->request.redirect_uri)
                      : has_redirect(own->items, own->count, x->request.redirect_uri);
    if (!is_its)
        return proceed(x, FAULT_AUTHORIZE_REDIRECT);
    x->may_go_back = true;
    return proceed(x, x->request_fault);
}

/* --- the person --- */

struct text authorize_binding(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    const struct text parts[] = {call->session.id, TEXT("\n"), x->scope.length != 0 ? x->scope : TEXT(""),
                                 TEXT("\n"), x->request.query};
    unsigned char hash[DIGEST_SIZE];
    char *hex = arena_allocate(call->arena, 2 * DIGEST_SIZE + 1);
    sealer_keyed_hash(call->gateway->sealer, "authorize-form", arena_join(call->arena, parts, 5), hash);
    digest_hex(hash, hex);
    return (struct text){hex, 2 * DIGEST_SIZE};
}

enum flow_step_result authorize_check_binding(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    bool is_it = person_checks_equal(form_value(&x->call.form, "binding"), authorize_binding(x));
    return proceed(x, is_it ? FAULT_NONE : FAULT_FORM_FOREIGN);
}

static void start_reading_claims(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    if (!call->has_session) {
        flow_wait_done(&x->claims.wait);
        return;
    }
    x->claims.store = call->gateway->store;
    x->claims.sealer = call->gateway->sealer;
    x->claims.arena = call->arena;
    x->claims.session = call->session.id;
    login_claims_read(&x->claims);
}

/* Of a login that was not just now another one may tell; one that was would be asked for again and again. */
static enum fault miss_claims(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    int64_t at_ms = identifier_time_ms(call->session.id.base, call->session.id.length);
    call->has_session = false;
    return at_ms / 1000 + LOGIN_JUST_NOW_S > call->now_s ? FAULT_LOGIN_ANSWER : FAULT_NONE;
}

enum flow_step_result authorize_read_claims(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    FLOW_AWAIT(flow, &x->claims.wait, start_reading_claims(x));
    return proceed(x, x->claims.fault == FAULT_SESSION_MISSING ? miss_claims(x) : x->claims.fault);
}

bool authorize_takes_issuer(const struct authorize_call *x, struct text name)
{
    return text_list_has(&x->call.target->document->target.issuers, name) &&
           login_issuer(x->call.world, name) != NULL;
}

enum flow_step_result authorize_need_person(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct person_call *call = &x->call;
    bool is_theirs = call->has_session && authorize_takes_issuer(x, call->session.issuer_name);
    return proceed(x, is_theirs ? FAULT_NONE : FAULT_SESSION_MISSING);
}
