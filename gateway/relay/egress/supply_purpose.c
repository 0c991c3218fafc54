/* What the upstream's credential is for, as the record of the credential that calls says it. */
#include "supply_purpose.h"

#include "relay/recorded_claims.h"

void supply_purpose_read(const struct relayed_call *x, struct shared_purpose *purpose)
{
    const struct call *call = &x->call;
    const struct json_value *record = x->credential.record, *chain = json_member(record, TEXT("chain"));
    size_t count = chain == NULL ? 0 : chain->count;
    struct identity *actors = ARENA_ARRAY(call->arena, struct identity, count + 1);
    size_t i = 0;
    for (const struct json_value *one = chain == NULL ? NULL : chain->first; one != NULL; one = one->next)
        actors[i++] = identity_read(one);
    bool shows_root = x->target->document->target.hand_over.assertion_audience.length != 0;
    *purpose = (struct shared_purpose){
        .target = x->target,
        .adapter = x->target->egress_adapter,
        .is_egress = true,
        .subject = identity_read(json_member(record, TEXT("subject"))),
        .actors = actors,
        .actor_count = count,
        .client_id = call->caller->client_id,
        .account = call->caller->account,
        .caller = call->caller->identity,
        .scope = json_text_of(record, "scope_given"),
        .details = recorded_details(record),
        .root = shows_root ? json_text_of(record, "root") : TEXT_NONE,
        .task = shows_root ? json_text_of(record, "task") : TEXT_NONE,
        .handed_attributes = recorded_hand_over(call->arena, x->target->document, record),
        .consent = x->consent.id,
    };
}
