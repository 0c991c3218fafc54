/* What the adapter of an exchange is handed beside its order: the subject token, where the Issuer's owner lets
 * it be, and our assertion about the subject. */
#include "exchange.h"
#include "exchange/assertion.h"

/* The documents were held against each other when they were read; that they still agree costs nothing here. */
void exchange_hand_over_token(struct exchange *x)
{
    const struct issuer *issuer = x->subject.token.issuer;
    if (!x->target->document->target.hand_over.is_subject_token_wanted ||
        !text_list_has(&issuer->document->issuer.hands_tokens_to, x->target->document->name))
        return;
    x->order.subject_token = x->request.subject_token;
    x->order.subject_token_type = token_type_uri(x->request.subject_type);
}

void exchange_sign_assertion(struct exchange *x)
{
    const struct call *call = &x->call;
    bool is_shown = assertion_is_wanted(x->target) && !exchange_is_for_calls(x); /* then with each call */
    if (x->request.is_dry_run || x->sharing.is_made_before || !is_shown) {
        flow_wait_done(&x->assertion.wait);
        return;
    }
    stage_clock_enter(&x->clock, STAGE_SIGN);
    const struct assertion_sources sources = {.root = x->root,
                                              .exchange = call->id,
                                              .client = call->caller->client_id,
                                              .actor = identity_name(call->arena, &x->actor_identity),
                                              .task = x->request.task};
    x->assertion.arena = call->arena;
    assertion_sign(call->world, x->target, &x->order, &sources, &x->assertion);
}

enum fault exchange_complete_assertion(struct exchange *x)
{
    if (x->assertion.fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "assertion", x->assertion.fault,
                           document_label(x->target->document), TEXT_NONE);
    x->order.assertion = x->assertion.credential;
    return FAULT_NONE;
}
