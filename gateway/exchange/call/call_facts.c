/* Facts that every call has, whatever is asked of it. */
#include "exchange/call_facts.h"

void call_facts_describe(struct policy_party *party, enum policy_party_kind kind,
                         const struct identity *identity, const struct issuer *issuer)
{
    party->kind = kind;
    party->issuer = identity->issuer;
    party->subject = identity->subject;
    if (issuer != NULL && !issuer->is_self) {
        party->issuer_document = issuer->document->name;
        party->risk = issuer->document->issuer.risk;
    }
}

void call_facts_take_attributes(struct arena *arena, struct policy_party *party,
                                const struct verified_token *token)
{
    struct policy_attribute *attributes =
        ARENA_ARRAY(arena, struct policy_attribute, token->attribute_count + 1);
    for (size_t i = 0; i < token->attribute_count; i++)
        attributes[i] = (struct policy_attribute){token->attributes[i].name, token->attributes[i].value,
                                                  token->attributes[i].is_list};
    party->attributes = attributes;
    party->attribute_count = token->attribute_count;
}

void call_facts_describe_caller(const struct call *call, struct policy_facts *facts)
{
    const struct caller *caller = call->caller;
    const struct agent_class *class = caller->agent_class;
    call_facts_describe(&facts->actor, POLICY_AGENT, &caller->identity, class == NULL ? NULL : class->issuer);
    facts->proof = caller->method;
    if (class == NULL) {
        facts->client = caller->name;
        return;
    }
    facts->agent_class = caller->name;
    call_facts_take_attributes(call->arena, &facts->actor, &call->authentication.verification.token);
    if (class->document->agent_class.risk > facts->actor.risk)
        facts->actor.risk = class->document->agent_class.risk;
}

enum fault call_facts_ask(struct call *call, const char *action, const struct target *target)
{
    static const struct scope_set no_scopes;
    const struct policy_set *set = &call->world->policies.set;
    struct policy_facts facts = {.action = action,
                                 .target = target->document->name,
                                 .scopes = &no_scopes,
                                 .source = call->address,
                                 .now_us = call->now_us};
    struct policy_decision decision;
    if (!policy_set_is_in_force(set))
        return FAULT_NONE; /* nobody is described for nobody to look at */
    call_facts_describe_caller(call, &facts);
    policy_set_ask(call->arena, set, &facts, &decision);
    return decision.fault;
}
