/* Minting finds the row of the subject, or the one for everybody, and opens it; connecting writes one. Nothing
 * is made anywhere, and nothing can be withdrawn: a key that was given out is good until whoever made it
 * changes it. */
#include "vault_adapter.h"

#include "adapters/api_key.h"
#include "base/clock.h"
#include "store/store.h"
#include "vault_row.h"
#include "vault_settings.h"
#include "json/json_writer.h"

enum { LISTED_MAX = 200 };

struct vault_minting {
    struct flow flow; /* of its own: it waits for the store */
    const struct adapter_registry_options *services;
    const struct credential_order *order;
    struct credential_minting *minting;
    struct vault_settings settings;
    struct text name; /* of the row that is looked up */
    struct store_query query;
    struct flow_wait own_wait, shared_wait;
    bool is_found;
};

static bool issues(const struct adapter *adapter, struct text token_type_uri)
{
    (void)adapter;
    return text_is(token_type_uri, API_KEY_TOKEN_TYPE);
}

static struct text usual_type(const struct adapter *adapter, struct arena *arena)
{
    (void)adapter;
    (void)arena;
    return TEXT(API_KEY_TOKEN_TYPE);
}

static void look_up(struct vault_minting *x, struct credential_identity subject, struct flow_wait *wait)
{
    struct arena *arena = x->minting->arena;
    x->name = vault_row_name(arena, &x->order->target, subject);
    x->query = (struct store_query){
        .kind = STORE_QUERY_STATE, .adapter = TEXT("vault"), .id = x->name, .arena = arena};
    store_find_awaited(x->services->store, &x->query, wait);
}

/* Takes what the last query brought, if it brought anything. */
static enum flow_step_result take(struct vault_minting *x)
{
    struct credential_minting *minting = x->minting;
    struct vault_row row;
    minting->fault = x->query.fault;
    if (minting->fault != FAULT_NONE)
        return FLOW_SKIP;
    if (x->query.state_count == 0 || x->query.states[0].value.length == 0)
        return FLOW_NEXT;
    const struct sealer *sealer = x->services->sealer;
    minting->fault = vault_row_open(sealer, minting->arena, x->name, x->query.states[0].value, &row);
    if (minting->fault != FAULT_NONE)
        return FLOW_SKIP;
    x->is_found = true;
    minting->credential = row.key;
    minting->fingerprint = vault_fingerprint(sealer, minting->arena, row.key);
    return FLOW_NEXT;
}

static void start_own(struct vault_minting *x)
{
    if (x->settings.keys == VAULT_KEYS_SHARED)
        flow_wait_done(&x->own_wait);
    else
        look_up(x, x->order->subject, &x->own_wait);
}

static enum flow_step_result find_own(struct flow *flow)
{
    struct vault_minting *x = (struct vault_minting *)flow;
    FLOW_AWAIT(flow, &x->own_wait, start_own(x));
    return x->settings.keys == VAULT_KEYS_SHARED ? FLOW_NEXT : take(x);
}

static bool needs_shared(const struct vault_minting *x)
{
    return !x->is_found && x->settings.keys != VAULT_KEYS_OWN;
}

static void start_shared(struct vault_minting *x)
{
    if (needs_shared(x))
        look_up(x, (struct credential_identity){TEXT_NONE, TEXT_NONE}, &x->shared_wait);
    else
        flow_wait_done(&x->shared_wait);
}

static enum flow_step_result find_shared(struct flow *flow)
{
    struct vault_minting *x = (struct vault_minting *)flow;
    FLOW_AWAIT(flow, &x->shared_wait, start_shared(x));
    if (needs_shared(x) && take(x) == FLOW_SKIP)
        return FLOW_SKIP;
    if (!x->is_found) {
        x->minting->fault = FAULT_ADAPTER_REFUSED;
        x->minting->public_reason = TEXT("No key is kept for this subject at this target.");
    }
    return FLOW_NEXT;
}

static void finish(struct flow *flow)
{
    flow_wait_done(&((struct vault_minting *)flow)->minting->wait);
}

static const struct flow_step mint_steps[] = {
    FLOW_STEP(find_own),    /* waits: store */
    FLOW_STEP(find_shared), /* waits: store */
    FLOW_STEP_LAST,
};

static void mint(const struct adapter *adapter, const struct credential_order *order,
                 struct credential_minting *minting)
{
    struct vault_minting *x = ARENA_NEW(minting->arena, struct vault_minting);
    x->services = adapter->context;
    x->order = order;
    x->minting = minting;
    x->settings = vault_settings_read(order->target.settings);
    minting->issued_type = TEXT(API_KEY_TOKEN_TYPE);
    minting->token_type = TEXT("N_A");
    minting->presentation = x->settings.presentation;
    minting->expires_at_s = order->expires_at_s;
    minting->scope = order->scope;
    flow_start(&x->flow, mint_steps, finish);
}

static void validate(const struct adapter *adapter, struct settings_validation *validation)
{
    (void)adapter;
    vault_settings_check(validation);
    flow_wait_done(&validation->wait);
}

/* --- keeping and forgetting --- */

