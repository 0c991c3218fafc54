/* The answers to the gateway's requests, one line each. */
#ifndef SDK_ANSWER_H
#define SDK_ANSWER_H

#include "adapter_protocol/numbers.h"
#include "call.h"

/* A result or error that is longer than a line may be is answered as the adapter's own failure. */
void answer_error(struct adapter_program *program, int64_t id, enum protocol_code code, const char *said);
/* How a call ended that did not end well. */
void answer_outcome(struct adapter_call *call, enum adapter_outcome outcome);
/* result: one JSON object. */
void answer_result(struct adapter_program *program, int64_t id, struct text result);

/* False, with the reason in the call, for what is wider than the order or larger than may be. */
bool answer_credential(struct adapter_call *call, const struct adapter_order *order,
                       const struct adapter_credential *made);
/* The same for where a person is sent. */
bool answer_interaction(struct adapter_call *call, const struct adapter_interaction *interaction);
void answer_manifest(struct adapter_program *program, int64_t id);

#endif
