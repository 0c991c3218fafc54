/* An outside policy decision point, asked after our own policies have allowed an exchange: it can only refuse.
 * Whatever is no plain permission refuses too (decision 0029). */
#include "exchange.h"
#include "policy/question.h"

void exchange_consult(struct exchange *x)
{
    struct authzen_client *client = pdp_keeper_client(x->call.gateway->pdps);
    const struct world_policies *policies = &x->call.world->policies;
    if (client == NULL) {
        flow_wait_done(&x->consultation.wait);
        return;
    }
    exchange_describe_facts(x); /* as it was narrowed meanwhile */
    x->is_consulted = true;
    authzen_evaluate(client, policy_question(x->call.arena, policies->set.base, &x->facts), x->call.id,
                     &x->consultation);
}

enum fault exchange_complete_consultation(struct exchange *x)
{
    struct text detail = text_of(x->consultation.detail);
    if (!x->is_consulted)
        return FAULT_NONE;
    if (x->consultation.fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "decision_point", x->consultation.fault, TEXT_NONE, detail);
    ladder_pass(&x->call.ladder, "decision_point", TEXT_NONE, detail);
    return FAULT_NONE;
}
