/* What is decided for an exchange, over worlds compiled from documents as people write them. The tokens are
 * given as verified; how they get there is trust's business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exchange.h"
#include "exchange/world_source.h"

#include <cmocka.h>

enum { NOW = 1800000000 };

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

struct stage {
    struct loop *loop;
    struct key_keeper *keeper;
    struct sealer *sealer;
    struct world *world;
    struct exchange *x;
    struct arena *arena, *guard_arena;
    char folder[64];
};

static void make_world(struct stage *stage)
{
    char path[128], detail[256];
    struct documents documents;
    SCOPED_BUFFER mistakes = {0};
    snprintf(path, sizeof(path), "%s/sealing.key", stage->folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &stage->sealer, detail), FAULT_NONE);
    unlink(path);
    const struct address_guard *guard;
    size_t bad;
    stage->guard_arena = arena_create();
    assert_int_equal(address_guard_create(stage->guard_arena, NULL, 0, &guard, &bad), FAULT_NONE);
    struct key_keeper_options options = {.guard = guard};
    stage->loop = loop_create();
    stage->keeper = key_keeper_create(stage->loop, &options);
    struct arena *arena = arena_create();
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("/test/gateway.yaml"), TEXT(documents_text));
    enum fault fault =
        world_source_compile(&documents, stage->sealer, stage->keeper, 7, &stage->world, &mistakes);
    if (fault != FAULT_NONE)
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
}

static int set_up(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    snprintf(stage->folder, sizeof(stage->folder), "/tmp/dragoman-test-XXXXXX");
    assert_non_null(mkdtemp(stage->folder));
    make_world(stage);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    world_release(stage->world);
    key_keeper_destroy(stage->keeper);
    loop_destroy(stage->loop);
    sealer_destroy(stage->sealer);
    arena_destroy(stage->arena);
    arena_destroy(stage->guard_arena);
    rmdir(stage->folder);
    free(stage);
    return 0;
}

/* alice of corp, by way of the client "agent", asks for orders; each test changes what it is about. */
static struct exchange *begin(void **state)
{
    struct stage *stage = *state;
    arena_destroy(stage->arena);
    stage->arena = arena_create();
    struct exchange *x = ARENA_NEW(stage->arena, struct exchange);
    const struct client *client = world_client(stage->world, TEXT("agent"));
    x->call.arena = stage->arena;
    x->call.world = stage->world;
    x->call.now_s = NOW;
    x->call.id = TEXT("01K00000000000000000000000");
    x->call.caller = &x->call.authentication.caller;
    x->call.authentication.caller = (struct caller){.is_authenticated = true,
                                                    .client_id = TEXT("agent"),
                                                    .name = TEXT("agent"),
                                                    .identity = {stage->world->issuer, TEXT("agent")},
                                                    .document = client->document,
                                                    .client = client};
    x->subject.issuer = world_issuer(stage->world, TEXT("https://idp.corp.example"));
    x->subject.token = (struct verified_token){.issuer = x->subject.issuer,
                                               .identity = {TEXT("https://idp.corp.example"), TEXT("alice")},
                                               .claims = {.expires_at_s = NOW + 3600},
                                               .has_scope = true,
                                               .scope = TEXT("read"),
                                               .root = TEXT("root-of-alice")};
    x->request.audiences[0] = TEXT("orders");
    x->request.audience_count = 1;
    return x;
}

static void ask_scope(struct exchange *x, const char *scope)
{
    x->request.scope_text = text_of(scope);
    x->request.has_scope = true;
    assert_int_equal(scope_set_parse(x->request.scope_text, &x->request.scope), FAULT_NONE);
}

static enum fault decide(struct exchange *x)
{
    enum fault fault = exchange_resolve_target(x);
    return fault != FAULT_NONE ? fault : exchange_decide(x);
}

static void grants_what_both_sides_agree_on(void **state)
{
    struct exchange *x = begin(state);
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "read"));
    assert_true(text_is(x->order.audiences[0], "https://api.partner.example"));
    assert_int_equal(x->order.expires_at_s, NOW + 300);
    assert_int_equal(x->order.chain_length, 1);
    assert_true(text_is(x->order.chain[0].subject, "agent"));
    assert_true(text_is(x->order.root, "root-of-alice"));
}

