/* What one token exchange knows, filled step by step. Lives in its own arena; see token_exchange.c for the
 * story. */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "adapters/adapter.h"
#include "ancestry.h"
#include "consent/authorization_code.h"
#include "exchange/call.h"
#include "exchange/consent_gate.h"
#include "exchange/credential_sharing.h"
#include "exchange/standing.h"
#include "exchange/token_exchange.h"
#include "exchange_request.h"
#include "lifecycle/turns.h"

/* How often one exchange is decided anew because what is held has changed meanwhile. */
enum { EXCHANGE_DECISIONS_MAX = 16 };

/* Whoever something is held by, as far as a policy or a combination asks: exchange_gather.c. */
struct exchange_holdings {
    /* The same position in each is the same holder. */
    enum policy_holder kinds[POLICY_HOLDER_COUNT];
    bool is_held[POLICY_HOLDER_COUNT];    /* what it holds is asked for, so this is added to it */
    bool is_counted[POLICY_HOLDER_COUNT]; /* how often is asked for, so this is counted */
    struct store_holder holders[POLICY_HOLDER_COUNT];
    size_t count;
    bool is_unknown; /* what was issued before is not written down yet */
    struct store_query query;
    /* For the transaction. */
    struct store_version versions[POLICY_HOLDER_COUNT];
    struct store_holding rows[POLICY_HOLDER_COUNT];
    struct store_tally tallies[POLICY_HOLDER_COUNT];
    size_t version_count, row_count, tally_count;
};

/* A shared credential that the caller says the other side answered with 401. */
struct exchange_refusal {
    struct store_query query;
    struct flow_wait wait;
    struct text lease; /* the shared one; TEXT_NONE: none was refused */
    struct store_cutoff end;
};

/* What it was before it was known which lease is shared. */
struct exchange_unshared {
    size_t ancestry_count;
    int64_t expires_at_s;
    struct text scope;
};

struct exchange {
    struct call call; /* first */
    struct exchange_request request;

    struct verification_rules subject_rules, actor_rules;
    struct verification subject, actor;
    struct authorization_code_reading *code; /* of that grant alone */
    bool is_client_alone;                    /* the subject is the client that calls, and no token */
    struct grant_proof proof;                /* what the grant leaves beside the subject */
    bool has_asked_budget;                   /* whether or not there was any left */

    const struct target *target;
    const struct adapter *adapter;

    /* What the documents allow at most. */
    struct scope_set offered_scope;
    int64_t offered_until_s;

    struct turn turn;
    struct flow_wait gathering;
    struct exchange_holdings held;
    struct policy_facts facts;
    bool is_consulted;
    struct authzen_evaluation consultation;
    struct policy_decision policy;
    struct text facts_json; /* as they were when it was decided, for the record; TEXT_NONE: nobody asks */
    bool is_asked;          /* of policies, combinations, or outside */
    unsigned decisions;     /* how often it was decided */
    size_t rungs_before;    /* of the ladder, when that began */

    /* What was decided. */
    const struct issuer *origin;    /* who first vouched for the subject */
    struct identity actor_identity; /* who acts: the actor token's subject, else the caller */
    struct identity chain[TOKEN_CHAIN_MAX + 1];
    size_t chain_length;
    struct scope_set scope;
    struct text scope_text;           /* TEXT_NONE for none */
    const struct json_value *details; /* authorization details; NULL for none */
    int64_t expires_at_s;
    struct text root;
    struct text parent; /* record whose credential the subject token is, or TEXT_NONE */

    struct ancestry ancestry;           /* that the order borrows */
    struct standing standing;           /* of what is issued, and of what it is made from */
    struct store_counter checked_epoch; /* up to which nothing of it was ended; number 0 = not looked at */

    struct consent_question consent;
    struct text consent_id;        /* that this stands on; TEXT_NONE: none is needed */
    struct store_state invitation; /* for the subject, in the transaction of the refusal */
    bool is_invited;

