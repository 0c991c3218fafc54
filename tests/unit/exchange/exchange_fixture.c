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
    "  store: {sqlite: s}, sealingKeyFile: k, adminSocket: /tmp/a, limits: {chainDepth: 2}}\n"
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
    "  scopes: [read, write], maximumLifetime: 5m, token: {claims: {mail: email}},\n"
    "  accepts: {issuers: [corp-idp, island-idp, off-idp, self], clients: [agent]}}\n"
    "---\nkind: Target\nmetadata: {name: other}\n"
    "spec: {domain: corp, audiences: [other], scopes: [read], accepts: {issuers: [corp-idp], clients: [agent], "
    "actors: [stranger]}}\n"
    "---\nkind: Target\nmetadata: {name: closed}\n"
    "spec: {domain: corp, audiences: [closed], scopes: [read], accepts: {issuers: [corp-idp], clients: "
    "[agent]}, enabled: false}\n";

static void make_world(struct fixture *fixture)
{
    char path[128], detail[256];
    struct documents documents;
    SCOPED_BUFFER mistakes = {0};
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
    struct arena *arena = arena_create();
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("/test/gateway.yaml"), TEXT(documents_text));
    enum fault fault =
        world_source_compile(&documents, fixture->sealer, fixture->keeper, 7, &fixture->world, &mistakes);
    if (fault != FAULT_NONE)
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
}

int fixture_begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    make_world(fixture);
    *state = fixture;
    return 0;
}

int fixture_end(void **state)
{
    struct fixture *fixture = *state;
    world_release(fixture->world);
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
