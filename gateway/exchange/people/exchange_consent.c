/* The consent gate in an exchange: asked once it is decided what is to be given, so that nobody is sent to a
 * page for what a document or a policy refuses anyway. */
#include "exchange.h"

void exchange_ask_consent(struct exchange *x)
{
    x->consent.call = &x->call;
    x->consent.arena = x->call.arena;
    x->consent.target = x->target;
    x->consent.person = x->subject.token.identity;
    x->consent.issuer = x->origin;
    x->consent.scope = x->scope_text;
    consent_gate_ask(&x->consent);
}

/* What is given stands on the consent and does not outlive it. */
static enum fault stand_on_consent(struct exchange *x)
{
    x->consent_id = x->consent.id;
    ancestry_add(&x->ancestry, "lease", x->consent_id);
    if (x->ancestry.is_too_long)
        return ladder_fail(&x->call.ladder, "ancestry", FAULT_ANCESTRY_TOO_LONG, TEXT_NONE, x->consent_id);
    x->order.ancestry_count = x->ancestry.count;
    enum fault fault = x->standing.fault;
    x->standing.fault = FAULT_CONNECTION_MISSING;
    standing_add(&x->standing, TEXT("lease"), x->consent_id, 0);
    x->standing.fault = fault; /* of what is added after it */
    if (x->consent.expires_at_s < x->expires_at_s)
        x->expires_at_s = x->order.expires_at_s = x->consent.expires_at_s;
    return FAULT_NONE;
}

enum fault exchange_complete_consent(struct exchange *x)
{
    struct text document = document_label(x->target->document);
    if (!x->consent.is_asked)
        return FAULT_NONE;
    if (x->consent.fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "consent", x->consent.fault, document, x->call.caller->account);
    ladder_pass(&x->call.ladder, "consent", document, x->consent.id);
    return stand_on_consent(x);
}

void exchange_note_consent_ended(struct exchange *x, const struct store_guard *ended)
{
    if (x->consent_id.length != 0 && text_is(ended->kind, "lease") && text_equal(ended->id, x->consent_id))
        consent_gate_forget(&x->consent);
}

void exchange_invite(struct exchange *x)
{
    if (x->call.fault != FAULT_CONNECTION_MISSING)
        return;
    const struct consent_errand errand = {
        .actor = x->actor_identity, .task = x->request.task, .purpose = x->request.purpose, .root = x->root};
    struct store_state *row = x->request.is_dry_run ? NULL : &x->invitation;
    x->is_invited = consent_gate_invite(&x->consent, &errand, row);
}

void exchange_write_invitation(struct exchange *x, struct ledger_entry *entry)
{
    if (!x->is_invited)
        return;
    entry->transaction.states = &x->invitation;
    entry->transaction.state_count = 1;
}
