/* /v1/keys of the admin API: GET lists our signing keys, POST /v1/keys/rotate?algorithm=ALG publishes a
 * successor that signs once verifiers have had time to see it, POST /v1/keys/KID/revoke takes a stolen one out
 * at once. */
#include "admin_call.h"
#include "exchange/key_schedule.h"
#include "exchange/propagation.h"

struct key_change {
    struct admin_call call;   /* first */
    struct key_making making; /* where keys are made in a token */
    struct key_plan plan;
    struct text revoked; /* kid */
    struct store_cutoff cutoff;
    struct propagation_wait effect;
};

static enum fault read_rotation(struct key_change *x)
{
    struct admin_call *call = &x->call;
    struct text name = form_value(&call->query, "algorithm");
    x->making.algorithm = algorithm_parse(name);
    if (!text_list_has(&call->world->gateway->signing_algorithms, name)) {
        call->detail = TEXT("algorithm must be one of the gateway's signing.algorithms.");
        return FAULT_KEY_UNKNOWN;
    }
    return FAULT_NONE;
}

static enum flow_step_result read_path(struct flow *flow)
{
    struct key_change *x = (struct key_change *)flow;
    struct admin_call *call = &x->call;
    struct text rest = admin_call_rest(call, "/v1/keys");
    if (text_is(rest, "rotate"))
        return admin_call_proceed(call, read_rotation(x));
    x->revoked = text_cut(&rest, '/');
    if (!text_is(rest, "revoke"))
        return admin_call_proceed(call, FAULT_REQUEST_PATH);
    x->making.algorithm = key_ring_algorithm_of(call->gateway->key_ring, x->revoked, call->now_us / 1000000);
    return FLOW_NEXT;
}

/* In case it is needed: whether it is, is known when it is planned. */
static enum flow_step_result make(struct flow *flow)
{
    struct key_change *x = (struct key_change *)flow;
    FLOW_AWAIT(flow, &x->making.wait, key_ring_make(x->call.gateway->key_ring, &x->making));
    return admin_call_proceed(&x->call, x->making.fault);
}

static enum fault plan_change(struct key_change *x)
{
    struct admin_call *call = &x->call;
    struct key_ring *ring = call->gateway->key_ring;
    int64_t now_s = call->now_us / 1000000, publish_s = call->world->gateway->key_publish_s;
    if (x->revoked.length != 0)
        return key_ring_plan_revocation(ring, x->revoked, now_s, publish_s, &x->making, call->arena, &x->plan);
    return key_ring_plan_rotation(ring, x->making.algorithm, now_s, publish_s, key_change_live_s(call->world),
                                  &x->making, call->arena, &x->plan);
}

static enum flow_step_result plan(struct flow *flow)
{
    struct key_change *x = (struct key_change *)flow;
    return admin_call_proceed(&x->call, plan_change(x));
}

static void start_storing(struct key_change *x)
{
    struct admin_call *call = &x->call;
    admin_call_begin_entry(call, TEXT("key"), key_change_describe(call->arena, &x->plan, x->revoked, false));
    key_change_add(&call->entry, &x->plan);
    if (x->revoked.length != 0) {
        /* Whatever it signs for calls under way is not recorded, and so does not leave. */
        x->cutoff = (struct store_cutoff){
            .kind = TEXT("key"), .id = x->revoked, .at_us = call->now_us, .record = call->id};
        call->entry.transaction.cutoffs = &x->cutoff;
        call->entry.transaction.cutoff_count = 1;
    }
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result store(struct flow *flow)
{
    struct key_change *x = (struct key_change *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_storing(x));
    return admin_call_proceed(&x->call, key_change_fault(admin_call_stored(&x->call)));
}

static enum flow_step_result take_effect(struct flow *flow)
{
    struct key_change *x = (struct key_change *)flow;
    FLOW_AWAIT(flow, &x->effect.wait, propagation_await_entry(x->call.gateway, &x->call.entry, &x->effect));
    return admin_call_proceed(&x->call, x->effect.fault);
}

/* The state now: a published key whose time has come signs without any write. */
static struct text state_of(const struct key_snapshot *keys, const struct signing_key *key, int64_t now_s)
{
    if (key->state == SIGNING_KEY_REVOKED)
        return TEXT("revoked");
    if (key_snapshot_signer(keys, key->algorithm, now_s) == key)
        return TEXT("active");
    if (key_snapshot_verifier(keys, key->id, now_s) == NULL)
        return TEXT("removed");
    return key->activate_at_s > now_s ? TEXT("published") : TEXT("retired");
}

static struct text place_of(enum signing_key_home home)
{
    static const char *const places[] = {
        [SIGNING_KEY_IN_STORE] = "store", [SIGNING_KEY_IN_TOKEN] = "token", [SIGNING_KEY_IN_FILE] = "file"};
    return text_of(places[home]);
}

static void write_keys(struct json_writer *writer, const struct world *world, const struct key_snapshot *keys,
                       int64_t now_s)
{
    json_name(writer, TEXT("keys"));
    json_begin_array(writer);
    for (size_t i = 0; i < keys->count; i++) {
        const struct signing_key *key = &keys->keys[i];
        json_begin_object(writer);
        json_member_text(writer, "kid", key->id);
        json_member_text(writer, "algorithm", algorithm_name(key->algorithm));
        json_member_text(writer, "state", state_of(keys, key, now_s));
        json_member_text(writer, "kept_in", place_of(key->home));
        json_member_integer(writer, "created_at", key->created_at_s);
        bool waits = key->activate_at_s == SIGNING_KEY_WAITS;
        json_member_integer(writer, "activate_at", waits ? 0 : key->activate_at_s);
        json_member_integer(writer, "rotate_at", key_schedule_at_s(world, keys, key));
        json_member_integer(writer, "retire_at", key->retire_at_s);
        json_member_integer(writer, "remove_at", key->remove_at_s);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct key_change *x = (struct key_change *)flow;
    struct admin_call *call = &x->call;
    key_making_end(&x->making);
    if (call->fault != FAULT_NONE) {
        admin_call_answer_fault(call);
        return FLOW_NEXT;
    }
    const struct key_snapshot *keys = key_ring_acquire(call->gateway->key_ring);
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    write_keys(&writer, call->world, keys, call->now_us / 1000000);
    json_member_integer(&writer, "verifiers_may_cache_s", KEYS_MAY_BE_CACHED_S);
    json_end_object(&writer);
    key_ring_release(call->gateway->key_ring, keys);
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step change_steps[] = {
    FLOW_STEP(read_path),      FLOW_STEP(make),  /* waits: the token */
    FLOW_STEP(plan),           FLOW_STEP(store), /* waits: commit */
    FLOW_STEP(take_effect),                      /* waits: every loop */
    FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST,
};

static const struct flow_step list_steps[] = {FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST};

void admin_keys_endpoint(struct gateway *gateway, struct request *request)
{
    bool is_list = text_is(request_method(request), "GET");
    unsigned right = ADMIN_RIGHT_OPERATOR | (is_list ? ADMIN_RIGHT_READ : ADMIN_RIGHT_APPLY);
    admin_call_start(gateway, request, sizeof(struct key_change), is_list ? list_steps : change_steps, right);
}