static void refuses_a_target_that_is_unknown_disabled_or_not_one(void **state)
{
    struct exchange *x = begin(state);
    x->request.audiences[0] = TEXT("Orders");
    assert_int_equal(decide(x), FAULT_TARGET_UNKNOWN);
    x = begin(state);
    x->request.audiences[0] = TEXT("closed");
    assert_int_equal(decide(x), FAULT_TARGET_DISABLED);
    x = begin(state);
    x->request.audiences[x->request.audience_count++] = TEXT("other");
    assert_int_equal(decide(x), FAULT_TARGET_SEVERAL);
    x = begin(state);
    x->request.resources[x->request.resource_count++] = TEXT("https://api.partner.example/v1");
    assert_int_equal(decide(x), FAULT_NONE);
}

static void refuses_a_token_type_the_target_does_not_issue(void **state)
{
    struct exchange *x = begin(state);
    x->request.requested_type = TEXT("urn:ietf:params:oauth:token-type:saml2");
    assert_int_equal(decide(x), FAULT_TARGET_TYPE);
}

static void refuses_a_domain_that_does_not_let_its_identities_leave(void **state)
{
    struct stage *stage = *state;
    struct exchange *x = begin(state);
    x->subject.token.issuer = world_issuer(stage->world, TEXT("https://idp.island.example"));
    assert_int_equal(decide(x), FAULT_TARGET_DOMAIN);
}

static void refuses_an_issuer_or_client_the_target_does_not_accept(void **state)
{
    struct stage *stage = *state;
    struct exchange *x = begin(state);
    x->subject.token.issuer = world_issuer(stage->world, TEXT("https://idp.off.example"));
    x->request.audiences[0] = TEXT("other");
    assert_int_equal(decide(x), FAULT_TARGET_ISSUER);
    x = begin(state);
    x->call.authentication.caller.name = TEXT("stranger");
    assert_int_equal(decide(x), FAULT_TARGET_CLIENT);
    x = begin(state);
    x->request.audiences[0] = TEXT("other");
    assert_int_equal(decide(x), FAULT_TARGET_ACTOR);
}

static void refuses_scopes_not_offered_or_wider_than_the_subjects(void **state)
{
    struct exchange *x = begin(state);
    ask_scope(x, "read admin");
    assert_int_equal(decide(x), FAULT_SCOPE_NOT_OFFERED);
    x = begin(state);
    ask_scope(x, "read write");
    assert_int_equal(decide(x), FAULT_SCOPE_WIDER);
}

static void gives_no_scope_unasked_where_the_subject_says_nothing(void **state)
{
    struct exchange *x = begin(state);
    x->subject.token.has_scope = false;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_null(x->order.scope.base);
    x = begin(state);
    x->subject.token.has_scope = false;
    ask_scope(x, "write");
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_is(x->order.scope, "write"));
}

static void never_outlives_an_input(void **state)
{
    struct exchange *x = begin(state);
    x->subject.token.claims.expires_at_s = NOW + 20;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->order.expires_at_s, NOW + 20);
    x = begin(state);
    x->call.authentication.caller.proof_expires_at_s = NOW + 10;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->order.expires_at_s, NOW + 10);
    x = begin(state);
    x->request.actor_token = TEXT("a");
    x->actor.issuer = x->actor.token.issuer = x->subject.issuer;
    x->actor.token.identity = (struct identity){TEXT("https://idp.corp.example"), TEXT("robot")};
    x->actor.token.claims.expires_at_s = NOW + 5;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->order.expires_at_s, NOW + 5);
    x = begin(state);
    x->subject.token.claims.expires_at_s = NOW;
    assert_int_equal(decide(x), FAULT_LIFETIME_NONE);
}

static void holds_may_act_against_whoever_acts(void **state)
{
    struct stage *stage = *state;
    struct exchange *x = begin(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT_NONE, TEXT("somebody-else")};
    assert_int_equal(decide(x), FAULT_MAY_ACT_MISMATCH);
    x = begin(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT("https://idp.corp.example"), TEXT("agent")};
    assert_int_equal(decide(x), FAULT_MAY_ACT_MISMATCH);
    /* Without iss: the token's own issuer and our own clients, no third issuer's namesake. */
    x = begin(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT_NONE, TEXT("agent")};
    x->call.authentication.caller.identity.issuer = TEXT("https://idp.island.example");
    assert_int_equal(decide(x), FAULT_MAY_ACT_MISMATCH);
    x = begin(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){TEXT_NONE, TEXT("agent")};
    assert_int_equal(decide(x), FAULT_NONE);
    x = begin(state);
    x->subject.token.has_may_act = true;
    x->subject.token.may_act = (struct identity){stage->world->issuer, TEXT("agent")};
    assert_int_equal(decide(x), FAULT_NONE);
}

