/* Policies about administration: Action "admin:apply" and its like. What Team documents give, a forbid can take
 * away; nothing here gives. The Unix socket is not asked about: it is what is left when a policy went wrong. */
#include "admin/admin_call.h"
#include "exchange/call_facts.h"

static const char *action_of(enum admin_right right)
{
    switch (right) {
    case ADMIN_RIGHT_APPLY:
        return "admin:apply";
    case ADMIN_RIGHT_DELETE:
        return "admin:delete";
    case ADMIN_RIGHT_KILL:
        return "admin:kill";
    case ADMIN_RIGHT_LIFT:
        return "admin:lift";
    default:
        return "admin:read";
    }
}

/* The person by the attributes that the session carries: those that Team documents ask for. */
static void describe_principal(const struct admin_call *call, struct policy_party *principal)
{
    const struct admin_session *session = &call->session;
    const struct issuer *issuer = world_issuer(call->world, session->identity.issuer);
    struct policy_attribute *attributes =
        ARENA_ARRAY(call->arena, struct policy_attribute, session->attribute_count + 1);
    bool is_workload = issuer != NULL && issuer->document->issuer.is_platform;
    call_facts_describe(principal, is_workload ? POLICY_WORKLOAD : POLICY_USER, &session->identity, issuer);
    for (size_t i = 0; i < session->attribute_count; i++)
        attributes[i] = (struct policy_attribute){session->attributes[i].name, session->attributes[i].value,
                                                  session->attributes[i].is_list};
    principal->attributes = attributes;
    principal->attribute_count = session->attribute_count;
}

bool admin_policy_allows(const struct admin_call *call, enum admin_right right,
                         const struct policy_administered *document)
{
    static const struct scope_set no_scopes;
    const struct policy_set *set = &call->world->policies.set;
    if (!call->session.is_open || document->name.length == 0 || !policy_set_is_in_force(set))
        return true;
    struct policy_facts facts = {.action = action_of(right),
                                 .administered = *document,
                                 .scopes = &no_scopes,
                                 .source = request_peer_address(call->request),
                                 .now_us = call->now_us};
    struct policy_decision decision;
    describe_principal(call, &facts.actor);
    policy_set_ask(call->arena, set, &facts, &decision);
    return decision.fault == FAULT_NONE;
}
