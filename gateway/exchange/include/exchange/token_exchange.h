/* The token endpoint's work: one request of any grant, most of them RFC 8693 exchanges, from its form to the
 * recorded answer. */
#ifndef EXCHANGE_TOKEN_EXCHANGE_H
#define EXCHANGE_TOKEN_EXCHANGE_H

#include "exchange/gateway.h"
#include "runtime/flow.h"
#include "transport/request.h"

/* Takes the request over; it is answered exactly once, later. */
void token_exchange_start(struct gateway *gateway, struct request *request);

/* The grant types it takes, in the order in which the metadata lists them; NULL behind the last. */
const char *token_exchange_grant_type(size_t index);

/* One exchange as a part of another call on the same request: everything is as at the token endpoint but for
 * who is told. Zeroed before use but for arena, where what is given is copied to. */
struct inner_exchange {
    struct flow_wait wait;
    struct arena *arena;
    enum fault fault;
    struct text public_reason, acr_values; /* as a refusal has them */
    int64_t maximum_age_s, retry_after_s;
    struct text interaction_uri;
    int64_t interaction_expires_s;
    struct text id; /* of the exchange, and of its record */
    bool is_authenticated, is_recorded;
    struct text credential;
    int64_t expires_at_s;
    struct text target; /* document that it is for; TEXT_NONE: not known */
    /* Given besides arena. A refusal and a dry run are answered as at the token endpoint (is_answered), and
     * what is issued is told as its answer would be. */
    bool is_to_answer;
    int64_t lifetime_s; /* of what is issued at most; 0: as the documents say */
    bool is_answered;
    struct text answer; /* JSON */
};

struct form;

/* The request's own form, which was read, with is_to_answer; completes inner->wait. Texts are borrowed until
 * then. */
void token_exchange_start_form(struct gateway *gateway, struct request *request, const struct form *form,
                               struct inner_exchange *inner);
/* A token that authenticates an agent of a class and is the subject as well, for one target; the same. */
void token_exchange_start_within(struct gateway *gateway, struct request *request, struct text agent_token,
                                 struct text audience, struct inner_exchange *inner);

#endif
