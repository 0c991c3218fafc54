/* One call with a credential of ours that is to be let through or not: what forward-auth and egress have in
 * common, from the credential to the decision and what is kept of it. Embedded first in the flow of each, whose
 * own first step says what the call is; the steps here follow in this order. Nothing is believed of a request
 * but its credential. */
#ifndef RELAY_RELAYED_CALL_H
#define RELAY_RELAYED_CALL_H

#include "exchange/consent_gate.h"
#include "relay/issued_credential.h"
#include "relay/relay_keeper.h"
#include "relay/shown_credential.h"

/* What is to be decided about, as whoever asks says it. Texts are borrowed. */
struct described_call {
    struct text target_name;    /* metadata.name of a Target */
    struct text method;         /* TEXT_NONE: not said */
    struct text request_target; /* path and query as they were sent */
    struct text host;           /* TEXT_NONE: not known */
    enum fault fault;           /* why it is not known what the call is; NONE */
    struct text recorded;       /* what records say the call was, raw JSON; TEXT_NONE: method, path and host */
};

struct relayed_call {
    struct call call; /* first */
    struct described_call described;

    struct text shown; /* what it shows */
    struct issued_credential credential;
    const struct target *target; /* that was named and the credential is for; NULL until that is known */
    struct scope_set scopes;     /* of the credential */
    bool has_begun;              /* counted as a use of the lease that goes on */
    int64_t minute;              /* in which */

    struct text needed_scopes; /* CALL_SCOPE: what it takes */
    struct policy_facts facts;
    struct text facts_json; /* TEXT_NONE: nobody was asked */
    bool is_consulted;
    struct authzen_evaluation consultation;
    struct consent_question consent; /* asked for a call that goes on with an account of the subject's */
    struct store_state invitation;   /* in the transaction of entry */
    bool is_invited;
    bool has_effects;    /* a policy that permits it says so: nothing goes on before its record is durable */
    bool has_record;     /* taken from the budget for it */
    bool is_recorded;    /* by who lets it through: nothing is added */
    bool is_let_through; /* the steps were walked to the end of consult */
    bool is_settled;     /* call_settled.h */
    struct ledger_entry *entry; /* relayed_call_record's */
};

/* The headers of the request that asks. */
struct shown_headers relayed_call_headers(const struct relayed_call *x);

/* Which credential it shows: from the book of records, or recognised. Admits no address that is held off, but
 * for credentials that are known here already. */
enum flow_step_result relayed_call_read_credential(struct flow *flow);
/* The same, for who can make something of what is not ours. */
MUST_USE enum fault relayed_call_recognise(struct relayed_call *x);
/* As if this had been shown. */
MUST_USE enum fault relayed_call_take(struct relayed_call *x, struct text credential);
enum flow_step_result relayed_call_find_lease(struct flow *flow);     /* waits: store */
enum flow_step_result relayed_call_find_record(struct flow *flow);    /* waits: store */
enum flow_step_result relayed_call_check_liveness(struct flow *flow); /* waits: store, without a fresh book */
/* From here on it is known whose call it is: its budget, and the limit of its lease. */
enum flow_step_result relayed_call_identify(struct flow *flow);
/* call_take_rate */
enum flow_step_result relayed_call_begin_use(struct flow *flow);
enum flow_step_result relayed_call_check_rules(struct flow *flow);
enum flow_step_result relayed_call_decide(struct flow *flow);
enum flow_step_result relayed_call_consult(struct flow *flow); /* waits: the outside decision point */
/* One record of its budget, for who records what is let through. */
enum flow_step_result relayed_call_take_record(struct flow *flow);
/* Always: counts the use, and records a refusal of a caller that is known, and what a policy says has effects.
 * Waits: commit. */
enum flow_step_result relayed_call_record(struct flow *flow);

/* Fills in what a record of this call, or of what is made for it, has in common. */
void relayed_call_describe(struct relayed_call *x, struct record *record);
/* An entry whose record says that the call went on, with what was supplied by this lease. */
void relayed_call_begin_entry(struct relayed_call *x, struct text supply, struct ledger_entry *entry);

/* Answers a refusal: 401 with a challenge, 403, 429 or 503, with the OAuth error in the body. */
void relayed_call_answer_fault(struct relayed_call *x);

#endif
