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
    struct text account;           /* as the other side calls it, or TEXT_NONE */
    struct store_state change;     /* of the invitation */
    struct store_state changes[2]; /* at the end: the invitation's, and the consents' */
    struct ledger_entry kept, result;
    struct text result_id; /* of the failure's record */
    bool is_ended;         /* what they had agreed to, while it was being connected */
};

/* --- steps after the consent was stored --- */
enum flow_step_result connecting_begin(struct flow *flow); /* waits: adapter */
/* Keeps with the invitation what the adapter wants back, if there is a page to go to. Waits: commit. */
enum flow_step_result connecting_keep(struct flow *flow);
/* Always: a record of an adapter that failed, and the end of the invitation. Waits: commit. */
enum flow_step_result connecting_record_failure(struct flow *flow);
enum flow_step_result connecting_go(struct flow *flow); /* answers and leaves, if there is a page to go to */

/* --- once it is connected, in this order: the invitation ends, the consent knows of it, and the page --- */
enum flow_step_result connecting_begin_tidying(struct flow *flow);
enum flow_step_result connecting_read_consents(struct flow *flow); /* waits: store */
enum flow_step_result connecting_tidy(struct flow *flow);          /* waits: commit */
enum flow_step_result connecting_show_done(struct flow *flow);

/* The parts of a connection that both sides of the journey need to be equal. */
void connecting_describe(struct connecting *x);
/* What is recorded of it: which adapter, for what, how it ended. */
struct text connecting_change(const struct connecting *x, const char *does);

#endif
