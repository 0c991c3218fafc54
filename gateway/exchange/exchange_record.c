/* The record of an exchange, whatever its outcome: only what was verified is named, and no token is in it. */
#include "exchange.h"
#include "exchange/handed_attributes.h"

static struct text outcome_of(const struct exchange *x)
{
    if (x->call.fault != FAULT_NONE)
        return TEXT("refused");
    return x->request.is_dry_run ? TEXT("dry_run") : TEXT("granted");
}

static void describe_tokens(const struct exchange *x, struct record *record)
{
    const struct verified_token *subject = &x->subject.token;
    record->subject = (struct record_identity){subject->identity.issuer, subject->identity.subject};
    record->subject_fingerprint = subject->fingerprint;
    record->actor_fingerprint = x->actor.token.fingerprint;
    record->root = x->root.length != 0 ? x->root : subject->root;
    record->parent = x->parent;
    const struct issuer *origin = x->origin != NULL ? x->origin : subject->issuer;
    if (origin != NULL)
        record->subject_domain = origin->document->issuer.domain;
}

static void describe_issue(struct exchange *x, struct record *record)
{
    struct record_identity *chain = ARENA_ARRAY(x->call.arena, struct record_identity, x->chain_length + 1);
    for (size_t i = 0; i < x->chain_length; i++)
        chain[i] = (struct record_identity){x->chain[i].issuer, x->chain[i].subject};
    record->thumbprint = x->order.thumbprint;
    record->chain = chain;
    record->chain_length = x->chain_length;
    record->scope_given = x->scope_text;
    record->stands_on = x->ancestry.things;
    record->stands_on_count = x->ancestry.count;
    record->handed_over = handed_attributes_json(x->call.arena, x->order.handed_attributes);
    if (x->request.is_dry_run)
        return;
    record->token_type = x->minting.issued_type;
    record->expires_at_s = x->expires_at_s;
    record->key_id = x->minting.key_id;
    record->account = x->minting.account;
}

/* What was given; what was asked for where nothing is known to be. */
static struct text details_of(struct exchange *x)
{
    const struct json_value *details = x->details != NULL ? x->details : x->request.authorization_details;
    if (details == NULL)
        return TEXT_NONE;
    struct buffer json = buffer_in(x->call.arena, 512);
    struct json_writer writer = json_writer_on(&json);
    json_write_value(&writer, details);
    return buffer_text(&json);
}

void exchange_describe(struct exchange *x, struct record *record)
{
    call_describe(&x->call, record);
    record->kind = TEXT("exchange");
    record->outcome = outcome_of(x);
    record->task = x->request.task;
    record->purpose = x->request.purpose;
    record->scope_asked = x->request.scope_text;
    describe_tokens(x, record);
    if (x->target != NULL) {
        record->target = x->target->document->name;
        record->target_team = x->target->document->team;
        record->target_domain = x->target->document->target.domain;
        record->audience = x->target->document->target.audiences.items[0];
    } else if (x->request.audience_count != 0) {
        record->audience = x->request.audiences[0];
    }
    if (x->facts_json.length != 0) {
        if (x->is_asked)
            record->policy_version = policy_book_version(x->call.world->policies.set.book);
        record->facts = x->facts_json;
    } else {
        record->authorization_details = details_of(x);
    }
    if (x->call.fault == FAULT_NONE)
        describe_issue(x, record);
}
