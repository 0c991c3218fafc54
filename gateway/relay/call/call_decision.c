/* A call is decided about like the exchange by which its credential came (decision 0033), with the facts that
 * were recorded then and what is known now: the call, the time, the address, what is left of the lifetime, and
 * the risk that documents give issuers and classes. Combinations are about what is held, which a call does not
 * change. What is not known refuses. */
#include "call_decision.h"

#include "exchange/call_facts.h"
#include "policy/facts_record.h"
#include "policy/question.h"

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

static enum fault describe(struct relayed_call *x)
{
    struct policy_facts *facts = &x->facts;
    const struct policy_call described = facts->call;
    const struct call *call = &x->call;
    if (!policy_facts_read(call->arena, x->credential.record, facts))
        return FAULT_CALL_FACTS;
    facts->action = "call";
    facts->call = described;
    facts->scopes = &x->scopes;
    facts->lifetime_s = x->credential.claims.expires_at_s - call->now_s;
    facts->source = call->address;
    facts->now_us = call->now_us;
    raise_risk(call->world, &facts->subject, NULL);
    raise_risk(call->world, &facts->actor, is_caller_acting(x) ? call->caller : NULL);
    if (!is_caller_acting(x))
        facts->caller = (struct policy_identity){call->caller->identity.issuer, call->caller->identity.subject};
    return FAULT_NONE;
}

/* As JSON, for the record of a refusal. */
static void note_facts(struct relayed_call *x)
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

static enum fault ask(struct relayed_call *x, const char *check, const struct policy_facts *facts,
                      const struct policy_rules *rules)
{
    struct call *call = &x->call;
    const struct policy_set *set = &call->world->policies.set;
    struct policy_decision *policy = &x->policy;
    policy_decide(call->arena, set->book, set->base, facts, rules, policy);
    note_trial(x, policy);
    if (policy->fault != FAULT_NONE) {
        call->public_reason = policy->public_reason;
        call->acr_values = policy->acr_values;
        call->maximum_age_s = policy->maximum_age_s;
        return ladder_fail(&call->ladder, check, policy->fault, policy->document, policy->detail);
    }
    x->has_effects |= policy->has_effects;
    if (policy_decision_narrows(policy)) /* a credential that is there already becomes no less by a call */
        return ladder_fail(&call->ladder, check, FAULT_CALL_OBLIGATION, policy->document, policy->detail);
    ladder_pass(&call->ladder, check, policy->document, policy->detail);
    return FAULT_NONE;
}

/* What is forbidden to who obtained the credential is not let through because another acts, as in an exchange.
 */
static enum fault ask_about_caller(struct relayed_call *x)
{
    struct policy_facts facts = x->facts;
    const struct policy_rules rules = {.is_permit_required = false,
                                       .work = x->call.world->policies.set.rules.work};
    facts.caller = (struct policy_identity){TEXT_NONE, TEXT_NONE};
    facts.actor = (struct policy_party){0};
    facts.client = facts.agent_class = TEXT_NONE;
    call_facts_describe_caller(&x->call, &facts);
    facts.proof = json_text_of(x->credential.record, "client_method");
    facts.subject_is_actor = text_equal(facts.subject.issuer, facts.actor.issuer) &&
                             text_equal(facts.subject.subject, facts.actor.subject);
    return ask(x, "policy_of_caller", &facts, &rules);
}

enum fault call_decision_ask(struct relayed_call *x)
{
    const struct policy_set *set = &x->call.world->policies.set;
    if (!policy_set_is_in_force(set) && x->call.gateway->pdps == NULL)
        return FAULT_NONE;
    TRY(describe(x));
    note_facts(x);
    if (!policy_set_is_in_force(set))
        return FAULT_NONE;
    TRY(ask(x, "policy", &x->facts, &set->rules));
    return is_caller_acting(x) ? FAULT_NONE : ask_about_caller(x);
}

void call_decision_consult(struct relayed_call *x)
{
    struct authzen_client *client = pdp_keeper_client(x->call.gateway->pdps);
    if (client == NULL) {
        flow_wait_done(&x->consultation.wait);
        return;
    }
    x->is_consulted = true;
    authzen_evaluate(client, policy_question(x->call.arena, x->call.world->policies.set.base, &x->facts),
                     x->call.id, &x->consultation);
}

enum fault call_decision_complete(struct relayed_call *x)
{
    if (!x->is_consulted)
        return FAULT_NONE;
    struct text detail = text_of(x->consultation.detail);
    if (x->consultation.fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "decision_point", x->consultation.fault, TEXT_NONE, detail);
    ladder_pass(&x->call.ladder, "decision_point", TEXT_NONE, detail);
    return FAULT_NONE;
}
