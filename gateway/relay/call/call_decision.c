/* A call of egress or of a proxy that asks: the policies, then the outside decision point. What is not known
 * refuses. */
#include "call_decision.h"

#include "policy/question.h"
#include "relay/call_policy.h"

enum fault call_decision_ask(struct relayed_call *x)
{
    struct call_policy policy;
    if (!call_policy_is_asked(x))
        return FAULT_NONE;
    x->facts.action = "call";
    TRY(call_policy_describe(x));
    call_policy_note_facts(x);
    call_policy_decide(x, &x->facts, &policy);
    return call_policy_note(x, &policy);
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
