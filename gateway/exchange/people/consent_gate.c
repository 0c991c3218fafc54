/* Asks the store for a person's consents where this gateway does not remember the one that is needed. A consent
 * that is found is held against the kills right here; one that ends after that is found by the commit. */
#include "exchange/consent_gate.h"

#include "consent/invitation.h"

static bool is_needed(const struct consent_question *question)
{
    return question->target->document->target.consent_s != 0;
}

static bool has_ended(const struct consent_question *question, struct text id)
{
    const struct store_guard lease = {TEXT("lease"), id, 0};
    const struct cutoff_book *book = cutoff_keeper_book(question->call->gateway->cutoffs);
    return cutoff_book_find(book, &lease, 1) != NULL;
}

static bool take_remembered(struct consent_question *question)
{
    struct consent_found found;
    struct consent_memory *memory = question->call->gateway->consents;
    if (!consent_memory_find(memory, question->key, question->call->now_s, &found))
        return false;
    if (has_ended(question, text_of(found.id))) {
        consent_memory_forget(memory, question->key);
        return false;
    }
    question->id = arena_copy(question->arena, text_of(found.id));
    question->expires_at_s = found.expires_at_s;
    return true;
}

/* --- of what is not remembered --- */

static enum fault take_read(struct consent_question *question)
{
    const struct call *call = question->call;
    struct scope_set scope;
    TRY(question->consents->fault);
    TRY(scope_set_parse(question->scope, &scope));
    const struct consent *consent = consents_find(question->consents, question->target->document->name,
                                                  question->program, &scope, call->now_s);
    if (consent == NULL || has_ended(question, consent->id))
        return FAULT_CONNECTION_MISSING;
    question->id = consent->id;
    question->expires_at_s = consent->expires_at_s;
    consent_memory_keep(call->gateway->consents, question->key, consent->id, consent->expires_at_s);
    return FAULT_NONE;
}

static struct consent_question *question_of(struct flow *reading)
{
    return (struct consent_question *)((char *)reading - offsetof(struct consent_question, reading));
}

static enum flow_step_result read_consents(struct flow *reading)
{
    struct consent_question *question = question_of(reading);
    FLOW_AWAIT(reading, &question->consents->wait, consents_read(question->consents));
    question->fault = take_read(question);
    return FLOW_NEXT;
}

static void finish(struct flow *reading)
{
    flow_wait_done(&question_of(reading)->wait);
}

/* Who names no scope is given whatever the other side gives then, which is all that the account was connected
 * for, also by others: so all that the target offers is what has to be agreed to. */
static void name_scope(struct consent_question *question)
{
    if (question->is_asked && question->scope.length == 0)
        question->scope = scope_set_text(question->arena, &question->target->scopes);
}

struct text caller_program(struct arena *arena, const struct caller *caller)
{
    bool is_of_class = caller->client != NULL && client_document_is_class(&caller->document->client);
    return consent_program_text(arena, caller->account, caller->document->team,
                                is_of_class ? caller->client_id : TEXT_NONE);
}

void consent_gate_ask(struct consent_question *question)
{
    static const struct flow_step steps[] = {FLOW_STEP(read_consents), FLOW_STEP_LAST};
    struct call *call = question->call;
    const struct caller *caller = call->caller;
    question->is_asked = is_needed(question);
    name_scope(question);
    question->program = caller_program(question->arena, caller);
    if (question->is_asked)
        consent_memory_key(question->person.issuer, question->person.subject, question->program,
                           question->target->document->name, question->scope, question->key);
    if (!question->is_asked || take_remembered(question)) {
        flow_wait_done(&question->wait);
        return;
    }
    question->consents = ARENA_NEW(question->arena, struct consents);
    question->consents->store = call->gateway->store;
    question->consents->sealer = call->gateway->sealer;
    question->consents->arena = question->arena;
    question->consents->person =
        (struct credential_identity){question->person.issuer, question->person.subject};
    flow_start(&question->reading, steps, finish);
}

void consent_gate_forget(const struct consent_question *question)
{
    consent_memory_forget(question->call->gateway->consents, question->key);
}

/* --- the link --- */

static bool has_pages(const struct consent_question *question)
{
    const struct issuer *issuer = question->issuer;
    return is_needed(question) && issuer != NULL && !issuer->is_self &&
           issuer->document->issuer.login.client_id.length != 0;
}

/* Links are for one person, whatever scopes an agent asks for. */
static bool may_have_link(const struct consent_question *question, int64_t link_s)
{
    struct call *call = question->call;
    unsigned char key[DIGEST_SIZE];
    consent_memory_key(question->person.issuer, question->person.subject, question->program,
                       question->target->document->name, TEXT_NONE, key);
    return consent_memory_take_link(call->gateway->consents, key, call->now_s, link_s, &call->retry_after_s);
}

static void write_invitation(const struct consent_question *question, const struct consent_errand *errand,
                             int64_t link_s, struct store_state *row)
{
    struct call *call = question->call;
    char *ticket = arena_allocate(question->arena, INVITATION_TICKET_SIZE);
    const struct invitation invitation = {
        .step = INVITATION_NEW,
        .exchange = call->id,
        .target = question->target->document->name,
        .client = question->program,
        .person = {question->person.issuer, question->person.subject},
        .actor = {errand->actor.issuer, errand->actor.subject},
        .scope = question->scope,
        .task = errand->task,
        .purpose = errand->purpose,
        .root = errand->root,
        .expires_at_s = call->now_s + link_s,
    };
    invitation_make(call->gateway->sealer, question->arena, &invitation, ticket, row);
    call->interaction_uri =
        world_url(call->world, question->arena, arena_print(question->arena, "/connect/%s", ticket));
    call->interaction_expires_s = link_s;
}

bool consent_gate_invite(const struct consent_question *question, const struct consent_errand *errand,
                         struct store_state *row)
{
    struct call *call = question->call;
    int64_t link_s = call->world->gateway->people_link_s;
    if (call->fault != FAULT_CONNECTION_MISSING)
        return false;
    if (!has_pages(question)) {
        const struct document *document = question->issuer == NULL ? NULL : question->issuer->document;
        call->fault = ladder_fail(&call->ladder, "interaction", FAULT_INTERACTION_UNAVAILABLE,
                                  document_label(document), TEXT_NONE);
        return false;
    }
    if (row == NULL)
        return false;
    if (!may_have_link(question, link_s)) {
        call->fault = ladder_fail(&call->ladder, "interaction", FAULT_INTERACTION_RATE, TEXT_NONE, TEXT_NONE);
        return false;
    }
    write_invitation(question, errand, link_s, row);
    return true;
}
