/* Its key is all that a credential of one lease may differ in. The lease itself need not be looked at here: a
 * call whose own is dead does not get as far. */
#include "supply_keeping.h"

#include "exchange/shared_credential.h"
#include "supply_order.h"

enum { SPARE_S = 5, ROUNDS_MAX = 3, REFUSAL_S = 5, AGAIN_S = 5, PARTS_OF_LIFE = 5 };

static bool has_effects(const struct adapter *adapter)
{
    return adapter->has_outside_effects != NULL && adapter->has_outside_effects(adapter);
}

static const struct adapter *adapter_of(const struct supply_keeping *keeping)
{
    return keeping->asked->call->target->egress_adapter;
}

static bool is_kept_by_choice(const struct credential_supply *asked)
{
    return asked->is_kept && !asked->is_for_call;
}

static bool is_worth_keeping(const struct credential_supply *asked)
{
    const struct adapter *adapter = asked->call->target->egress_adapter;
    return has_effects(adapter) || (is_kept_by_choice(asked) && adapter->connect == NULL);
}

/* What is made without asking anybody else is another one when its target's document is. */
static void write_key(const struct credential_supply *asked, unsigned char key[DIGEST_SIZE])
{
    const struct relayed_call *call = asked->call;
    const struct document *target = call->target->document;
    bool is_ours_alone = !has_effects(call->target->egress_adapter);
    const struct text parts[] = {
        call->credential.id,
        target->name,
        target->target.egress.adapter,
        call->consent.id,
        asked->has_scope ? TEXT("scope") : TEXT_NONE,
        asked->scope,
        asked->lifetime_s == 0 ? TEXT_NONE
                               : arena_print(call->call.arena, "%lld", (long long)asked->lifetime_s),
        is_ours_alone ? target->body : TEXT_NONE,
    };
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), key);
}

void supply_keeping_begin(struct supply_keeping *keeping, struct credential_book *book,
                          struct credential_supply *asked, bool is_shared)
{
    const struct call *call = &asked->call->call;
    keeping->asked = asked;
    keeping->is_wanted = !is_shared && is_worth_keeping(asked);
    keeping->question.book = book;
    keeping->question.arena = call->arena;
    keeping->question.kept = &keeping->kept;
    /* What would be over before the call is done is not begun with. */
    keeping->question.search.now_s = call->now_s;
    keeping->question.search.until_s = call->now_s + SPARE_S;
    keeping->question.search.refused = asked->refused;
    write_key(asked, keeping->question.search.key);
}

void supply_keeping_ask(struct supply_keeping *keeping)
{
    keeping->question.looked = 0;
    if (keeping->is_wanted)
        credential_book_ask(&keeping->question);
    else
        flow_wait_done(&keeping->question.wait);
}

/* --- what was found --- */

static bool is_dead(const struct supply_keeping *keeping)
{
    const struct gateway *gateway = keeping->asked->call->call.gateway;
    const struct store_guard things[] = {
        {.kind = TEXT("lease"), .id = keeping->kept.lease},
        {.kind = TEXT("adapter"), .id = adapter_of(keeping)->name, .issued_at_us = keeping->kept.issued_at_us},
    };
    return cutoff_book_find(cutoff_keeper_book(gateway->cutoffs), things, 2) != NULL;
}

static enum fault take_found(struct supply_keeping *keeping, bool *is_to_ask_again)
{
    struct call *call = &keeping->asked->call->call;
    if (keeping->kept.fault != FAULT_NONE) {
        call->public_reason = keeping->kept.public_reason;
        call->retry_after_s = keeping->kept.expires_at_s - call->now_s;
        return keeping->kept.fault;
    }
    if (!is_dead(keeping)) {
        keeping->is_known = true;
        keeping->asked->supply = keeping->kept;
        return FAULT_NONE;
    }
    struct credential_question *question = &keeping->question;
    credential_book_forget(question->book, question->search.key, keeping->kept.lease);
    if (keeping->rounds++ >= ROUNDS_MAX)
        return FAULT_ADAPTER_BUSY;
    *is_to_ask_again = true;
    question->wait = (struct flow_wait){0};
    return FAULT_NONE;
}

enum fault supply_keeping_complete(struct supply_keeping *keeping, bool *is_to_ask_again)
{
    *is_to_ask_again = false;
    if (!keeping->is_wanted)
        return FAULT_NONE;
    keeping->has_turn = keeping->question.turn == CREDENTIAL_TURN;
    if (keeping->has_turn && keeping->kept.lease.length != 0 && is_dead(keeping))
        keeping->kept.lease = TEXT_NONE; /* there is nothing to fall back to */
    if (keeping->has_turn)
        return FAULT_NONE;
    if (keeping->question.turn == CREDENTIAL_FOUND)
        return take_found(keeping, is_to_ask_again);
    /* Without room, what has no effects is made for this call alone. */
    bool may_go_on = keeping->question.looked == 0 && !has_effects(adapter_of(keeping));
    keeping->is_wanted = !may_go_on;
    return may_go_on ? FAULT_NONE : FAULT_ADAPTER_BUSY;
}

