/* Waits are completed by the fixture's loop; a timer looks whether they are. */
#include "people_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define KEY                                                                                                    \
    "keys: {jwks: {keys: [{kty: OKP, crv: Ed25519, kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}"

static const char documents[] =
    "---\nkind: Issuer\nmetadata: {name: people-idp}\n"
    "spec: {domain: corp, issuer: 'https://people.example', login: {clientId: gateway}, " KEY "}\n"
    "---\nkind: Target\nmetadata: {name: drive}\n"
    "spec: {domain: corp, audiences: [drive], scopes: [read, write], maximumLifetime: 5m, connection: "
    "{lifetime: 30d},\n"
    "  accepts: {issuers: [people-idp, corp-idp, self], clients: [agent]}}\n";

static struct store *store;
static struct consent_memory *memory;
static struct cutoff_keeper *cutoffs;
static char path[128];

struct store *people_store(void)
{
    return store;
}

int people_begin(void **state)
{
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(fixture_begin_with(state, documents), 0);
    struct fixture *fixture = *state;
    log_set_level(LOG_ERROR);
    snprintf(path, sizeof(path), "%s/test.sqlite", fixture->folder);
    struct store_options options = {.sqlite_path = path, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &store, detail), FAULT_NONE);
    memory = consent_memory_create();
    cutoffs = cutoff_keeper_create(&fixture->loop, 1, 64);
    return 0;
}

int people_end(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    store_close(store);
    consent_memory_destroy(memory);
    cutoff_keeper_close(cutoffs);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[160];
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    fixture_end(state);
    cutoff_keeper_destroy(cutoffs);
    return 0;
}

struct exchange *people_exchange(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = fixture_exchange(state);
    x->call.gateway->store = store;
    x->call.gateway->sealer = fixture->sealer;
    x->call.gateway->consents = memory;
    x->call.gateway->cutoffs = cutoffs;
    x->call.authentication.caller.account = TEXT("client/agent");
    x->subject.issuer = world_issuer(fixture->world, TEXT("https://people.example"));
    x->subject.token.issuer = x->subject.issuer;
    x->subject.token.identity.issuer = TEXT("https://people.example");
    x->request.audiences[0] = TEXT("drive");
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    x->standing = (struct standing){.arena = x->call.arena, .world = x->call.world};
    return x;
}

/* --- waiting --- */

struct asking {
    struct loop_timer timer; /* first */
    struct loop_message message;
    struct loop *loop;
    struct exchange *x;
};

static void look(struct loop_timer *timer)
{
    struct asking *asking = (struct asking *)timer;
    if (asking->x->consent.wait.state == FLOW_WAIT_READY)
        loop_stop(asking->loop);
    else
        loop_timer_start(asking->loop, timer, 1);
}

static void ask(struct loop_message *message)
{
    struct asking *asking = (struct asking *)((char *)message - offsetof(struct asking, message));
    struct exchange *x = asking->x;
    x->call.flow.is_running = true;
    x->consent.wait = (struct flow_wait){FLOW_WAIT_PENDING, &x->call.flow};
    exchange_ask_consent(x);
    look(&asking->timer);
}

enum fault people_check_consent(void **state, struct exchange *x)
{
    struct fixture *fixture = *state;
    struct asking asking = {.timer.run = look, .message.run = ask, .loop = fixture->loop, .x = x};
    loop_post(fixture->loop, &asking.message);
    loop_run(fixture->loop);
    return exchange_complete_consent(x);
}

/* --- what was agreed to --- */

void people_consent(void **state, const char *subject, const char *client, const char *scope, const char *id)
{
    struct fixture *fixture = *state;
    SCOPED_ARENA arena = arena_create();
    struct consents *consents = ARENA_NEW(arena, struct consents);
    consents->sealer = fixture->sealer;
    consents->arena = arena;
    consents->person = (struct credential_identity){TEXT("https://people.example"), text_of(subject)};
    const struct consent consent = {.id = text_of(id),
                                    .target = TEXT("drive"),
                                    .client = text_of(client),
                                    .scope = text_of(scope),
                                    .given_at_s = FIXTURE_NOW - 10,
                                    .expires_at_s = FIXTURE_NOW + 100};
    consents_add(consents, &consent);
    struct store_state change;
    consents_write(consents, &change);
    change.expected_version = -1;
    struct store_transaction transaction = {.states = &change, .state_count = 1};
    store_submit_and_wait(store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    assert_int_equal(transaction.outcome, STORE_STORED);
}

void people_end_lease(struct exchange *x, const char *id)
{
    const struct store_cutoff cutoff = {
        .kind = TEXT("lease"), .id = text_of(id), .at_us = x->call.now_us, .epoch = 2};
    cutoff_keeper_fill(cutoffs, &cutoff, 1, (struct store_counter){2, 2});
}
