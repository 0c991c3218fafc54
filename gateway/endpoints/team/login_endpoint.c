/* POST /v1/login on the admin API over the network: the token of a person or a pipeline, of an issuer that is
 * trusted, for a session of the admin API. The token goes through the one verification pipeline; Team documents
 * say whether its bearer is anybody. The session is a token of ours for the admin API alone, recorded before it
 * leaves; what it allows is worked out at every call, not here. */
#include "admin/admin_call.h"
#include "exchange/standing.h"
#include "lifecycle/stranger_book.h"

struct login {
    struct admin_call call; /* first */
    struct form form;
    const struct key_snapshot *keys;
    struct verification_rules rules;
    struct verification verification;
    bool is_known; /* the token was verified: what follows is recorded */
    struct team_rights rights;
    struct standing standing;
    struct store_counter checked_epoch;
    struct text *ancestry;
    size_t ancestry_count;
    struct credential_order order;
    struct credential_minting minting;
};

static enum fault read_form(struct login *x)
{
    struct admin_call *call = &x->call;
    const struct request *request = call->request;
    TRY(stranger_book_admit(call->gateway->strangers, request_peer_network(request), call->now_us,
                            &call->retry_after_s));
    if (request_has_query(request)) /* tokens in URLs end up in logs: RFC 9700 section 2.6 */
        return FAULT_REQUEST_QUERY;
    if (request_body_is_too_large(request) || request_body(request).length > CALL_BODY_BYTES_MAX)
        return FAULT_REQUEST_TOO_LARGE;
    if (!text_is_media_type(request_header(request, "content-type", 0),
                            TEXT("application/x-www-form-urlencoded")))
        return FAULT_REQUEST_MEDIA_TYPE;
    TRY(form_parse(call->arena, request_body(request), &x->form));
    if (form_value(&x->form, "subject_token").length == 0)
        return FAULT_SUBJECT_TOKEN_MISSING;
    return form_value(&x->form, "subject_token_type").length == 0 ? FAULT_SUBJECT_TYPE_MISSING : FAULT_NONE;
}

/* An ID Token is for the client that the person logged in with: one of those that are named as audiences, and
 * no other. Which one the token says is believed only once the same bytes are verified. */
static void choose_client(struct login *x)
{
    const struct text_list *audiences = &x->call.world->gateway->admin_audiences;
    struct jwt_claims claims;
    if (x->rules.declared_type != TOKEN_TYPE_ID_TOKEN ||
        jwt_claims_from(x->verification.unverified, &claims) != FAULT_NONE)
        return;
    for (size_t i = 0; i < audiences->count; i++)
        if (jwt_has_audience(&claims, audiences->items[i]))
            x->rules.client_id = audiences->items[i];
}

static enum flow_step_result identify(struct flow *flow)
{
    struct login *x = (struct login *)flow;
    struct admin_call *call = &x->call;
    const struct world *world = call->world;
    enum fault fault = read_form(x);
    if (fault != FAULT_NONE)
        return admin_call_proceed(call, fault);
    x->keys = key_ring_acquire(call->gateway->key_ring);
    x->rules = (struct verification_rules){
        .use = TOKEN_USE_SUBJECT,
        .declared_type = token_type_parse(form_value(&x->form, "subject_token_type")),
        .issuers = world->issuers_by_identifier,
        .issuer_count = world->issuer_count,
        .own_issuer = world->issuer,
        .own_keys = x->keys,
        .audiences = world->gateway->admin_audiences.items,
        .audience_count = world->gateway->admin_audiences.count,
        .chain_depth = 0, /* who administers is there in person: nobody acts for them */
        .now_s = call->now_us / 1000000,
    };
    fault =
        verification_identify(call->arena, form_value(&x->form, "subject_token"), &x->rules, &x->verification);
    /* What we issued is for targets, and no session begets another. */
    if (fault == FAULT_NONE && x->verification.issuer->is_self)
        fault = FAULT_TOKEN_TYPE_NOT_ACCEPTED;
    if (fault == FAULT_NONE)
        choose_client(x);
    return admin_call_proceed(call, fault);
}

