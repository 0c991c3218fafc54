/* One request to /authorize: a person whom a client sent here, and what is known of both, filled step by step.
 * authorize_checks.c finds out who and what, authorize_code.c writes down what comes of it and sends the person
 * back, authorize_page.c has the tables of steps and what people see. */
#ifndef AUTHORIZATION_AUTHORIZE_CALL_H
#define AUTHORIZATION_AUTHORIZE_CALL_H

#include "code/authorization_request.h"
#include "code/client_documents.h"
#include "code/registered_client.h"
#include "consent/authorization_code.h"
#include "consent_rights.h"
#include "exchange/standing.h"
#include "login/login_claims.h"
#include "person_call.h"

struct authorize_call {
    struct person_call call; /* first */
    struct authorization_request request;
    enum fault request_fault; /* of what is told to the client once it is known where it is */
    const struct client *client;
    bool is_class;                               /* client is, and this is one of its clients: */
    struct client_document_question document;    /* by its document, */
    struct registered_client_reading registered; /* or as it registered */
    const struct client_words *words;            /* of either; NULL: client is itself one */
    struct text program;                         /* as consents name it */
    bool may_go_back;                            /* the redirect URI is the client's */
    struct text scope;                           /* asked for, or all that the target offers */
    struct login_claims_reading claims;
    struct consent_rights rights;
    bool is_decided, is_agreed; /* by the person, now */
    struct text consent;        /* that holds; TEXT_NONE: none does yet */
    int64_t consent_expires_at_s;
    struct store_state consents;
    struct standing standing;
    struct ledger_entry giving;
    struct text code_id;
    char code[AUTHORIZATION_CODE_SIZE];
    struct store_state given[2]; /* the code's row, and the registration's */
};

/* --- authorize_checks.c: steps, in this order --- */
enum flow_step_result authorize_read_query(struct flow *flow);
enum flow_step_result authorize_read_form(struct flow *flow); /* what the page was shown for; of a POST */
enum flow_step_result authorize_find_client(struct flow *flow);
enum flow_step_result authorize_fetch_document(struct flow *flow);  /* waits: the client's document */
enum flow_step_result authorize_read_registered(struct flow *flow); /* waits: store */
enum flow_step_result authorize_check_redirect(struct flow *flow);
enum flow_step_result authorize_check_binding(struct flow *flow); /* of a POST */
enum flow_step_result authorize_read_claims(struct flow *flow);   /* waits: store */
enum flow_step_result authorize_need_person(struct flow *flow);   /* of an issuer that the target accepts */

/* What a form carries that was made for this request, in this session. */
struct text authorize_binding(struct authorize_call *x);
/* Whether somebody who logged in at the issuer of this name may give this away. */
bool authorize_takes_issuer(const struct authorize_call *x, struct text name);

/* --- authorize_code.c: steps, in this order --- */
/* One that covers what is asked for. Waits: store. */
enum flow_step_result authorize_find_consent(struct flow *flow);
enum flow_step_result authorize_record_consent(struct flow *flow); /* waits: commit */
enum flow_step_result authorize_take_effect(struct flow *flow);    /* waits: every loop, if something ended */
enum flow_step_result authorize_give_code(struct flow *flow);      /* waits: commit */
enum flow_step_result authorize_go_back(struct flow *flow);
/* Last, always: to the client where it may be told, else a page. */
enum flow_step_result authorize_respond_fault(struct flow *flow);

/* How long what they agree to now holds. */
int64_t authorize_consent_ends_s(const struct authorize_call *x);

#endif