    struct exchange_refusal refusal;
    struct credential_sharing sharing;
    struct exchange_unshared unshared;
    struct standing sharing_guards; /* all that the exchange stands on, and what the shared lease does */

    bool is_reserved; /* a pending lease is stored */
    bool is_paid;     /* with it, or with an earlier one: the caller's assertion used up, and what is held */
    struct store_lease lease;
    struct ledger_entry reservation;

    struct credential_order order;
    struct credential_minting assertion; /* a JWT of ours that the adapter shows; see order.assertion */
    struct credential_minting minting;
    struct credential_withdrawal withdrawal; /* of what was minted and cannot be given */

    bool is_minted; /* or, for a dry run, decided: the table was walked to the end of mint */

    struct ledger_entry entry;
    struct ledger_entry refusal_entry; /* when the first was not stored because of a conflict */
    bool needs_refusal_record;

    struct inner_exchange *inner; /* whom to tell instead of the caller, or NULL */

    struct stage_clock clock;
};

/* What its time goes to, as its metrics have it. Those that only some exchanges come to are entered by the step
 * that finds it has something to do. */
enum exchange_stage {
    STAGE_PARSE = 1,
    STAGE_VERIFY,  /* client, subject, actor: keys, codes, signatures, claims */
    STAGE_POLICY,  /* target, documents, what is held, policies, outside decision point, consent */
    STAGE_REPLAY,  /* the reservation of what has effects outside: single-use values are used up by it */
    STAGE_ADAPTER, /* whoever makes the credential, unless that is a signature of ours */
    STAGE_SIGN,
    STAGE_AUDIT, /* the record, durable; without a reservation single-use values are used up by it */
};

/* exchange_metrics.c: once each, where it begins and when it is answered. */
void exchange_count_begun(struct exchange *exchange);
void exchange_count_answered(struct exchange *exchange);
void exchange_count_ended(void);

/* A token of ours speaks for the subject, and says all it has. */
static inline bool exchange_carries_on(const struct exchange *exchange)
{
    return exchange->subject.token.issuer->is_self && !exchange->is_client_alone;
}

/* exchange_agreement.c: what the documents allow; every check is a rung of the ladder. */
MUST_USE enum fault exchange_resolve_target(struct exchange *exchange);
/* Whether it is for a key for calls through egress, which another adapter makes than the target's own. Once the
 * target is resolved. */
bool exchange_is_for_calls(const struct exchange *exchange);
MUST_USE enum fault exchange_agree(struct exchange *exchange);

/* exchange_details.c: authorization details, asked, offered and held. */
MUST_USE enum fault exchange_narrow_details(struct exchange *exchange);

/* exchange_gather.c: starts what exchange->turn waits for: that nobody else here decides about the same
 * holders meanwhile. Left when what was decided is stored. */
void exchange_take_turn(struct exchange *exchange);
/* Starts what exchange->gathering waits for; at once where nothing asks. */
void exchange_gather(struct exchange *exchange);
MUST_USE enum fault exchange_complete_gather(struct exchange *exchange);
/* Adds to the entry that this is held from now on, by whom it was asked; stale if that has changed. */
void exchange_hold(struct exchange *exchange, struct ledger_entry *entry);

/* exchange_decision.c: policies and combinations, over all of that. Only narrows. */
MUST_USE enum fault exchange_decide(struct exchange *exchange);
/* Of a credential that is there and of another type than was known when it was decided: the policies once more,
 * of what it is. */
MUST_USE enum fault exchange_decide_type(struct exchange *exchange);
/* As if it had not been gathered, decided, and whatever came of that: to be decided again. */
void exchange_forget_decision(struct exchange *exchange);
/* The facts, as what was decided so far leaves them. */
void exchange_describe_facts(struct exchange *exchange);

/* exchange_consult.c: starts what exchange->consultation waits for; at once where there is nobody to ask. */
void exchange_consult(struct exchange *exchange);
MUST_USE enum fault exchange_complete_consultation(struct exchange *exchange);