static enum flow_step_result verify(struct flow *flow)
{
    struct login *x = (struct login *)flow;
    FLOW_AWAIT(flow, &x->verification.lookup.wait, verification_find_key(&x->verification, &x->rules));
    enum fault fault = verification_complete(x->call.arena, &x->rules, &x->verification);
    x->is_known = fault == FAULT_NONE;
    return admin_call_proceed(&x->call, fault);
}

static struct team_caller caller_of(const struct login *x)
{
    const struct verified_token *token = &x->verification.token;
    return (struct team_caller){token->identity, token->attributes, token->attribute_count};
}

/* A session ends with a kill of a team that it had something from. */
static void stand_on_teams(struct login *x)
{
    const struct admin_call *call = &x->call;
    x->ancestry = ARENA_ARRAY(call->arena, struct text, x->rights.count + 1);
    for (size_t i = 0; i < x->rights.count; i++) {
        struct text name = x->rights.grants[i].team->name;
        x->ancestry[x->ancestry_count++] = arena_print(call->arena, "team %.*s", TEXT_ARGUMENTS(name));
        standing_add(&x->standing, TEXT("team"), name, call->now_us);
    }
}

/* By a kill of anything that the token or the session stands on. */
static enum fault check_standing(struct login *x)
{
    const struct admin_call *call = &x->call;
    const struct cutoff_book *book = cutoff_keeper_book(call->gateway->cutoffs);
    x->standing = (struct standing){.arena = call->arena, .world = call->world, .fault = FAULT_TOKEN_REVOKED};
    standing_add_foreign_token(&x->standing, &x->verification.token, call->now_us);
    standing_add(&x->standing, TEXT("client"), TEXT(ADMIN_AUDIENCE), call->now_us);
    standing_add(&x->standing, TEXT("target"), TEXT(ADMIN_AUDIENCE), call->now_us);
    stand_on_teams(x);
    x->checked_epoch = cutoff_book_epoch(book);
    return cutoff_book_find(book, x->standing.things, x->standing.count) == NULL ? FAULT_NONE
                                                                                 : FAULT_TOKEN_REVOKED;
}

static enum flow_step_result find_teams(struct flow *flow)
{
    struct login *x = (struct login *)flow;
    struct admin_call *call = &x->call;
    const struct team_caller caller = caller_of(x);
    team_rights_find(call->arena, call->world, cutoff_keeper_book(call->gateway->cutoffs), &caller, &x->rights);
    enum fault fault = x->rights.count == 0 ? FAULT_ADMIN_NO_TEAM : check_standing(x);
    if (fault == FAULT_NONE)
        fault = admin_call_take_budget(call, &x->rights);
    x->is_known &= fault_row(fault)->http_status != 429; /* a budget that is used up leaves no record */
    return admin_call_proceed(call, fault);
}

static enum flow_step_result write_order(struct flow *flow)
{
    struct login *x = (struct login *)flow;
    struct admin_call *call = &x->call;
    const struct gateway_document *settings = call->world->gateway;
    const struct verified_token *token = &x->verification.token;
    const struct team_caller caller = caller_of(x);
    static const struct text audience = {ADMIN_AUDIENCE, sizeof(ADMIN_AUDIENCE) - 1};
    int64_t until_s = x->rules.now_s + settings->admin_session_s;
    if (token->claims.expires_at_s < until_s)
        until_s = token->claims.expires_at_s;
    x->order = (struct credential_order){
        .id = call->id,
        .issuer = call->world->issuer,
        .target = {.name = audience, .audience = audience},
        .subject = {token->identity.issuer, token->identity.subject},
        .client_id = audience,
        .audiences = &audience,
        .audience_count = 1,
        .root = token->root,
        .acr = token->acr,
        .amr = token->amr,
        .auth_time_s = token->auth_time_s,
        .ancestry = x->ancestry,
        .ancestry_count = x->ancestry_count,
        .issued_at_s = x->rules.now_s,
        .expires_at_s = until_s,
        .algorithm = algorithm_parse(settings->signing_algorithms.items[0]),
        .type = TEXT("at+jwt"),
        .keys = x->keys,
    };
    x->order.attribute_count = team_rights_attributes(call->arena, call->world, &caller, &x->order.attributes);
    return admin_call_proceed(call, until_s > x->rules.now_s ? FAULT_NONE : FAULT_TOKEN_EXPIRED);
}

