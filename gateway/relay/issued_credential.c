/* Reads back what we issued. */
#include "relay/issued_credential.h"

#include "relay/recorded_claims.h"

static bool is_in_time(const struct jwt_claims *claims, const struct call *call)
{
    struct jwt_time_rules rules = {.now_s = call->now_s};
    return jwt_check_time(claims, &rules) == FAULT_NONE;
}

static void read_token(struct issued_credential *credential, struct call *call, struct text shown)
{
    struct jws jws;
    if (jws_parse(call->arena, shown, &jws) != FAULT_NONE)
        return;
    const struct signing_key *key = key_snapshot_verifier(call->keys, jws.key_id, call->now_s);
    if (key == NULL)
        return;
    struct public_key verifier = {.id = key->id, .algorithm = key->algorithm, .key = key->key};
    struct jwt_claims *claims = &credential->claims;
    if (jws_verify(&jws, &verifier) != FAULT_NONE ||
        jwt_claims_read(call->arena, jws.payload, claims) != FAULT_NONE || !is_in_time(claims, call) ||
        !text_equal(claims->issuer, call->world->issuer) || claims->id.length == 0 ||
        claims->audience_count == 0)
        return;
    credential->is_ours = true;
    credential->id = claims->id;
    credential->target = world_target(call->world, claims->audiences[0]);
}

enum fault issued_credential_read(struct issued_credential *credential, struct call *call, struct text shown)
{
    digest_sha256(shown, credential->digest);
    credential->is_key = api_key_is_meant(shown);
    if (!credential->is_key) {
        read_token(credential, call, shown);
    } else if (api_key_is_whole(shown)) {
        credential->is_ours = true;
        api_key_fingerprint(call->gateway->sealer, shown, credential->fingerprint);
    } else {
        return FAULT_CALL_CREDENTIAL_MISTYPED; /* nobody is asked about it */
    }
    return credential->is_ours ? FAULT_NONE : FAULT_CALL_CREDENTIAL_UNKNOWN;
}

/* The record says what the credential says, and is what counts: whoever could change it could issue anything.
 */
static bool read_record(struct issued_credential *credential, struct call *call)
{
    struct jwt_claims claims;
    if (json_parse(call->arena, credential->record_bytes, &json_limits_document, &credential->record) !=
            FAULT_NONE ||
        recorded_claims_read(call->arena, credential->record, call->world->issuer, &claims) != FAULT_NONE ||
        claims.audience_count == 0)
        return false;
    if (credential->is_key || credential->is_remembered) {
        credential->claims = claims;
        credential->id = claims.id;
        credential->target = world_target(call->world, claims.audiences[0]);
    }
    return is_in_time(&credential->claims, call);
}

/* A token of a key that was revoked meanwhile is no token of ours any more. */
static bool is_key_still_ours(const struct issued_credential *credential, const struct call *call)
{
    struct text key_id = json_text_of(credential->record, "kid");
    return credential->is_key ||
           (key_id.length != 0 && key_snapshot_verifier(call->keys, key_id, call->now_s) != NULL);
}

bool issued_credential_recall(struct issued_credential *credential, struct call *call, struct text shown,
                              struct record_book *book)
{
    digest_sha256(shown, credential->digest);
    credential->record_bytes = record_book_find(book, call->arena, credential->digest);
    if (credential->record_bytes.length == 0)
        return false;
    credential->is_key = api_key_is_meant(shown);
    credential->is_remembered = true;
    credential->is_ours = read_record(credential, call) && is_key_still_ours(credential, call);
    return true;
}

void issued_credential_remember(const struct issued_credential *credential, struct record_book *book)
{
    if (credential->is_ours && !credential->is_remembered)
        record_book_keep(book, credential->digest, credential->record_bytes);
}

static void find(struct store_query **asked, enum store_query_kind kind, struct text id, struct call *call,
                 struct flow_wait *wait)
{
    struct store_query *query = *asked = ARENA_NEW(call->arena, struct store_query);
    *query = (struct store_query){.kind = kind, .id = id, .limit = 1, .arena = call->arena};
    store_find_awaited(call->gateway->store, query, wait);
}

void issued_credential_find_lease(struct issued_credential *credential, struct call *call)
{
    if (!credential->is_key || !credential->is_ours || credential->is_remembered)
        flow_wait_done(&credential->lease_wait);
    else
        find(&credential->lease_query, STORE_QUERY_LEASE_BY_FINGERPRINT, text_of(credential->fingerprint), call,
             &credential->lease_wait);
}

static void take_lease(struct issued_credential *credential)
{
    const struct store_query *query = credential->lease_query;
    if (!credential->is_key || !credential->is_ours || credential->is_remembered)
        return;
    credential->is_ours =
        query->fault == FAULT_NONE && query->lease_count == 1 && text_is(query->leases[0].state, "live");
    if (credential->is_ours)
        credential->id = query->leases[0].id;
}

void issued_credential_find_record(struct issued_credential *credential, struct call *call)
{
    take_lease(credential);
    if (!credential->is_ours || credential->is_remembered)
        flow_wait_done(&credential->record_wait);
    else
        find(&credential->record_query, STORE_QUERY_RECORD, credential->id, call, &credential->record_wait);
}

enum fault issued_credential_complete(struct issued_credential *credential, struct call *call)
{
    if (credential->lease_query != NULL)
        TRY(credential->lease_query->fault);
    if (credential->record_query != NULL)
        TRY(credential->record_query->fault);
    if (!credential->is_ours || credential->is_remembered)
        return FAULT_NONE;
    const struct store_query *query = credential->record_query;
    if (query->record_count == 1)
        credential->record_bytes = query->records[0].canonical;
    credential->is_ours = query->record_count == 1 && read_record(credential, call);
    return FAULT_NONE;
}

void issued_credential_check_liveness(struct issued_credential *credential, struct call *call)
{
    if (!credential->is_ours) {
        flow_wait_done(&credential->liveness.wait);
        return;
    }
    credential->standing = (struct standing){.arena = call->arena, .world = call->world};
    standing_add_record(&credential->standing, credential->record);
    ledger_check_liveness(call->gateway->store, call->gateway->cutoffs, credential->standing.things,
                          credential->standing.count, &credential->liveness);
}

bool issued_credential_is_active(const struct issued_credential *credential, const struct call *call)
{
    return credential->is_ours && credential->record != NULL && credential->liveness.fault == FAULT_NONE &&
           !credential->liveness.is_cut_off && standing_is_on(call->world, &credential->claims);
}

bool issued_credential_is_callers(const struct issued_credential *credential, const struct call *call)
{
    const struct json_value *agent = json_member(credential->record, TEXT("agent"));
    return credential->is_ours && credential->record != NULL &&
           text_equal(json_text_of(credential->record, "client"), call->caller->client_id) &&
           text_equal(json_text_of(agent, "iss"), call->caller->identity.issuer) &&
           text_equal(json_text_of(agent, "sub"), call->caller->identity.subject);
}

bool issued_credential_is_for_caller(const struct issued_credential *credential, const struct call *call)
{
    const struct target *target = credential->target;
    return credential->is_ours && target != NULL && call->caller->client != NULL &&
           target->document->target.resource_server.length != 0 &&
           text_equal(target->document->target.resource_server, call->caller->name);
}
