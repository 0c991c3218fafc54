/* A 401 proves nothing and is nothing to rely upon: it is handed on as it is, without its challenge. Anything
 * else is confirmed, since a service that took the credential proves that with whatever it answers. */
#include "egress_confirmation.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

void egress_confirmation_ask(struct egress_confirmation *confirmation, struct relayed_call *call,
                             const struct credential_supply *supply, const struct egress_upstream *upstream)
{
    const struct adapter *adapter = call->target->egress_adapter;
    struct credential_confirmation *question = &confirmation->question;
    if (supply->confirmation.length == 0 || upstream->status == 401) {
        flow_wait_done(&question->wait);
        return;
    }
    question->arena = call->call.arena;
    question->target = target_for_adapter(call->target->document);
    question->target.settings = call->target->document->target.egress.settings;
    question->confirmation = supply->confirmation;
    question->challenges = upstream->challenges;
    question->challenge_count = upstream->challenge_count;
    adapter->confirm(adapter, question);
}

enum fault egress_confirmation_complete(struct egress_confirmation *confirmation, struct relayed_call *call)
{
    const struct credential_confirmation *question = &confirmation->question;
    if (question->fault == FAULT_NONE)
        return FAULT_NONE;
    confirmation->is_refused = true;
    LOG(LOG_WARNING, "egress_unconfirmed", log_text("exchange", call->call.id),
        log_text("target", call->target->document->name),
        log_text("fault", text_of(fault_row(question->fault)->reason)), log_text("reason", question->detail));
    const struct text parts[] = {call->target->egress_adapter->name, TEXT(": "), question->detail};
    return ladder_fail(&call->call.ladder, "confirm", FAULT_CALL_ANSWER_UNCONFIRMED, TEXT_NONE,
                       arena_join(call->call.arena, parts, question->detail.length != 0 ? 3 : 1));
}

/* Its budget is the call's, which has a record already: there are never more of these than of those. */
void egress_confirmation_record(struct egress_confirmation *confirmation, struct relayed_call *call)
{
    if (!confirmation->is_refused) {
        flow_wait_done(&confirmation->entry.wait);
        return;
    }
    struct record record = {0};
    relayed_call_describe(call, &record);
    char *id = arena_allocate(call->call.arena, IDENTIFIER_SIZE);
    identifier_make(clock_wall_us(), id);
    record.id = (struct text){id, IDENTIFIER_LENGTH};
    record.parent = call->call.id;
    record.fault = FAULT_CALL_ANSWER_UNCONFIRMED;
    ledger_entry_begin(&confirmation->entry, call->call.arena, &record);
    ledger_append(call->call.gateway->store, &confirmation->entry);
}