static void start_minting(struct login *x)
{
    const struct adapter *adapter = adapter_registry_find(x->call.gateway->adapters, TEXT("jwt"));
    x->minting.arena = x->call.arena;
    adapter->mint(adapter, &x->order, &x->minting);
}

static enum flow_step_result mint(struct flow *flow)
{
    struct login *x = (struct login *)flow;
    FLOW_AWAIT(flow, &x->minting.wait, start_minting(x));
    if (x->minting.fault == FAULT_NONE)
        standing_add(&x->standing, TEXT("key"), x->minting.key_id, 0);
    return admin_call_proceed(&x->call, x->minting.fault);
}

static struct text describe_teams(const struct login *x)
{
    struct buffer json = buffer_in(x->call.arena, 256);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_name(&writer, TEXT("teams"));
    json_begin_array(&writer);
    for (size_t i = 0; i < x->rights.count; i++)
        json_write_text(&writer, x->rights.grants[i].team->name);
    json_end_array(&writer);
    json_end_object(&writer);
    return buffer_text(&json);
}

/* Of whom nothing is known only the count is kept (decision 0028). */
static void start_recording(struct login *x)
{
    struct admin_call *call = &x->call;
    const struct verified_token *token = &x->verification.token;
    bool is_granted = call->fault == FAULT_NONE;
    if (!x->is_known) {
        flow_wait_done(&call->entry.wait);
        return;
    }
    struct record record = {.id = call->id,
                            .at_us = call->now_us,
                            .kind = TEXT("login"),
                            .outcome = is_granted ? TEXT("granted") : TEXT("refused"),
                            .fault = call->fault,
                            .client = TEXT(ADMIN_AUDIENCE),
                            .client_method = TEXT("subject_token"),
                            .subject = {token->identity.issuer, token->identity.subject},
                            .subject_fingerprint = token->fingerprint,
                            .root = token->root,
                            .subject_domain = token->issuer->document->issuer.domain,
                            .audience = TEXT(ADMIN_AUDIENCE),
                            .generation = call->world->generation,
                            .source_address = request_peer_address(call->request),
                            .change = describe_teams(x)};
    if (is_granted) {
        record.token_type = x->minting.issued_type;
        record.expires_at_s = x->order.expires_at_s;
        record.key_id = x->minting.key_id;
        record.stands_on = x->ancestry;
        record.stands_on_count = x->ancestry_count;
    }
    ledger_entry_begin(&call->entry, call->arena, &record);
    if (is_granted) {
        call->entry.transaction.guards = x->standing.things;
        call->entry.transaction.guard_count = x->standing.count;
        call->entry.transaction.checked_epoch = x->checked_epoch;
    }
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result record_login(struct flow *flow)
{
    struct login *x = (struct login *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_recording(x));
    return admin_call_proceed(&x->call, x->call.entry.fault);
}

static void write_session(const struct login *x, struct json_writer *writer)
{
    json_member_text(writer, "access_token", x->minting.credential);
    json_member_text(writer, "token_type", TEXT("Bearer"));
    json_member_text(writer, "issued_token_type", x->minting.issued_type);
    json_member_integer(writer, "expires_in", x->order.expires_at_s - x->rules.now_s);
    json_member_text(writer, "dragoman_exchange", x->call.id);
    team_rights_write(writer, &x->rights);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct login *x = (struct login *)flow;
    struct admin_call *call = &x->call;
    struct buffer body = buffer_in(call->arena, 2048); /* wiped with it, as it holds the session */
    struct json_writer writer = json_writer_on(&body);
    if (call->fault == FAULT_NONE) {
        json_begin_object(&writer);
        write_session(x, &writer);
        json_end_object(&writer);
        admin_call_answer(call, buffer_text(&body));
    } else {
        admin_call_answer_fault(call);
    }
    verification_dispose(&x->verification);
    if (x->keys != NULL)
        key_ring_release(call->gateway->key_ring, x->keys);
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(identify),
    FLOW_STEP(verify), /* waits: keys */
    FLOW_STEP(find_teams),
    FLOW_STEP(write_order),
    FLOW_STEP(mint),                /* waits: signer */
    FLOW_STEP_ALWAYS(record_login), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void login_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start_as_stranger(gateway, request, sizeof(struct login), steps);
}
