/* What policies say of a call with a credential of ours, whatever it is a call of: like the exchange by which
 * the credential came (decision 0033), over the facts that were recorded then and what is known now. */
#ifndef RELAY_CALL_POLICY_H
#define RELAY_CALL_POLICY_H

#include "relay/relayed_call.h"

/* Whether anybody decides by facts: policies, or an outside decision point. */
bool call_policy_is_asked(const struct relayed_call *x);
/* x->facts but for what the call is: action, call and mcp stay as they are. CALL_FACTS. */
MUST_USE enum fault call_policy_describe(struct relayed_call *x);
/* x->facts as JSON, for the record. */
void call_policy_note_facts(struct relayed_call *x);

/* Of who acts, and of who calls where another acts. */
struct call_policy {
    struct policy_decision decisions[2];
    size_t count; /* the last one refuses, if any does */
    enum fault
        fault; /* NONE; its fault; CALL_OBLIGATION: a credential that is there becomes no less by a call */
    bool has_effects;
};

/* Over facts that were described for this call; NONE without asking where no policies are in force. Changes
 * nothing of x but its arena. */
void call_policy_decide(struct relayed_call *x, const struct policy_facts *facts, struct call_policy *policy);
/* Into the ladder, and what the caller is told of a refusal, and x->has_effects. Returns policy->fault. */
MUST_USE enum fault call_policy_note(struct relayed_call *x, const struct call_policy *policy);

#endif