struct vault_keeping {
    struct credential_connection *connection;
    struct store_state row;
    struct store_transaction transaction;
};

static void kept(struct store_transaction *transaction)
{
    struct vault_keeping *x = transaction->context;
    x->connection->fault = transaction->fault;
    flow_wait_done(&x->connection->wait);
}

static void write_row(const struct adapter *adapter, struct credential_connection *connection,
                      struct text value)
{
    const struct adapter_registry_options *services = adapter->context;
    struct vault_keeping *x = ARENA_NEW(connection->arena, struct vault_keeping);
    x->connection = connection;
    x->row = (struct store_state){
        .adapter = TEXT("vault"),
        .key = vault_row_name(connection->arena, &connection->target, connection->subject),
        .change = STORE_STATE_PUT,
        .value = value,
        .expected_version = -1,
    };
    x->transaction =
        (struct store_transaction){.states = &x->row, .state_count = 1, .done = kept, .context = x};
    store_submit(services->store, &x->transaction);
}

struct vault_listing {
    const struct adapter_registry_options *services;
    struct credential_connection *connection;
    struct store_query query;
};

static void write_kept(const struct vault_listing *x, const struct store_state *state,
                       struct json_writer *writer)
{
    struct arena *arena = x->connection->arena;
    struct vault_row row;
    if (vault_row_open(x->services->sealer, arena, state->key, state->value, &row) != FAULT_NONE)
        return; /* sealed with another key: worth nothing here */
    json_begin_object(writer);
    json_member_text_if(writer, "issuer", row.subject.issuer);
    json_member_text_if(writer, "subject", row.subject.subject);
    json_member_integer(writer, "kept_at", row.kept_at_s);
    json_member_text(writer, "fingerprint", vault_fingerprint(x->services->sealer, arena, row.key));
    json_end_object(writer);
}

/* What is wanted, and what is there. */
static void listed(struct store_query *query)
{
    struct vault_listing *x = query->context;
    struct credential_connection *connection = x->connection;
    struct buffer json = buffer_in(connection->arena, 512);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_name(&writer, TEXT("ask"));
    json_begin_array(&writer);
    json_begin_object(&writer);
    json_member_text(&writer, "name", TEXT("key"));
    json_member_text(&writer, "label", TEXT("The key that is put into calls"));
    json_member_boolean(&writer, "secret", true);
    json_end_object(&writer);
    json_end_array(&writer);
    json_name(&writer, TEXT("kept"));
    json_begin_array(&writer);
    for (size_t i = 0; i < query->state_count; i++)
        write_kept(x, &query->states[i], &writer);
    json_end_array(&writer);
    json_end_object(&writer);
    connection->fault = query->fault != FAULT_NONE ? query->fault
                                                   : json_parse(connection->arena, buffer_text(&json),
                                                                &json_limits_document, &connection->request);
    flow_wait_done(&connection->wait);
}

static void ask(const struct adapter *adapter, struct credential_connection *connection)
{
    struct vault_listing *x = ARENA_NEW(connection->arena, struct vault_listing);
    *x = (struct vault_listing){adapter->context, connection, {.kind = STORE_QUERY_STATES}};
    x->query.adapter = TEXT("vault");
    x->query.id = vault_row_prefix(connection->arena, &connection->target);
    x->query.limit = LISTED_MAX;
    x->query.arena = connection->arena;
    x->query.done = listed;
    x->query.context = x;
    store_find(x->services->store, &x->query);
}

/* What can stand in a header, whichever it will be (RFC 9110 section 5.5). */
static bool is_key(struct text key)
{
    for (size_t i = 0; i < key.length; i++)
        if (key.base[i] <= ' ' || key.base[i] > '~')
            return false;
    return key.length != 0 && key.length <= VAULT_KEY_BYTES_MAX;
}

static void keep(const struct adapter *adapter, struct credential_connection *connection)
{
    const struct adapter_registry_options *services = adapter->context;
    struct arena *arena = connection->arena;
    const struct vault_row row = {.subject = connection->subject,
                                  .key = json_text_of(connection->answers, "key"),
                                  .kept_at_s = clock_wall_s()};
    if (!is_key(row.key)) {
        connection->fault = FAULT_PARAMETER_INVALID;
        connection->detail = TEXT("key: expected 1 to 16384 visible ASCII characters");
        flow_wait_done(&connection->wait);
        return;
    }
    struct text name = vault_row_name(arena, &connection->target, connection->subject);
    connection->fingerprint = vault_fingerprint(services->sealer, arena, row.key);
    write_row(adapter, connection, vault_row_seal(services->sealer, arena, name, &row));
}

static void connect(const struct adapter *adapter, struct credential_connection *connection)
{
    if (connection->is_end)
        write_row(adapter, connection, TEXT_NONE);
    else if (connection->answers == NULL)
        ask(adapter, connection);
    else
        keep(adapter, connection);
}

struct adapter vault_adapter(const struct adapter_registry_options *options)
{
    return (struct adapter){.name = TEXT("vault"),
                            .issues = issues,
                            .usual_type = usual_type,
                            .mint = mint,
                            .validate = validate,
                            .connect = connect,
                            .context = (void *)(uintptr_t)options};
}