/* --- what was made --- */

static int64_t now_s(const struct supply_keeping *keeping)
{
    return keeping->asked->call->call.now_s;
}

bool supply_keeping_falls_back(struct supply_keeping *keeping, const struct credential_minting *minting)
{
    bool is_early = keeping->has_turn && keeping->kept.lease.length != 0;
    if (!is_early || !shared_credential_is_setback(minting->fault))
        return false;
    credential_book_give_up(keeping->question.book, keeping->question.search.key, now_s(keeping) + AGAIN_S);
    keeping->has_turn = false;
    keeping->is_known = true;
    keeping->asked->supply = keeping->kept;
    return true;
}

/* What is made for one call stands in the record of that call: one supply is enough for all of a lease, but
 * where it takes the place of another, which that record has. */
static bool is_same(const struct supply_keeping *keeping, struct text fingerprint,
                    const struct kept_credential *before)
{
    if (keeping->asked->is_for_call)
        return !keeping->asked->is_again;
    return text_equal(before->fingerprint, fingerprint) &&
           text_equal(before->shares, keeping->asked->supply.shares);
}

void supply_keeping_compare(struct supply_keeping *keeping, struct text fingerprint)
{
    struct credential_question *question = &keeping->question;
    struct kept_credential before = {0};
    if (keeping->is_wanted || fingerprint.length == 0)
        return;
    question->search.until_s = question->search.now_s;
    question->search.refused = TEXT_NONE;
    enum credential_turn turn =
        credential_book_enter(question->book, &question->search, question->arena, &before);
    keeping->is_known = turn == CREDENTIAL_FOUND && is_same(keeping, fingerprint, &before);
    if (keeping->is_known) {
        keeping->asked->supply.lease = before.lease;
        keeping->asked->supply.is_replacement = before.is_replacement;
        return;
    }
    if (turn == CREDENTIAL_FOUND) { /* it is another one now: this takes its place */
        question->search.refused = before.lease;
        turn = credential_book_enter(question->book, &question->search, question->arena, &before);
    }
    keeping->has_turn =
        turn == CREDENTIAL_TURN; /* without it this one is recorded all the same, and the next again */
}

/* From four fifths of its life on, and while it is still found for a while; never where the next could not live
 * longer. */
static int64_t refresh_from(const struct supply_keeping *keeping, int64_t until_s)
{
    int64_t life = until_s - now_s(keeping), before = life / PARTS_OF_LIFE;
    if (!is_kept_by_choice(keeping->asked) || until_s >= supply_order_latest_s(keeping->asked->call))
        return 0;
    if (before < 2 * SPARE_S)
        before = 2 * SPARE_S;
    return until_s - (before < life / 2 ? before : life / 2);
}

/* The other side failed: for a moment nobody else asks it. */
static void keep_refusal(struct supply_keeping *keeping, const struct credential_minting *minting)
{
    const struct kept_credential refusal = {.fault = minting->fault,
                                            .public_reason = minting->public_reason,
                                            .expires_at_s = now_s(keeping) + REFUSAL_S};
    credential_book_keep(keeping->question.book, keeping->question.search.key, &refusal);
}

static void keep(struct supply_keeping *keeping, int64_t ordered_until_s)
{
    struct kept_credential kept = keeping->asked->supply;
    if (!keeping->is_wanted)
        kept.credential = TEXT_NONE;
    else
        kept.refresh_from_s = refresh_from(keeping, kept.expires_at_s);
    if (keeping->asked->is_for_call)
        kept.expires_at_s = ordered_until_s;
    credential_book_keep(keeping->question.book, keeping->question.search.key, &kept);
}

void supply_keeping_end(struct supply_keeping *keeping, const struct credential_minting *minting,
                        int64_t ordered_until_s)
{
    enum fault fault = minting->fault;
    bool is_remembered = keeping->is_wanted && is_kept_by_choice(keeping->asked) && fault != FAULT_NONE &&
                         fault != FAULT_CONNECTION_MISSING;
    if (!keeping->has_turn)
        return;
    if (keeping->asked->fault == FAULT_NONE)
        keep(keeping, ordered_until_s);
    else if (is_remembered)
        keep_refusal(keeping, minting);
    else
        credential_book_give_up(keeping->question.book, keeping->question.search.key, now_s(keeping) + AGAIN_S);
}

void supply_keeping_leave(struct supply_keeping *keeping)
{
    if (keeping->has_turn)
        credential_book_give_up(keeping->question.book, keeping->question.search.key, 0);
    *keeping = (struct supply_keeping){0};
}
