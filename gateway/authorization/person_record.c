/* What is recorded of a person's doing, and the consents that end with it: the part of person_call.h that
 * writes.
 */
#include "person_call.h"

#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "exchange/kill.h"
#include "exchange/standing.h"

struct text person_call_client_id(const struct world *world, struct text program)
{
    const struct consent_program parts = consent_program_of(program);
    if (parts.client_id.length != 0)
        return parts.client_id;
    const struct document *document =
        text_is(parts.kind, "client") ? documents_find(&world->documents, DOCUMENT_CLIENT, parts.name) : NULL;
    bool is_it = document != NULL && text_equal(document->team, parts.team);
    return is_it ? document->client.client_id : parts.name;
}

struct text person_call_another_id(const struct person_call *call)
{
    char *id = arena_allocate(call->arena, IDENTIFIER_SIZE);
    identifier_make(clock_wall_us(), id);
    return (struct text){id, IDENTIFIER_LENGTH};
}

struct record person_call_describe(const struct person_call *call, struct text kind, struct text change)
{
    struct record_identity person = {call->session.person.issuer, call->session.person.subject};
    struct record record = {.id = call->id,
                            .at_us = call->now_us,
                            .kind = kind,
                            .outcome = TEXT("done"),
                            .client_method = TEXT("people_session"),
                            .agent = person,
                            .subject = person,
                            .generation = call->world->generation,
                            .source_address = request_peer_address(call->request),
                            .change = change};
    if (call->target != NULL) {
        const struct document *document = call->target->document;
        record.target = document->name;
        record.target_team = document->team;
        record.target_domain = document->target.domain;
        record.audience =
            document->target.audiences.count != 0 ? document->target.audiences.items[0] : TEXT_NONE;
    }
    return record;
}

struct record person_call_describe_invitation(const struct person_call *call, struct text kind,
                                              struct text change)
{
    const struct invitation *invitation = call->invitation;
    struct record record = person_call_describe(call, kind, change);
    struct record_identity *actor = ARENA_NEW(call->arena, struct record_identity);
    *actor = (struct record_identity){invitation->actor.issuer, invitation->actor.subject};
    record.client = person_call_client_id(call->world, invitation->client);
    record.chain = actor;
    record.chain_length = actor->subject.length != 0 ? 1 : 0;
    record.root = invitation->root;
    record.parent = invitation->exchange;
    record.task = invitation->task;
    record.purpose = invitation->purpose;
    record.scope_asked = invitation->scope;
    return record;
}

void person_call_begin_entry(struct person_call *call, struct ledger_entry *entry, const struct record *record)
{
    ledger_entry_begin(entry, call->arena, record);
    entry->transaction.guards = call->things;
    entry->transaction.guard_count = call->thing_count;
}

/* All that the invitation stands on, as of when it was made. */
static void list_standing(const struct person_call *call, struct standing *standing)
{
    const struct invitation *invitation = call->invitation;
    const struct identity person = {invitation->person.issuer, invitation->person.subject},
                          actor = {invitation->actor.issuer, invitation->actor.subject};
    int64_t at_ms = identifier_time_ms(invitation->exchange.base, invitation->exchange.length);
    int64_t at_us = at_ms < 0 ? 0 : at_ms * 1000;
    *standing = (struct standing){.arena = call->arena, .world = call->world};
    standing_add(standing, TEXT("root"), invitation->root, 0);
    standing_add(standing, TEXT("issuer"), person.issuer, at_us);
    standing_add_identity(standing, TEXT("subject"), &person, at_us);
    standing_add_actors(standing, &actor, actor.subject.length != 0 ? 1 : 0, at_us, at_us);
    standing_add_client(standing, person_call_client_id(call->world, invitation->client), at_us);
    standing_add_target(standing, call->target, at_us);
}

void person_call_guard_by_invitation(const struct person_call *call, struct ledger_entry *entry)
{
    struct standing standing;
    list_standing(call, &standing);
    size_t count = call->thing_count + standing.count;
    struct store_guard *guards = ARENA_ARRAY(call->arena, struct store_guard, count);
    memcpy(guards, call->things, call->thing_count * sizeof(*guards));
    memcpy(guards + call->thing_count, standing.things, standing.count * sizeof(*guards));
    entry->transaction.guards = guards;
    entry->transaction.guard_count = count;
}

void person_call_end_consents(struct person_call *call)
{
    size_t count = call->consents.gone_count;
    int64_t until_us = call->now_us + call->world->gateway->kill_clock_margin_s * 1000000;
    call->cutoffs = kill_leases(call->arena, call->consents.gone, count, until_us, call->id);
    call->entry.transaction.cutoffs = call->cutoffs;
    call->entry.transaction.cutoff_count = count;
}

enum fault person_call_stored(const struct ledger_entry *entry)
{
    const struct store_guard *ended = entry->transaction.cut_off_by;
    bool is_sessions = entry->fault == FAULT_TOKEN_REVOKED && ended != NULL &&
                       ended - entry->transaction.guards < PERSON_CALL_THINGS;
    return is_sessions ? FAULT_SESSION_MISSING : entry->fault;
}

void person_call_start_over(struct person_call *call)
{
    memset(&call->consents, 0, sizeof(call->consents));
    memset(&call->entry, 0, sizeof(call->entry));
}

bool person_call_may_try_again(struct person_call *call)
{
    const struct store_transaction *transaction = &call->entry.transaction;
    bool is_consents = call->entry.fault == FAULT_STORE_CONFLICT && transaction->stale_state != NULL &&
                       text_is(transaction->stale_state->adapter, "~consent");
    if (!is_consents || ++call->attempts >= PERSON_CALL_ATTEMPTS_MAX)
        return false;
    person_call_start_over(call);
    return true;
}
