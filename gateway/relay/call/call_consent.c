/* Who is asked for, as the record of the credential says it: the subject, the client that obtained it, what it
 * was given. */
#include "relay/call_consent.h"

void call_consent_ask(struct relayed_call *x)
{
    const struct json_value *record = x->credential.record;
    x->consent = (struct consent_question){.call = &x->call,
                                           .arena = x->call.arena,
                                           .target = x->target,
                                           .person = identity_read(json_member(record, TEXT("subject"))),
                                           .scope = json_text_of(record, "scope_given"),
                                           .wait = x->consent.wait};
    x->consent.issuer = world_issuer(x->call.world, x->consent.person.issuer);
    consent_gate_ask(&x->consent);
}

enum fault call_consent_complete(struct relayed_call *x)
{
    struct text document = document_label(x->target->document);
    if (!x->consent.is_asked)
        return FAULT_NONE;
    if (x->consent.fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "consent", x->consent.fault, document, x->call.caller->account);
    ladder_pass(&x->call.ladder, "consent", document, x->consent.id);
    return FAULT_NONE;
}

void call_consent_invite(struct relayed_call *x)
{
    const struct json_value *record = x->credential.record, *chain = json_member(record, TEXT("chain"));
    if (x->call.fault != FAULT_CONNECTION_MISSING || x->consent.call == NULL)
        return;
    const struct consent_errand errand = {
        .actor = chain == NULL || chain->first == NULL ? x->call.caller->identity : identity_read(chain->first),
        .task = json_text_of(record, "task"),
        .purpose = json_text_of(record, "purpose"),
        .root = json_text_of(record, "root")};
    x->is_invited = consent_gate_invite(&x->consent, &errand, &x->invitation);
}

void call_consent_write_invitation(struct relayed_call *x)
{
    if (!x->is_invited)
        return;
    x->entry->transaction.states = &x->invitation;
    x->entry->transaction.state_count = 1;
}
