/* One cast: three domains, an issuer in each and one that is switched off, two clients, three targets. */
#include "exchange_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exchange/world_source.h"

static const char documents_text[] =
    "kind: Gateway\n"
    "metadata: {name: gateway}\n"
    "spec: {issuer: 'https://gateway.example', listen: ['127.0.0.1:0'], tls: {certificateFile: a, keyFile: "
    "b},\n"
    "  store: {sqlite: s}, sealing: {keyFile: k}, adminSocket: /tmp/a, limits: {chainDepth: 2}}\n"
    "---\nkind: Domain\nmetadata: {name: corp}\nspec: {leavesFor: [partner]}\n"
    "---\nkind: Domain\nmetadata: {name: partner}\nspec: {leavesFor: []}\n"
    "---\nkind: Domain\nmetadata: {name: island}\nspec: {leavesFor: []}\n"
    "---\nkind: Issuer\nmetadata: {name: corp-idp}\n"
    "spec: {domain: corp, issuer: 'https://idp.corp.example', keys: {jwks: {keys: [{kty: OKP, crv: Ed25519, "
    "kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}}\n"
    "---\nkind: Issuer\nmetadata: {name: island-idp}\n"
    "spec: {domain: island, issuer: 'https://idp.island.example', keys: {jwks: {keys: [{kty: OKP, crv: "
    "Ed25519, kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}}\n"
    "---\nkind: Issuer\nmetadata: {name: off-idp}\n"
    "spec: {domain: corp, issuer: 'https://idp.off.example', keys: {jwks: {keys: [{kty: OKP, crv: Ed25519, "
    "kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}, enabled: false}\n"
    "---\nkind: Client\nmetadata: {name: agent}\n"
    "spec: {authentication: {methods: [client_secret_basic], secretHash: "
    "'0000000000000000000000000000000000000000000000000000000000000000'}}\n"
    "---\nkind: Client\nmetadata: {name: stranger}\n"
    "spec: {authentication: {methods: [client_secret_basic], secretHash: "
    "'0000000000000000000000000000000000000000000000000000000000000000'}}\n"
    "---\nkind: Target\nmetadata: {name: orders}\n"
    "spec: {domain: partner, audiences: ['https://api.partner.example', orders], resources: "
    "['https://api.partner.example/v1'],\n"
    "  scopes: [read, write], maximumLifetime: 5m, token: {claims: {mail: email}}, authorizationDetails: "
    "[read, pay],\n"
    "  accepts: {issuers: [corp-idp, island-idp, off-idp, self], clients: [agent]}}\n"
    "---\nkind: Target\nmetadata: {name: other}\n"
    "spec: {domain: corp, audiences: [other], scopes: [read], authorizationDetails: [write, pay], accepts: "
    "{issuers: [corp-idp], clients: [agent], "
    "actors: [stranger]}}\n"
    "---\nkind: Target\nmetadata: {name: closed}\n"
    "spec: {domain: corp, audiences: [closed], scopes: [read], authorizationDetails: [never], accepts: "
    "{issuers: [corp-idp], clients: "
    "[agent]}, enabled: false}\n";

const char fixture_class_documents[] =
    "---\nkind: Issuer\nmetadata: {name: builds}\n"
    "spec: {domain: corp, issuer: 'https://builds.example', platform: true, risk: 5, keys: {jwks: {keys: "
    "[{kty: OKP, crv: "
    "Ed25519, kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}}\n"
    "---\nkind: AgentClass\nmetadata: {name: deployer}\n"
    "spec: {issuer: builds, match: {sub: job-7}, audiences: ['https://gateway.example'], risk: 40}\n"
    "---\nkind: Target\nmetadata: {name: builds-target}\n"
    "spec: {domain: partner, audiences: [builds-target], scopes: [read, write], accepts: {issuers: [corp-idp, "
    "builds], "
    "clients: [deployer]}}\n";

static void make_keeper(struct fixture *fixture)
{
    char path[128], detail[256];
    snprintf(path, sizeof(path), "%s/sealing.key", fixture->folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &fixture->sealer, detail), FAULT_NONE);
    unlink(path);
    const struct address_guard *guard;
    size_t bad;
    fixture->guard_arena = arena_create();
    assert_int_equal(address_guard_create(fixture->guard_arena, NULL, 0, &guard, &bad), FAULT_NONE);
    struct key_keeper_options options = {.guard = guard};
    fixture->loop = loop_create();
    fixture->keeper = key_keeper_create(fixture->loop, &options);
    fixture->adapters = adapter_registry_create(&(struct adapter_registry_options){.sealer = fixture->sealer});
}

