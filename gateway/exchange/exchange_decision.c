/* The decision: what policies and combinations say of an exchange that the documents allow. It only narrows,
 * and may be made again when what is held has changed meanwhile. No I/O and no clock; what was asked of the
 * store is in the facts. */
#include "exchange.h"
#include "exchange/call_facts.h"
#include "policy/facts_record.h"

/* Whoever a platform's issuer names is a workload, anybody else's a person; we vouch for our clients alone, who
 * are agents. */
static enum policy_party_kind kind_of(const struct issuer *issuer)
{
    if (issuer->is_self)
        return POLICY_AGENT;
    return issuer->document->issuer.is_platform ? POLICY_WORKLOAD : POLICY_USER;
}

static void describe_subject(struct exchange *x)
{
    struct policy_facts *facts = &x->facts;
    const struct verified_token *subject = &x->subject.token;
    call_facts_describe(&facts->subject, kind_of(x->origin), &subject->identity, x->origin);
    call_facts_take_attributes(x->call.arena, &facts->subject, subject);
    facts->subject_domain = x->origin->document->issuer.domain;
    facts->subject_is_actor = identity_equal(&subject->identity, &x->actor_identity);
}

static bool is_caller_acting(const struct exchange *x)
{
    return x->request.actor_token.length == 0 || identity_equal(&x->actor_identity, &x->call.caller->identity);
}

/* The caller is an agent; whoever an actor token names is something else that its issuer vouches for. An agent
 * that shows a token of its own there stays what it is: it must not leave its class behind by that. */
static void describe_actor(struct exchange *x)
{
    struct policy_facts *facts = &x->facts;
    if (is_caller_acting(x)) {
        call_facts_describe_caller(&x->call, facts);
        return;
    }
    facts->caller = (struct policy_identity){x->call.caller->identity.issuer, x->call.caller->identity.subject};
    call_facts_describe(&facts->actor, kind_of(x->actor.issuer), &x->actor_identity, x->actor.issuer);
    call_facts_take_attributes(x->call.arena, &facts->actor, &x->actor.token);
}

static void describe_chain(struct exchange *x)
{
    struct policy_identity *chain = ARENA_ARRAY(x->call.arena, struct policy_identity, x->chain_length + 1);
    for (size_t i = 0; i < x->chain_length; i++)
        chain[i] = (struct policy_identity){x->chain[i].issuer, x->chain[i].subject};
    x->facts.chain = chain;
    x->facts.chain_length = x->chain_length;
}

/* How the subject authenticated: OpenID Connect Core section 2, RFC 9068 section 2.2.1. */
static void describe_authentication(struct exchange *x)
{
    x->facts.acr = x->subject.token.acr;
    x->facts.amr = x->subject.token.amr;
    x->facts.auth_time_s = x->subject.token.auth_time_s;
}

/* What is asked for, or else what its adapter makes unasked, as far as that is known. */
static struct text type_of(const struct exchange *x)
{
    struct text asked = x->request.requested_type;
    return asked.length != 0 ? asked : x->adapter->usual_type(x->adapter, x->call.arena);
}

void exchange_describe_facts(struct exchange *x)
{
    struct policy_facts *facts = &x->facts;
    facts->action = "exchange";
    describe_subject(x);
    describe_actor(x);
    describe_chain(x);
    describe_authentication(x);
    facts->root = x->root;
    facts->task = x->request.task;
    facts->purpose = x->request.purpose;
    facts->target = x->target->document->name;
    facts->issued_type = type_of(x);
    facts->scopes = &x->scope;
    facts->authorization_details = x->details;
    facts->lifetime_s = x->expires_at_s - x->call.now_s;
    facts->is_bound = exchange_binding(x).length != 0;
    facts->source = x->call.address;
    facts->now_us = x->call.now_us;
}

/* What a policy on trial would have refused is a rung of its own, and no failure. */
static void note_report(struct exchange *x)
{
    const struct policy_decision *policy = &x->policy;
    if (policy->reported == FAULT_NONE)
        return;
    ladder_pass(&x->call.ladder, "policy_would_refuse", policy->reported_document,
                arena_print(x->call.arena, "%s: %.*s", fault_row(policy->reported)->reason,
                            TEXT_ARGUMENTS(policy->reported_detail)));
}

static void set_scope(struct exchange *x, const struct scope_set *scope)
{
    x->scope = *scope;
    x->scope_text = scope_set_text(x->call.arena, scope);
}

static void obey(struct exchange *x)
{
    const struct policy_decision *policy = &x->policy;
    int64_t until_s = x->call.now_s + policy->maximum_lifetime_s;
    if (policy->maximum_lifetime_s != 0 && until_s < x->expires_at_s) {
        x->expires_at_s = until_s;
        ladder_pass(&x->call.ladder, "policy_lifetime", policy->document,
                    arena_print(x->call.arena, "%lld s", (long long)policy->maximum_lifetime_s));
    }
    if (policy->narrows_scopes) {
        set_scope(x, &policy->scopes);
        ladder_pass(&x->call.ladder, "policy_scopes", policy->document, x->scope_text);
    }
}

static enum fault ask(struct exchange *x, const char *check, const struct policy_facts *facts,
                      const struct policy_rules *rules)
{
    const struct policy_set *set = &x->call.world->policies.set;
    policy_decide(x->call.arena, set->book, set->base, facts, rules, &x->policy);
    note_report(x);
    if (x->policy.fault != FAULT_NONE) {
        x->call.public_reason = x->policy.public_reason;
        x->call.acr_values = x->policy.acr_values;
        x->call.maximum_age_s = x->policy.maximum_age_s;
        return ladder_fail(&x->call.ladder, check, x->policy.fault, x->policy.document, x->policy.detail);
    }
    ladder_pass(&x->call.ladder, check, x->policy.document, x->policy.detail);
    obey(x);
    return FAULT_NONE;
}

