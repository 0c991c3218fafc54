/* Questions of others. One that is refused says what is wrong; one that is read is what the model allows, is no
 * less of a risk than documents say, and is decided the same way twice. */
#include "cedar/schema.h"
#include "policy/evaluation.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { ISSUER_RISK = 40 };

struct ground {
    struct arena *arena;
    struct policy_base *base;
    struct policy_book *book;
    struct scope_set scopes;
};

static void never(void *context, size_t source, const struct cedar_mistake *mistake)
{
    (void)context;
    (void)source;
    (void)mistake;
    INVARIANT(false);
}

static const struct policy_source source = {
    .name = {"p", 1},
    .policies = TEXT(
        "@max_lifetime(\"60s\") @narrow_scopes(\"a\") permit(principal, action == Action::\"exchange\", "
        "resource) when { context.risk < 90 };"
        "@require_step_up(\"mfa max_age=5m\") permit(principal is User, action == Action::\"call\", resource);"
        "forbid(principal, action == Action::\"exchange\", resource) when { context has user && "
        "context.user.hasTag(\"g\") && context.user.getTag(\"g\").contains(\"x\") };"
        "forbid(principal in Team::\"t\", action == Action::\"redeem\", resource) when { "
        "context.delegation.depth * 2 > 4 || context.held_by_agent.domains.contains(Domain::\"d\") };")};

static struct ground make_ground(void)
{
    struct ground ground = {.arena = arena_create()};
    const struct policy_mistakes mistakes = {never, NULL};
    INVARIANT(scope_set_parse(TEXT("a b"), &ground.scopes) == FAULT_NONE);
    ground.base = policy_base_create(ground.arena);
    policy_base_add_issuer(ground.base, TEXT("i"), TEXT("https://i.example"), TEXT("d"), false, ISSUER_RISK);
    policy_base_add_target(ground.base, TEXT("o"), TEXT("d"), TEXT("t"), TEXT("https://o.example"), TEXT("jwt"),
                           &ground.scopes);
    policy_base_seal(ground.base);
    INVARIANT(policy_book_compile(ground.arena, &source, 1, &mistakes, &ground.book) == FAULT_NONE);
    return ground;
}

static enum fault read(struct arena *arena, const struct ground *ground, struct text body,
                       struct policy_evaluation *evaluation)
{
    *evaluation = (struct policy_evaluation){.facts = {.proof = TEXT("")}};
    TRY(policy_evaluation_read(arena, body, evaluation));
    struct policy_facts *facts = &evaluation->facts;
    facts->root = TEXT("r");
    facts->source = TEXT("192.0.2.7");
    facts->subject_domain = TEXT("");
    facts->now_us = INT64_C(1800000000000000);
    facts->lifetime_s = 300;
    evaluation->scopes = ground->scopes;
    facts->subject.risk = facts->subject.risk > ISSUER_RISK ? facts->subject.risk : ISSUER_RISK;
    return policy_evaluation_request(arena, ground->base, policy_book_schema(ground->book), evaluation);
}

static enum fault decide(struct arena *arena, const struct ground *ground,
                         const struct policy_evaluation *asked)
{
    const struct policy_rules rules = {.is_permit_required = true, .work = CEDAR_WORK_DEFAULT};
    struct policy_decision decision;
    policy_decide_request(arena, ground->book, &asked->request, asked->entities, &asked->facts, &rules,
                          &decision);
    INVARIANT(decision.fault != FAULT_NONE || decision.policy_count != 0);
    INVARIANT(!decision.narrows_scopes || decision.scopes.count <= asked->scopes.count);
    return decision.fault;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct ground ground;
    if (ground.arena == NULL)
        ground = make_ground();
    SCOPED_ARENA arena = arena_create();
    struct policy_evaluation asked, again;
    struct text body = {(const char *)bytes, size}, mistake;
    if (read(arena, &ground, body, &asked) != FAULT_NONE) {
        INVARIANT(asked.mistake.length != 0);
        return 0;
    }
    INVARIANT(cedar_request_validate(arena, policy_book_schema(ground.book), &asked.request, &mistake) ==
              FAULT_NONE);
    INVARIANT(cedar_record_find(asked.request.context, TEXT("risk"))->integer >= ISSUER_RISK);
    INVARIANT(asked.scopes.count <= SCOPES_MAX);
    INVARIANT(read(arena, &ground, body, &again) == FAULT_NONE);
    INVARIANT(decide(arena, &ground, &asked) == decide(arena, &ground, &again));
    return 0;
}
