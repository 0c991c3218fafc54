/* An exchange in the agent's name, with the agent itself as the subject: one token is enough. */
#include "relay/egress_session.h"

#include "adapters/api_key.h"
#include "relay/egress_keeper.h"

enum { SPARE_S = 2 };

bool egress_session_is_wanted(const struct relayed_call *call, enum fault fault)
{
    return fault == FAULT_CALL_CREDENTIAL_UNKNOWN && !api_key_is_meant(call->shown);
}

static const struct target *target_of(const struct relayed_call *call)
{
    return world_target_named(call->call.world, call->described.target_name);
}

void egress_session_ask(struct egress_session *session)
{
    const struct relayed_call *call = session->call;
    struct credential_question *question = &session->question;
    const struct text parts[] = {TEXT("session"), call->shown, call->described.target_name};
    if (!session->is_wanted || target_of(call) == NULL) {
        flow_wait_done(&question->wait);
        return;
    }
    question->book = egress_keeper_supplies(call->call.gateway->egress);
    question->arena = call->call.arena;
    question->kept = &session->found;
    question->search.now_s = call->call.now_s;
    question->search.until_s = call->call.now_s + SPARE_S;
    digest_parts(parts, 3, question->search.key);
    credential_book_ask(question);
}

enum fault egress_session_complete_question(struct egress_session *session)
{
    if (!session->is_wanted)
        return FAULT_NONE;
    if (session->question.book == NULL)
        return FAULT_CALL_CREDENTIAL_UNKNOWN; /* there is no such target; that is not for strangers to know */
    session->has_turn = session->question.turn == CREDENTIAL_TURN;
    return session->question.turn == CREDENTIAL_FULL ? FAULT_OVERLOADED : FAULT_NONE;
}

void egress_session_open(struct egress_session *session)
{
    const struct relayed_call *call = session->call;
    session->inner.arena = call->call.arena;
    if (!session->has_turn) {
        flow_wait_done(&session->inner.wait);
        return;
    }
    struct text audience = target_of(call)->document->target.audiences.items[0];
    token_exchange_start_within(call->call.gateway, call->call.request, call->shown, audience, &session->inner);
}

/* Whose token was not believed is a stranger whose credential is none; what was refused to a known caller is
 * said as it was there. */
static enum fault refuse(struct egress_session *session)
{
    struct call *call = &session->call->call;
    const struct inner_exchange *inner = &session->inner;
    call->public_reason = inner->public_reason;
    call->acr_values = inner->acr_values;
    call->maximum_age_s = inner->maximum_age_s;
    call->retry_after_s = inner->retry_after_s;
    call->interaction_uri = inner->interaction_uri;
    call->interaction_expires_s = inner->interaction_expires_s;
    if (inner->is_recorded) /* the record that explains it is that exchange's */
        call->id = inner->id;
    if (inner->is_authenticated || fault_row(inner->fault)->http_status >= 500)
        return inner->fault;
    call->public_reason = text_of(fault_row(inner->fault)->sentence);
    return FAULT_CALL_CREDENTIAL_UNKNOWN;
}

enum fault egress_session_complete(struct egress_session *session)
{
    const struct inner_exchange *inner = &session->inner;
    if (!session->is_wanted)
        return FAULT_NONE;
    if (session->has_turn && inner->fault != FAULT_NONE) {
        credential_book_give_up(session->question.book, session->question.search.key, 0);
        return refuse(session);
    }
    if (session->has_turn) {
        session->found = (struct kept_credential){
            .credential = inner->credential, .lease = inner->id, .expires_at_s = inner->expires_at_s};
        credential_book_keep(session->question.book, session->question.search.key, &session->found);
    }
    return relayed_call_take(session->call, session->found.credential);
}
