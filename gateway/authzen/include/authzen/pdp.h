/* Asks an outside policy decision point whether something may be done: POST of an access evaluation (AuthZEN
 * Authorization API 1.0). Whatever goes wrong denies. What is asked and what a denial means to a caller is for
 * exchange/ to know.
 *
 * A client belongs to one loop and has an HTTP client of its own, so that a question costs no hop between
 * threads and nothing is shared: connections, the calls that questions of the same words share, and the pause
 * after failures are each loop's. */
#ifndef AUTHZEN_PDP_H
#define AUTHZEN_PDP_H

#include "base/fault.h"
#include "base/secret.h"
#include "runtime/address_guard.h"
#include "runtime/flow.h"
#include "runtime/loop.h"

enum {
    AUTHZEN_QUESTION_MAX = 64 * 1024,
    AUTHZEN_REQUEST_ID_SIZE = 65,
    AUTHZEN_DETAIL_SIZE = 256,
};

struct authzen_client;

struct authzen_options {
    struct text url; /* of the evaluation endpoint, whole: https://pdp.example/access/v1/evaluation */
    const struct secret *token;        /* bearer token (RFC 6750 section 2.1), or NULL */
    bool is_basic;                     /* it is a name, a colon and a password instead (RFC 7617 section 2) */
    const char *ca_file;               /* NULL: the system's */
    const struct address_guard *guard; /* outlives the client; all else is copied */
    int64_t timeout_ms;                /* for a call as a whole, waiting for a connection included; 0: 1000 */
    unsigned failures;                 /* as many in a row make a pause; 0: 5 */
    int64_t pause_ms;                  /* 0: 5000 */
    unsigned calls_max;                /* under way at a time, at most 1000; 0: 64 */
    unsigned questions_max;            /* waiting at a time, sharers included; 0: 1024 */
};

struct authzen_client *authzen_client_create(struct loop *loop, const struct authzen_options *options);
/* Whoever waits is told PDP_UNAVAILABLE now, and so is at once who asks meanwhile. On the loop's thread or when
 * that has ended; not from inside a flow that was waiting. NULL is fine. */
void authzen_client_destroy(struct authzen_client *client);

/* One question; zeroed before use, stays where it is until it has completed. */
struct authzen_evaluation {
    struct flow_wait wait;
    /* NONE if and only if is_allowed. PDP_DENIED: it says no. PDP_OBLIGATION: it says yes under a condition
     * that is not known here (docs/decisions/0029-outside-decision-point.md). PDP_UNAVAILABLE: no usable
     * answer. PDP_PAUSED: it was not asked, having failed too often. OVERLOADED: it was not asked, too many
     * are. */
    enum fault fault;
    bool is_allowed;
    char request_id[AUTHZEN_REQUEST_ID_SIZE]; /* that was sent: another's where a call was shared; or "" */
    char detail[AUTHZEN_DETAIL_SIZE]; /* its reason, or what failed: for the record, never for the caller */
    struct authzen_evaluation *next;  /* of those that share a call */
};

/* For FLOW_AWAIT on evaluation->wait. body: the JSON of the question, at most AUTHZEN_QUESTION_MAX, borrowed
 * until it has completed. request_id: X-Request-ID, 1 to 64 bytes without control characters. */
void authzen_evaluate(struct authzen_client *client, struct text body, struct text request_id,
                      struct authzen_evaluation *evaluation);

#endif
