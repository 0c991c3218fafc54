/* One call by a client to one of our endpoints: what token exchange, introspection, revocation and the target
 * list have in common, so that no sibling path can forget a check. Embedded first in the flow of each; its
 * steps are used by all. */
#ifndef EXCHANGE_CALL_H
#define EXCHANGE_CALL_H

#include "exchange/client_authentication.h"
#include "exchange/gateway.h"
#include "exchange/oauth_error.h"
#include "transport/request.h"

enum { CALL_BODY_BYTES_MAX = 64 * 1024 };

struct call {
    struct flow flow; /* first: a flow's steps get this address */
    struct gateway *gateway;
    struct request *request;
    struct arena *own;   /* it lies in there */
    struct arena *arena; /* the same, unless it lets go of what it was decided with: call_part_arenas */
    struct world *world;
    const struct key_snapshot *keys;
    int64_t now_us, now_s;
    struct text address; /* the peer's, as text; "unix" on the admin socket */
    struct text id;      /* identifier of this call, and of what it issues */
    struct form form;
    struct ladder ladder;
    struct client_authentication authentication;
    const struct caller *caller;          /* &authentication.caller */
    struct ledger_entry *assertion_entry; /* call_consume_assertion's */
    bool has_budget;                      /* taken and not settled yet */
    enum fault fault;
    int64_t retry_after_s;
    /* What a policy that refuses lets the caller know. */
    struct text public_reason, acr_values; /* TEXT_NONE: nothing */
    int64_t maximum_age_s;                 /* 0: nothing */
    struct text interaction_uri;           /* where a person connects or consents; TEXT_NONE: nowhere */
    int64_t interaction_expires_s;         /* from now */
    struct text request_id;                /* X-Request-ID of the answer; TEXT_NONE: it has none */
    bool is_grant_refused; /* what was shown as a grant is bad: invalid_grant (RFC 6749 section 5.2) */
    bool has_certificate_read;
    const struct client_certificate
        *certificate;                   /* that the request came with; NULL: none, or not looked for */
    struct text thumbprint;             /* its x5t#S256 */
    bool is_within;                     /* part of another call: only its form says who is calling */
    bool shows_header;                  /* and it is the request's own: its header may, too */
    void (*release)(struct call *call); /* what the embedding flow holds; NULL if nothing */
};

/* Allocates a call of this size (its struct call first) with an arena, the current world and an id, and starts
 * its flow. */
void call_start(struct gateway *gateway, struct request *request, size_t size, const struct flow_step *steps,
                void (*release)(struct call *call));

/* In two parts: made, filled in by whoever wants to be told himself when the request has gone, and begun. */
struct call *call_make(struct gateway *gateway, struct request *request, size_t size,
                       void (*release)(struct call *call));
void call_begin(struct call *call, const struct flow_step *steps);
/* For what goes on for hours once it was decided. Before it is begun: what it takes to decide lies apart from
 * the call itself. And when what is to be kept was copied to call->own: all else is gone. */
void call_part_arenas(struct call *call);
void call_join_arenas(struct call *call);
/* As part of another call, which is told of its end by the last step instead of a request being answered. */
void call_start_within(struct call *call, const struct flow_step *steps);

/* The only way to a refusal: notes the first fault and leaves for the steps marked always. */
enum flow_step_result call_proceed(struct call *call, enum fault fault);

/* Shared steps, in this order. */
enum flow_step_result call_read_form(struct flow *flow); /* and admits no address that is held off */
/* In its place where the body is no form: credentials are in the header alone. */
enum flow_step_result call_read_no_form(struct flow *flow);
/* Once: call->certificate and its thumbprint. */
MUST_USE enum fault call_find_certificate(struct call *call);
enum flow_step_result call_identify_client(struct flow *flow);
enum flow_step_result call_authenticate_client(struct flow *flow); /* waits for issuer or client keys */
enum flow_step_result call_take_budget(struct flow *flow);         /* a later step must settle it */
/* For what leaves a record and issues nothing: who is at its limit of credentials must still be able to revoke.
 */
enum flow_step_result call_take_record(struct flow *flow);
/* For endpoints that leave none: the rate alone. */
enum flow_step_result call_take_rate(struct flow *flow);
/* For endpoints that store nothing else: uses the caller's self-signed assertion up. Waits: commit. */
enum flow_step_result call_consume_assertion(struct flow *flow);

/* From the account and its team's, or from neither; of a caller that has its document, account and limits. */
MUST_USE enum fault caller_take_budget(const struct caller *caller, bool holds_place,
                                       const struct gateway *gateway, const struct world *world, int64_t now_us,
                                       int64_t *retry_after_s);

/* Ends what call_take_budget began, if it did: the credential that was issued counts against the caller's
 * budget and its team's until it expires; expires_at_s 0 if none was. */
void call_settle_budget(struct call *call, int64_t expires_at_s);
/* One that was issued to this caller has ended before its time. */
void call_return_lease(const struct call *call, int64_t expires_at_s);
/* The caller's self-signed assertion, if there was one, as a value to be used once with whatever is stored
 * next. */
void call_use_assertion_once(const struct call *call, struct ledger_entry *entry);
/* Fills the members of a record that every call knows. */
void call_describe(const struct call *call, struct record *record);

/* Answers with a JSON body, no-store, and the call's id in the dragoman-exchange header (RFC 6749 section 5.1).
 */
void call_answer(struct call *call, int status, struct text body);
/* The OAuth error of call->fault: RFC 6749 section 5.2, RFC 8693 section 2.2.2. */
void call_answer_fault(struct call *call);
/* Its parts, for whoever answers otherwise: what the caller is told; the value of Retry-After; and that a
 * refusal is counted, of a stranger against its address. */
struct oauth_error call_describe_fault(const struct call *call);
struct text call_retry_after(const struct call *call);
void call_count_refusal(const struct call *call);

#endif
