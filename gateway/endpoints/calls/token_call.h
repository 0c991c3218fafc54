/* A call about one credential of ours: introspection and revocation begin alike. */
#ifndef ENDPOINTS_TOKEN_CALL_H
#define ENDPOINTS_TOKEN_CALL_H

#include "relay/issued_credential.h"

struct token_call {
    struct call call; /* first */
    struct issued_credential token;
};

/* Their shared steps: what the form's token is, then its lease, if it is a key, and its record. token_type_hint
 * is a hint (RFC 7009 section 2.1), and what it would say is plain to see. */
enum flow_step_result token_call_read(struct flow *flow);
enum flow_step_result token_call_find_lease(struct flow *flow);  /* waits: store */
enum flow_step_result token_call_find_record(struct flow *flow); /* waits: store */

#endif