static void refuses_an_actor_token_that_is_itself_delegated(void **state)
{
    struct exchange *x = begin(state);
    x->request.actor_token = TEXT("a");
    x->actor.issuer = x->actor.token.issuer = x->subject.issuer;
    x->actor.token.identity = (struct identity){TEXT("https://idp.corp.example"), TEXT("robot")};
    x->actor.token.chain_length = 1;
    assert_int_equal(decide(x), FAULT_ACTOR_DELEGATED);
}

static void asks_both_sides_about_an_actor_token_too(void **state)
{
    struct stage *stage = *state;
    static const char *const issuers[] = {"https://idp.island.example", "https://gateway.example"};
    static const enum fault expected[] = {FAULT_TARGET_ACTOR, FAULT_ACTOR_DELEGATED};
    for (size_t i = 0; i < 2; i++) {
        struct exchange *x = begin(state);
        x->request.actor_token = TEXT("a");
        x->actor.issuer = x->actor.token.issuer = world_issuer(stage->world, text_of(issuers[i]));
        x->actor.token.identity = (struct identity){text_of(issuers[i]), TEXT("robot")};
        assert_int_equal(decide(x), expected[i]);
    }
    struct exchange *x = begin(state);
    x->request.actor_token = TEXT("a");
    x->actor.issuer = x->actor.token.issuer = x->subject.issuer;
    x->actor.token.identity = x->subject.token.identity;
    assert_int_equal(decide(x), FAULT_ACTOR_IS_SUBJECT);
}

static void keeps_the_chain_and_limits_its_depth(void **state)
{
    struct exchange *x = begin(state);
    x->subject.token.chain[0] = (struct identity){TEXT("https://idp.corp.example"), TEXT("earlier")};
    x->subject.token.chain_length = 1;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->order.chain_length, 2);
    assert_true(text_is(x->order.chain[0].subject, "agent"));
    assert_true(text_is(x->order.chain[1].subject, "earlier"));
    x = begin(state);
    x->subject.token.chain[0] = (struct identity){TEXT("https://idp.corp.example"), TEXT("earlier")};
    x->subject.token.chain[1] = (struct identity){TEXT("https://idp.corp.example"), TEXT("earliest")};
    x->subject.token.chain_length = 2;
    assert_int_equal(decide(x), FAULT_CHAIN_TOO_DEEP);
}

static void names_no_actor_when_the_subject_acts_for_itself(void **state)
{
    struct exchange *x = begin(state);
    x->call.authentication.caller.identity = x->subject.token.identity;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->order.chain_length, 0);
}

static void carries_the_first_domains_rules_through_tokens_of_ours(void **state)
{
    struct stage *stage = *state;
    static const char *const claims[] = {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}",
                                         "{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.island.example\"}",
                                         "{\"sub_iss\":\"https://idp.off.example\"}",
                                         "{\"sub_iss\":\"https://gateway.example\"}", "{}"};
    static const enum fault expected[] = {FAULT_NONE, FAULT_TARGET_DOMAIN, FAULT_TOKEN_ISSUER_DISABLED,
                                          FAULT_TOKEN_ISSUER_UNKNOWN, FAULT_TOKEN_ISSUER_UNKNOWN};
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        struct exchange *x = begin(state);
        x->subject.issuer = x->subject.token.issuer = &stage->world->self;
        x->subject.token.claims.audiences[0] = TEXT("https://api.partner.example");
        x->subject.token.claims.audience_count = 1;
        x->subject.token.claims.id = TEXT("01J00000000000000000000000");
        assert_int_equal(
            json_parse(x->call.arena, text_of(claims[i]), &json_limits_token, &x->subject.token.claims.all),
            FAULT_NONE);
        assert_int_equal(decide(x), expected[i]);
        if (expected[i] == FAULT_NONE) {
            assert_true(text_is(x->parent, "01J00000000000000000000000"));
            assert_true(text_is(x->order.subject.issuer, "https://idp.corp.example"));
        }
    }
}