/* What is forbidden to a caller, or given to it for a short time only, is not given by way of another's actor
 * token either: it is the caller who gets the credential. Whether it is permitted is asked of the actor alone.
 */
static enum fault ask_about_caller(struct exchange *x)
{
    struct policy_facts facts = x->facts;
    const struct policy_rules rules = {.is_permit_required = false,
                                       .work = x->call.world->policies.set.rules.work};
    facts.actor = (struct policy_party){0};
    facts.lifetime_s = x->expires_at_s - x->call.now_s;
    call_facts_describe_caller(&x->call, &facts);
    facts.subject_is_actor = identity_equal(&x->subject.token.identity, &x->call.caller->identity);
    return ask(x, "policy_of_caller", &facts, &rules);
}

static enum fault ask_policies(struct exchange *x)
{
    const struct policy_set *set = &x->call.world->policies.set;
    if (!policy_set_is_in_force(set))
        return FAULT_NONE;
    TRY(ask(x, "policy", &x->facts, &set->rules));
    return is_caller_acting(x) ? FAULT_NONE : ask_about_caller(x);
}

static enum fault ask_combination(struct exchange *x, const struct combination *combination)
{
    struct combination_verdict verdict;
    combination_judge(x->call.arena, combination, &x->facts, x->target->document->target.domain, &x->scope,
                      &verdict);
    if (verdict.is_refused)
        return ladder_fail(&x->call.ladder, "combination", FAULT_COMBINATION_FORBIDDEN, combination->label,
                           verdict.detail);
    if (verdict.is_narrowed) {
        set_scope(x, &verdict.scopes);
        ladder_pass(&x->call.ladder, "combination", combination->label, x->scope_text);
    }
    return FAULT_NONE;
}

/* One round is enough: with fewer scopes a credential gives no right that it did not give with more, and what
 * is held stays as it is. So a combination that was not complete, or was narrowed to be no longer, is not
 * completed by what a later one takes away. */
static enum fault ask_combinations(struct exchange *x)
{
    const struct policy_set *set = &x->call.world->policies.set;
    for (size_t i = 0; i < set->combination_count; i++)
        TRY(ask_combination(x, &set->combinations[i]));
    return FAULT_NONE;
}

/* For the record, so that a later policy can be tried on it: `dragoman policy replay`. */
static void note_facts(struct exchange *x)
{
    struct policy_facts facts = x->facts;
    bool is_type_decided = x->request.requested_type.length != 0 ||
                           policy_book_reads(x->call.world->policies.set.book, "issued_token_type");
    if (!is_type_decided) /* the record of what was issued says it anyway */
        facts.issued_type = TEXT_NONE;
    struct buffer json = buffer_in(x->call.arena, 512);
    struct json_writer writer = json_writer_on(&json);
    policy_facts_write(&facts, &writer);
    x->facts_json = buffer_text(&json);
}

/* What is shown to this gateway with every call is decided about again then, by policies that may not be there
 * yet; whoever it was made for is known only now. */
static bool is_decided_again(const struct exchange *x)
{
    const struct target_document *target = &x->target->document->target;
    return x->adapter->is_checked_here || target->egress.upstream.length != 0 ||
           target->calls.rules.count != 0 || target->calls.per_minute != 0;
}

enum fault exchange_decide(struct exchange *x)
{
    const struct policy_set *set = &x->call.world->policies.set;
    x->is_asked = policy_set_is_in_force(set) || set->combination_count != 0 || x->call.gateway->pdps != NULL;
    if (!x->is_asked && !is_decided_again(x))
        return FAULT_NONE;
    exchange_describe_facts(x);
    note_facts(x);
    if (!x->is_asked)
        return FAULT_NONE;
    TRY(ask_policies(x));
    return ask_combinations(x);
}

enum fault exchange_decide_type(struct exchange *x)
{
    const struct policy_set *set = &x->call.world->policies.set;
    const struct document *target = x->target->document;
    struct scope_set minted;
    int64_t expires_at_s = x->expires_at_s;
    if (!policy_set_is_in_force(set) || text_equal(x->facts.issued_type, x->minting.issued_type))
        return FAULT_NONE;
    x->facts.issued_type = x->minting.issued_type;
    note_facts(x);
    if (!policy_book_reads(set->book, "issued_token_type"))
        return FAULT_NONE;
    TRY(ask_policies(x));
    TRY(scope_set_parse(x->minting.scope, &minted));
    /* What is there already becomes no less. */
    if (x->expires_at_s < expires_at_s || !scope_set_is_subset(&minted, &x->scope))
        return ladder_fail(&x->call.ladder, "policy", FAULT_POLICY_DENIED, document_label(target),
                           x->minting.issued_type);
    x->scope_text = x->minting.scope;
    return FAULT_NONE;
}

void exchange_forget_decision(struct exchange *x)
{
    exchange_forget_sharing(x);
    x->gathering = (struct flow_wait){0};
    x->reservation = (struct ledger_entry){0};
    x->consultation = (struct authzen_evaluation){0};
    x->consent = (struct consent_question){0};
    x->consent_id = TEXT_NONE;
    x->ancestry.count = 0;
    x->minting = (struct credential_minting){0};
    x->assertion = (struct credential_minting){0};
    x->entry = (struct ledger_entry){0};
    x->facts = (struct policy_facts){0};
    x->policy = (struct policy_decision){0};
    x->is_minted = false;
    x->scope = x->offered_scope;
    x->scope_text = scope_set_text(x->call.arena, &x->scope);
    x->expires_at_s = x->offered_until_s;
    x->call.ladder.count = x->rungs_before;
    x->call.fault = FAULT_NONE;
}