/* exchange_order.c: what was decided, for the adapter; and of which certificate what is given will be
 * (x5t#S256), TEXT_NONE for none. */
struct text exchange_binding(const struct exchange *exchange);
MUST_USE enum fault exchange_write_order(struct exchange *exchange);

/* order/exchange_hand_over.c: adds the subject token to the order, where it may be handed over. */
void exchange_hand_over_token(struct exchange *exchange);
/* Starts what exchange->assertion waits for; at once where none is wanted. */
void exchange_sign_assertion(struct exchange *exchange);
MUST_USE enum fault exchange_complete_assertion(struct exchange *exchange);

/* exchange_attributes.c: adds to the order what goes with it of the subject's attributes. */
void exchange_carry_attributes(struct exchange *exchange);

/* exchange_standing.c: what this stands on, and whether anything of it was ended. */
MUST_USE enum fault exchange_check_standing(struct exchange *exchange);
/* Once it is known which key signed. */
MUST_USE enum fault exchange_check_signing_key(struct exchange *exchange);
/* The rung and the fault for one of its things, found ended here or by the commit. */
enum fault exchange_refuse_ended(struct exchange *exchange, const struct store_guard *ended);

/* Has the commit look at all of it again that was ended since. */
void exchange_guard(struct exchange *exchange, struct ledger_entry *entry);

/* people/exchange_consent.c: starts what exchange->consent waits for; at once where the target asks nobody. */
void exchange_ask_consent(struct exchange *exchange);
MUST_USE enum fault exchange_complete_consent(struct exchange *exchange);
/* Something that the commit found ended, which may be the consent. */
void exchange_note_consent_ended(struct exchange *exchange, const struct store_guard *ended);
/* Makes a link for the subject where a connection or a consent is missing; before the refusal is described, as
 * it may be another then. The row of the link goes into the transaction of its record. */
void exchange_invite(struct exchange *exchange);
void exchange_write_invitation(struct exchange *exchange, struct ledger_entry *entry);
/* exchange_sharing.c: starts what refusal.wait waits for; at once where nothing was refused. */
void exchange_find_refused(struct exchange *exchange);
MUST_USE enum fault exchange_complete_refused(struct exchange *exchange);
/* Starts what sharing.question waits for; at once where nothing is shared. */
void exchange_share(struct exchange *exchange);
/* *is_to_ask_again: what was found is dead and forgotten now, and everything as before the question. */
MUST_USE enum fault exchange_complete_share(struct exchange *exchange, bool *is_to_ask_again);
/* The adapter has answered: true if it cannot now but what there is is still good, so that sharing is to be
 * asked again. */
bool exchange_falls_back(struct exchange *exchange);
/* Once what was minted is found good. */
MUST_USE enum fault exchange_take_shared(struct exchange *exchange);
/* The exchange's own lease and what becomes of the shared one. */
void exchange_write_shared(struct exchange *exchange, struct ledger_entry *entry);
/* The commit refused: true if it was for the shared lease alone, which is then asked for again. */
bool exchange_shares_again(struct exchange *exchange, const struct ledger_entry *entry);
/* However it ended: what others wait for. */
void exchange_end_sharing(struct exchange *exchange);
/* As if it had not been begun. */
void exchange_forget_sharing(struct exchange *exchange);

/* exchange_lease.c: starts what exchange->reservation waits for; at once where nothing has to be reserved. */
void exchange_reserve(struct exchange *exchange);
MUST_USE enum fault exchange_complete_reservation(struct exchange *exchange);
/* Adds to the entry what becomes of the lease, if there is one. */
void exchange_settle_lease(struct exchange *exchange, struct ledger_entry *entry);
/* Starts what exchange->withdrawal waits for. */
void exchange_take_back(struct exchange *exchange);

/* exchange_record.c */
void exchange_describe(struct exchange *exchange, struct record *record);

#endif
