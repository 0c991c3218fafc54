/* How an account is connected at the other side, once its person has agreed: the adapter says where the browser
 * goes, and finishes when it is back. Shared by the page they agree on and the one they come back to. */
#ifndef AUTHORIZATION_CONNECTING_H
#define AUTHORIZATION_CONNECTING_H

#include "person_call.h"

struct connecting {
    struct person_call call; /* first */
    struct credential_connection connection;
    bool is_asked; /* the adapter was */
    struct text go_to;
    struct store_state change; /* of the invitation */
    struct ledger_entry kept, result;
    struct text result_id; /* of the failure's record */
};

/* --- steps after the consent was stored --- */
enum flow_step_result connecting_begin(struct flow *flow); /* waits: adapter */
/* Keeps with the invitation what the adapter wants back; without a page to go to, ends it. Waits: commit. */
enum flow_step_result connecting_keep(struct flow *flow);
/* Always: a record of an adapter that failed, and the end of the invitation. Waits: commit. */
enum flow_step_result connecting_record_failure(struct flow *flow);
enum flow_step_result connecting_go(struct flow *flow); /* answers */

/* The parts of a connection that both sides of the journey need to be equal. */
void connecting_describe(struct connecting *x);
/* What is recorded of it: which adapter, for what, how it ended. */
struct text connecting_change(const struct connecting *x, const char *does);
/* The last page: agreed, and connected if there was something to connect. */
void connecting_answer_done(struct connecting *x, struct text account);

#endif