static void refuses_a_token_of_ours_when_what_it_stands_on_is_off_or_gone(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *claims, *audience;
    } cases[] = {
        {"{\"client_id\":\"gone\",\"sub_iss\":\"https://idp.corp.example\"}", "https://api.partner.example"},
        {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}", "closed"},
        {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}", "gone"},
        {"{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\",\"act\":{\"sub\":\"a\",\"act\":{"
         "\"iss\":\"https://idp.off.example\",\"sub\":\"b\"}}}",
         "https://api.partner.example"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct exchange *x = begin(state);
        x->subject.issuer = x->subject.token.issuer = &stage->world->self;
        x->subject.token.claims.audiences[0] = text_of(cases[i].audience);
        x->subject.token.claims.audience_count = 1;
        assert_int_equal(json_parse(x->call.arena, text_of(cases[i].claims), &json_limits_token,
                                    &x->subject.token.claims.all),
                         FAULT_NONE);
        assert_int_equal(decide(x), FAULT_TOKEN_REVOKED);
    }
}

static void asks_scopes_of_ours_even_where_the_token_has_none(void **state)
{
    struct stage *stage = *state;
    struct exchange *x = begin(state);
    x->subject.issuer = x->subject.token.issuer = &stage->world->self;
    x->subject.token.claims.audiences[0] = TEXT("https://api.partner.example");
    x->subject.token.claims.audience_count = 1;
    x->subject.token.has_scope = false;
    x->subject.token.scope = TEXT_NONE;
    assert_int_equal(json_parse(x->call.arena,
                                TEXT("{\"client_id\":\"agent\",\"sub_iss\":\"https://idp.corp.example\"}"),
                                &json_limits_token, &x->subject.token.claims.all),
                     FAULT_NONE);
    ask_scope(x, "read");
    assert_int_equal(decide(x), FAULT_SCOPE_WIDER);
}

static void splits_a_tree_by_task_but_never_joins_anothers(void **state)
{
    struct exchange *x = begin(state);
    x->request.task = TEXT("nightly");
    assert_int_equal(decide(x), FAULT_NONE);
    struct text first = arena_copy(((struct stage *)*state)->world->arena, x->order.root);
    assert_false(text_is(first, "root-of-alice"));
    x = begin(state);
    x->request.task = TEXT("nightly");
    assert_int_equal(decide(x), FAULT_NONE);
    assert_true(text_equal(x->order.root, first));
    x = begin(state);
    x->request.task = TEXT("nightly");
    x->call.authentication.caller.identity.subject = TEXT("other-agent");
    assert_int_equal(decide(x), FAULT_NONE);
    assert_false(text_equal(x->order.root, first));
    x = begin(state);
    x->request.task = TEXT("nightly");
    x->subject.token.identity.subject = TEXT("bob");
    assert_int_equal(decide(x), FAULT_NONE);
    assert_false(text_equal(x->order.root, first));
}

static void fills_profile_claims_from_attributes(void **state)
{
    struct exchange *x = begin(state);
    const struct name_value attributes[] = {{TEXT("email"), TEXT("alice@corp.example")},
                                            {TEXT("phone"), TEXT("1")}};
    x->subject.token.attributes = attributes;
    x->subject.token.attribute_count = 2;
    assert_int_equal(decide(x), FAULT_NONE);
    assert_int_equal(x->order.claim_count, 1);
    assert_true(text_is(x->order.claims[0].name, "mail"));
    assert_true(text_is(x->order.claims[0].value, "alice@corp.example"));
}

int main(void)
{
#define DECISION_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DECISION_TEST(grants_what_both_sides_agree_on),
        DECISION_TEST(refuses_a_target_that_is_unknown_disabled_or_not_one),
        DECISION_TEST(refuses_a_token_type_the_target_does_not_issue),
        DECISION_TEST(refuses_a_domain_that_does_not_let_its_identities_leave),
        DECISION_TEST(refuses_an_issuer_or_client_the_target_does_not_accept),
        DECISION_TEST(refuses_scopes_not_offered_or_wider_than_the_subjects),
        DECISION_TEST(gives_no_scope_unasked_where_the_subject_says_nothing),
        DECISION_TEST(never_outlives_an_input),
        DECISION_TEST(holds_may_act_against_whoever_acts),
        DECISION_TEST(refuses_an_actor_token_that_is_itself_delegated),
        DECISION_TEST(asks_both_sides_about_an_actor_token_too),
        DECISION_TEST(keeps_the_chain_and_limits_its_depth),
        DECISION_TEST(names_no_actor_when_the_subject_acts_for_itself),
        DECISION_TEST(carries_the_first_domains_rules_through_tokens_of_ours),
        DECISION_TEST(refuses_a_token_of_ours_when_what_it_stands_on_is_off_or_gone),
        DECISION_TEST(asks_scopes_of_ours_even_where_the_token_has_none),
        DECISION_TEST(splits_a_tree_by_task_but_never_joins_anothers),
        DECISION_TEST(fills_profile_claims_from_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
