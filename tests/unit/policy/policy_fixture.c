/* The cast: alice at the corporate issuer, for whom the agent of a build platform acts at the target "orders".
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "policy_fixture.h"

static void fill_base(struct policy_base *base)
{
    struct scope_set scopes;
    assert_int_equal(scope_set_parse(TEXT("read write"), &scopes), FAULT_NONE);
    policy_base_add_issuer(base, TEXT("corp-idp"), TEXT("https://idp.corp.example"), TEXT("corp"), false, 10);
    policy_base_add_issuer(base, TEXT("builds"), TEXT("https://builds.example"), TEXT("local"), true, 0);
    policy_base_add_principal(base, "AgentClass", TEXT("deployer"), TEXT("platform"), 20);
    policy_base_add_principal(base, "Client", TEXT("orders-agent"), TEXT_NONE, 0);
    policy_base_add_target(base, TEXT("orders"), TEXT("partner"), TEXT("commerce"),
                           TEXT("https://orders.example"), TEXT("jwt"), &scopes);
    policy_base_add_target(base, TEXT("ledger"), TEXT("corp"), TEXT_NONE, TEXT("https://ledger.example"),
                           TEXT("jwt"), &scopes);
    policy_base_add_server(base, TEXT("orders"), TEXT("partner"), TEXT("commerce"));
    policy_base_seal(base);
}

static const struct policy_attribute alice[] = {{TEXT("department"), TEXT("sales"), false},
                                                {TEXT("groups"), TEXT("staff\nbuyers"), true}};
static const struct policy_identity chain[] = {{TEXT("https://builds.example"), TEXT("job-7")}};

int policy_fixture_create(void **state)
{
    struct policy_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->arena = arena_create();
    fixture->base = policy_base_create(fixture->arena);
    fill_base(fixture->base);
    fixture->facts = (struct policy_facts){
        .action = "exchange",
        .actor = {.kind = POLICY_AGENT,
                  .issuer = chain[0].issuer,
                  .subject = chain[0].subject,
                  .issuer_document = TEXT("builds"),
                  .risk = 20},
        .agent_class = TEXT("deployer"),
        .proof = TEXT("platform_token"),
        .subject = {.kind = POLICY_USER,
                    .issuer = TEXT("https://idp.corp.example"),
                    .subject = TEXT("alice"),
                    .issuer_document = TEXT("corp-idp"),
                    .attributes = alice,
                    .attribute_count = 2,
                    .risk = 10},
        .subject_domain = TEXT("corp"),
        .chain = chain,
        .chain_length = 1,
        .root = TEXT("root-1"),
        .target = TEXT("orders"),
        .scopes = &fixture->scopes,
        .lifetime_s = 300,
        .source = TEXT("192.0.2.7"),
        .now_us = (int64_t)FIXTURE_NOW_S * 1000000,
    };
    policy_fixture_set_scopes(fixture, "read write");
    *state = fixture;
    return 0;
}

int policy_fixture_destroy(void **state)
{
    struct policy_fixture *fixture = *state;
    buffer_dispose(&fixture->mistakes);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

void policy_fixture_set_scopes(struct policy_fixture *fixture, const char *scopes)
{
    assert_int_equal(scope_set_parse(text_of(scopes), &fixture->scopes), FAULT_NONE);
}

static void note_mistake(void *context, size_t source, const struct cedar_mistake *mistake)
{
    struct policy_fixture *fixture = context;
    unsigned line, column;
    cedar_position(mistake->source, mistake->span.offset, &line, &column);
    buffer_print(&fixture->mistakes, "%zu:%u:%u: %.*s\n", source, line, column,
                 TEXT_ARGUMENTS(mistake->sentence));
}

enum fault policy_fixture_compile(struct policy_fixture *fixture, const char *policies, const char *trial)
{
    struct policy_source *sources = ARENA_ARRAY(fixture->arena, struct policy_source, 2);
    const struct policy_mistakes mistakes = {note_mistake, fixture};
    sources[0] =
        (struct policy_source){TEXT("agents"), TEXT("Policy/agents (p.yaml:1)"), text_of(policies), false};
    sources[1] = (struct policy_source){TEXT("trial"), TEXT("Policy/trial (t.yaml:1)"), text_of(trial), true};
    fixture->mistakes.length = 0;
    return policy_book_compile(fixture->arena, sources, trial == NULL ? 1 : 2, &mistakes, &fixture->book);
}

enum fault policy_fixture_decide(struct policy_fixture *fixture, const char *policies)
{
    const struct policy_rules rules = {.is_permit_required = true, .work = 100000};
    if (policy_fixture_compile(fixture, policies, NULL) != FAULT_NONE)
        fail_msg("%.*s", (int)fixture->mistakes.length, fixture->mistakes.base);
    policy_decide(fixture->arena, fixture->book, fixture->base, &fixture->facts, &rules, &fixture->decision);
    return fixture->decision.fault;
}
