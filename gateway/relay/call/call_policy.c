/* The facts of a call, and what policies say of them. Combinations are about what is held, which a call does
 * not change. What is not known refuses. */
#include "relay/call_policy.h"

#include "exchange/call_facts.h"
#include "policy/facts_record.h"

/* Documents may say more of a risk than they did then; less does not take back what was seen. */
static void raise_risk(const struct world *world, struct policy_party *party, const struct caller *caller)
{
    const struct document *issuer = documents_find(&world->documents, DOCUMENT_ISSUER, party->issuer_document);
    if (issuer != NULL && issuer->issuer.risk > party->risk)
        party->risk = issuer->issuer.risk;
    if (caller != NULL && caller->agent_class != NULL &&
        caller->agent_class->document->agent_class.risk > party->risk)
        party->risk = caller->agent_class->document->agent_class.risk;
}

static bool is_caller_acting(const struct relayed_call *x)
{
    const struct identity *caller = &x->call.caller->identity;
    return text_equal(x->facts.actor.issuer, caller->issuer) &&
           text_equal(x->facts.actor.subject, caller->subject);
}

enum fault call_policy_describe(struct relayed_call *x)
{
    struct policy_facts *facts = &x->facts;
    const struct policy_call described = facts->call;
    const struct policy_mcp message = facts->mcp;
    const char *action = facts->action;
    const struct call *call = &x->call;
    if (!policy_facts_read(call->arena, x->credential.record, facts))
        return FAULT_CALL_FACTS;
    facts->action = action;
    facts->call = described;
    facts->mcp = message;
    facts->scopes = &x->scopes;
    facts->lifetime_s = x->credential.claims.expires_at_s - call->now_s;
    /* That it came with that certificate was checked when the credential was read. */
    facts->is_bound = json_text_of(x->credential.record, "thumbprint").length != 0;
    facts->source = call->address;
    facts->now_us = call->now_us;
    raise_risk(call->world, &facts->subject, NULL);
    raise_risk(call->world, &facts->actor, is_caller_acting(x) ? call->caller : NULL);
    if (!is_caller_acting(x))
        facts->caller = (struct policy_identity){call->caller->identity.issuer, call->caller->identity.subject};
    return FAULT_NONE;
}

void call_policy_note_facts(struct relayed_call *x)
{
    struct buffer json = buffer_in(x->call.arena, 512);
    struct json_writer writer = json_writer_on(&json);
    policy_facts_write(&x->facts, &writer);
    x->facts_json = buffer_text(&json);
}

/* What policies on trial would have said. */
static void note_trial(struct relayed_call *x, const struct policy_decision *policy)
{
    if (policy->reported == FAULT_NONE)
        return;
    ladder_pass(&x->call.ladder, "policy_would_refuse", policy->reported_document,
                arena_print(x->call.arena, "%s: %.*s", fault_row(policy->reported)->reason,
                            TEXT_ARGUMENTS(policy->reported_detail)));
}

/* False where it refuses. */
static bool ask(struct relayed_call *x, const struct policy_facts *facts, const struct policy_rules *rules,
                struct call_policy *policy)
{
    const struct policy_set *set = &x->call.world->policies.set;
    struct policy_decision *decision = &policy->decisions[policy->count++];
    policy_decide(x->call.arena, set->book, set->base, facts, rules, decision);
    policy->fault = decision->fault;
    if (policy->fault == FAULT_NONE && policy_decision_narrows(decision))
        policy->fault = FAULT_CALL_OBLIGATION;
    policy->has_effects |= policy->fault == FAULT_NONE && decision->has_effects;
    return policy->fault == FAULT_NONE;
}

/* What is forbidden to who obtained the credential is not let through because another acts, as in an exchange.
 */
static void ask_about_caller(struct relayed_call *x, const struct policy_facts *asked,
                             struct call_policy *policy)
{
    struct policy_facts facts = *asked;
    const struct policy_rules rules = {.is_permit_required = false,
                                       .work = x->call.world->policies.set.rules.work};
    facts.caller = (struct policy_identity){TEXT_NONE, TEXT_NONE};
    facts.actor = (struct policy_party){0};
    facts.client = facts.agent_class = TEXT_NONE;
    call_facts_describe_caller(&x->call, &facts);
    facts.proof = json_text_of(x->credential.record, "client_method");
    facts.subject_is_actor = text_equal(facts.subject.issuer, facts.actor.issuer) &&
                             text_equal(facts.subject.subject, facts.actor.subject);
    (void)ask(x, &facts, &rules, policy);
}

bool call_policy_is_asked(const struct relayed_call *x)
{
    return policy_set_is_in_force(&x->call.world->policies.set) || x->call.gateway->pdps != NULL;
}

void call_policy_decide(struct relayed_call *x, const struct policy_facts *facts, struct call_policy *policy)
{
    const struct policy_set *set = &x->call.world->policies.set;
    *policy = (struct call_policy){.fault = FAULT_NONE};
    if (policy_set_is_in_force(set) && ask(x, facts, &set->rules, policy) && !is_caller_acting(x))
        ask_about_caller(x, facts, policy);
}

enum fault call_policy_note(struct relayed_call *x, const struct call_policy *policy)
{
    static const char *const checks[] = {"policy", "policy_of_caller"};
    struct call *call = &x->call;
    for (size_t i = 0; i < policy->count; i++) {
        const struct policy_decision *decision = &policy->decisions[i];
        bool is_refusal = i + 1 == policy->count && policy->fault != FAULT_NONE;
        note_trial(x, decision);
        if (!is_refusal) {
            ladder_pass(&call->ladder, checks[i], decision->document, decision->detail);
            continue;
        }
        call->public_reason = decision->public_reason;
        call->acr_values = decision->acr_values;
        call->maximum_age_s = decision->maximum_age_s;
        (void)ladder_fail(&call->ladder, checks[i], policy->fault, decision->document, decision->detail);
    }
    x->has_effects |= policy->has_effects;
    return policy->fault;
}
