/* The consent gate: whether the subject has connected an account and agreed that this client may use it, asked
 * by whatever makes a credential for a target with connection.lifetime; and the invitation that a refusal is
 * recorded with where they have not. One place for exchanges and for calls through egress. */
#ifndef EXCHANGE_CONSENT_GATE_H
#define EXCHANGE_CONSENT_GATE_H

#include "consent/consent_memory.h"
#include "consent/consents.h"
#include "exchange/call.h"

/* Zeroed before use, but for the first six. */
struct consent_question {
    struct call *call; /* its caller is the client that must have been agreed to */
    struct arena *arena;
    const struct target *target;
    struct identity person;
    const struct issuer *issuer; /* theirs; NULL: not known any more */
    struct text scope;           /* TEXT_NONE: none is named, which the gate makes all that the target offers */
    struct flow_wait wait;
    /* CONNECTION_MISSING; STORE_UNAVAILABLE, SEAL_BROKEN: not known. NONE where nobody has to be asked. */
    enum fault fault;
    bool is_asked;
    struct text id; /* of the consent: what is made stands on "lease ID", and ends by expires_at_s */
    int64_t expires_at_s;
    struct text program; /* the gate's, from here on: whose consent it has to be */
    unsigned char key[DIGEST_SIZE];
    struct consents *consents;
    struct flow reading;
};

/* Whose consents are the caller's (consents.h). */
struct text caller_program(struct arena *arena, const struct caller *caller);
/* Completes question->wait; at once where the target asks nobody or the consent is remembered here. */
void consent_gate_ask(struct consent_question *question);
/* The commit found that it had ended: it is remembered no longer. */
void consent_gate_forget(const struct consent_question *question);

/* What else the page tells the person. */
struct consent_errand {
    struct identity actor;
    struct text task, purpose, root;
};

/* Where call->fault is CONNECTION_MISSING and somebody could do something about it: makes the link, known to
 * the call from then on, and the row that goes into the transaction of the refusal's record. False where there
 * is nothing to store. Where nobody could, or too many links are out already, call->fault is another one. row:
 * NULL makes none, for a dry run. */
MUST_USE bool consent_gate_invite(const struct consent_question *question, const struct consent_errand *errand,
                                  struct store_state *row);

#endif
