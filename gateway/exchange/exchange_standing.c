/* What this exchange stands on, gathered once everything is decided and held against the cutoffs in memory.
 * That costs no store; the commit compares the epoch of what was looked at, so nothing that is ended in between
 * slips through. */
#include "exchange.h"

/* Who calls and who acts, as of now: an issuer that vouches for an agent bars the agent. */
static void gather_actors(struct exchange *x)
{
    struct standing *standing = &x->standing;
    const struct call *call = &x->call;
    standing->fault = FAULT_ACTOR_BARRED;
    standing_add_actors(standing, &x->actor_identity, 1, call->now_us, call->now_us);
    standing_add_client(standing, call->caller->client_id, call->now_us);
    if (!identity_equal(&x->actor_identity, &call->caller->identity))
        standing_add_actors(standing, &call->caller->identity, 1, call->now_us, call->now_us);
}

/* What is shown, as old as it is: a token that was stolen before a kill stays dead after the lift. */
static void gather_tokens(struct exchange *x)
{
    struct standing *standing = &x->standing;
    const struct call *call = &x->call;
    const struct verified_token *subject = &x->subject.token;
    standing->fault = FAULT_TOKEN_REVOKED;
    if (x->is_client_alone) { /* which gather_actors has, as the client and the agent it is */
        standing_add(standing, TEXT("root"), subject->root, 0);
        standing_add_to_everything(standing, call->now_us);
        standing_add_identity(standing, TEXT("subject"), &subject->identity, call->now_us);
    } else if (subject->issuer->is_self)
        standing_add_own_token(standing, &subject->claims);
    else
        standing_add_foreign_token(standing, subject, call->now_us);
    for (size_t i = 0; i < x->proof.lease_count; i++)
        standing_add(standing, TEXT("lease"), x->proof.leases[i], 0);
    if (!text_equal(x->root, subject->root))
        standing_add(standing, TEXT("root"), x->root, 0);
    if (x->request.actor_token.length != 0) {
        standing_add_foreign_token(standing, &x->actor.token, call->now_us);
        standing_add_identity(standing, TEXT("agent"), &x->actor_identity,
                              x->actor.token.claims.issued_at_s * 1000000);
    }
    if (call->authentication.is_platform_token)
        standing_add_identity(standing, TEXT("agent"), &call->caller->identity,
                              call->authentication.verification.token.claims.issued_at_s * 1000000);
}

/* The caller's own end is said before that of the target, and that before the end of a token, of which it may
 * have another. */
static void gather(struct exchange *x)
{
    x->standing = (struct standing){.arena = x->call.arena, .world = x->call.world};
    gather_actors(x);
    x->standing.fault = FAULT_TARGET_BARRED;
    standing_add_target(&x->standing, x->target, x->call.now_us);
    if (exchange_is_for_calls(x))
        standing_add(&x->standing, TEXT("adapter"), x->adapter->name, x->call.now_us);
    gather_tokens(x);
}

/* Where a lease is shared, that is one thing more. */
static const struct standing *all_of(const struct exchange *x)
{
    return x->sharing_guards.count != 0 ? &x->sharing_guards : &x->standing;
}

enum fault exchange_refuse_ended(struct exchange *x, const struct store_guard *ended)
{
    exchange_note_consent_ended(x, ended);
    struct text thing =
        arena_print(x->call.arena, "%.*s %.*s", TEXT_ARGUMENTS(ended->kind), TEXT_ARGUMENTS(ended->id));
    enum fault fault = standing_fault(all_of(x), ended);
    /* What was shown is no good any more, whatever it was. */
    if (fault == FAULT_TOKEN_REVOKED)
        x->call.is_grant_refused = !x->request.grant->is_exchange;
    return ladder_fail(&x->call.ladder, "not_killed", fault, TEXT_NONE, thing);
}

enum fault exchange_check_standing(struct exchange *x)
{
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    gather(x);
    x->checked_epoch = cutoff_book_epoch(book);
    const struct store_guard *ended = cutoff_book_find(book, x->standing.things, x->standing.count);
    return ended == NULL ? FAULT_NONE : exchange_refuse_ended(x, ended);
}

void exchange_guard(struct exchange *x, struct ledger_entry *entry)
{
    entry->transaction.guards = all_of(x)->things;
    entry->transaction.guard_count = all_of(x)->count;
    entry->transaction.checked_epoch = x->checked_epoch;
}

enum fault exchange_check_signing_key(struct exchange *x)
{
    if (x->minting.key_id.length == 0)
        return FAULT_NONE;
    x->standing.fault = FAULT_STORE_CONFLICT; /* nothing the caller showed: another key signs the next one */
    standing_add(&x->standing, TEXT("key"), x->minting.key_id, 0);
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    const struct store_guard *ended = cutoff_book_find(book, &x->standing.things[x->standing.count - 1], 1);
    return ended == NULL ? FAULT_NONE : exchange_refuse_ended(x, ended);
}