bool fixture_use(struct fixture *fixture, const char *more, struct buffer *mistakes)
{
    struct documents documents;
    struct arena *arena = arena_create();
    documents_init(&documents, arena);
    struct text texts[] = {TEXT(documents_text), text_of(more)};
    documents_read(&documents, TEXT("/test/gateway.yaml"), arena_join(arena, texts, 2));
    if (fixture->world != NULL)
        world_release(fixture->world);
    fixture->world = NULL;
    const struct world_services services = {fixture->sealer, fixture->keeper, fixture->adapters};
    enum fault fault = world_source_compile(&documents, &services, 7, &fixture->world, mistakes);
    if (fault != FAULT_NONE)
        arena_destroy(arena);
    return fault == FAULT_NONE;
}

int fixture_begin_with(void **state, const char *more)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    SCOPED_BUFFER mistakes = {0};
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    make_keeper(fixture);
    if (!fixture_use(fixture, more, &mistakes))
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
    *state = fixture;
    return 0;
}

int fixture_begin(void **state)
{
    return fixture_begin_with(state, "");
}

struct errand {
    struct loop_message message;
    struct loop *loop;
    void (*run)(void *context);
    void *context;
};

static void run_errand(struct loop_message *message)
{
    struct errand *errand = (struct errand *)message;
    errand->run(errand->context);
    loop_stop(errand->loop);
}

void fixture_on_loop(struct fixture *fixture, void (*run)(void *context), void *context)
{
    struct errand errand = {{run_errand, NULL}, fixture->loop, run, context};
    loop_post(fixture->loop, &errand.message);
    loop_run(fixture->loop);
}

int fixture_end(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->world != NULL)
        world_release(fixture->world);
    adapter_registry_destroy(fixture->adapters);
    key_keeper_destroy(fixture->keeper);
    loop_destroy(fixture->loop);
    sealer_destroy(fixture->sealer);
    arena_destroy(fixture->arena);
    arena_destroy(fixture->guard_arena);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

struct exchange *fixture_exchange(void **state)
{
    struct fixture *fixture = *state;
    arena_destroy(fixture->arena);
    fixture->arena = arena_create();
    struct exchange *x = ARENA_NEW(fixture->arena, struct exchange);
    const struct client *client = world_client(fixture->world, TEXT("agent"));
    x->call.arena = fixture->arena;
    x->call.world = fixture->world;
    x->call.gateway = ARENA_NEW(fixture->arena, struct gateway);
    x->call.now_s = FIXTURE_NOW;
    x->call.now_us = FIXTURE_NOW * INT64_C(1000000);
    x->call.address = TEXT("192.0.2.7");
    x->call.id = TEXT("01K00000000000000000000000");
    x->call.caller = &x->call.authentication.caller;
    x->call.authentication.caller = (struct caller){.is_authenticated = true,
                                                    .client_id = TEXT("agent"),
                                                    .name = TEXT("agent"),
                                                    .identity = {fixture->world->issuer, TEXT("agent")},
                                                    .document = client->document,
                                                    .client = client};
    x->subject.issuer = world_issuer(fixture->world, TEXT("https://idp.corp.example"));
    x->subject.token = (struct verified_token){.issuer = x->subject.issuer,
                                               .identity = {TEXT("https://idp.corp.example"), TEXT("alice")},
                                               .claims = {.expires_at_s = FIXTURE_NOW + 3600},
                                               .has_scope = true,
                                               .scope = TEXT("read"),
                                               .root = TEXT("root-of-alice")};
    x->request.audiences[0] = TEXT("orders");
    x->request.audience_count = 1;
    return x;
}

struct exchange *fixture_exchange_by_agent(void **state)
{
    struct exchange *x = fixture_exchange(state);
    struct caller *caller = &x->call.authentication.caller;
    const struct agent_class *class = &x->call.world->agent_classes[0];
    caller->client = NULL;
    caller->agent_class = class;
    caller->client_id = caller->name = TEXT("deployer");
    caller->method = TEXT("platform_token");
    caller->identity = (struct identity){TEXT("https://builds.example"), TEXT("job-7")};
    caller->document = class->document;
    x->call.authentication.verification.token = (struct verified_token){
        .issuer = class->issuer, .identity = caller->identity, .claims = {.expires_at_s = FIXTURE_NOW + 600}};
    x->request.audiences[0] = TEXT("builds-target");
    return x;
}

void fixture_ask_scope(struct exchange *x, const char *scope)
{
    x->request.scope_text = text_of(scope);
    x->request.has_scope = true;
    assert_int_equal(scope_set_parse(x->request.scope_text, &x->request.scope), FAULT_NONE);
}

enum fault fixture_decide(struct exchange *x)
{
    TRY(exchange_resolve_target(x));
    TRY(exchange_agree(x));
    TRY(exchange_decide(x));
    return exchange_write_order(x);
}
