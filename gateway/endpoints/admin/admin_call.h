/* One call of the admin API: on the Unix socket, the recorded break-glass door on the host, open to whoever may
 * open the socket; or over the network with a session, whose rights come from Team documents. What the /v1
 * endpoints have in common: waiting for the store, recording the change, problem details (RFC 9457). */
#ifndef ENDPOINTS_ADMIN_CALL_H
#define ENDPOINTS_ADMIN_CALL_H

#include "endpoint.h"
#include "exchange/standing.h"
#include "team/admin_session.h"

struct admin_call {
    struct flow flow; /* first */
    struct gateway *gateway;
    struct request *request;
    struct arena *arena;
    struct world *world;
    struct form query; /* of the URL */
    struct admin_session session;
    int64_t now_us;
    struct text id;           /* of the record of this change */
    struct text root, parent; /* where it hangs, if it hangs in a tree */
    struct store_query find;
    struct flow_wait find_wait;
    struct ledger_entry entry;
    struct ledger_entry refusal; /* of a right that was missing */
    enum fault fault;
    int64_t retry_after_s;
    struct text detail;        /* for people, TEXT_NONE = the fault's sentence */
    struct documents mistakes; /* of documents that were sent */
    _Atomic bool *taken;       /* by admin_call_take */
};

/* Allocates a call of this size (its struct admin_call first) and starts its flow: over the network once its
 * session is open and has this right somewhere (enum admin_right; 0: any session). What exactly it covers is
 * for the endpoint to check. */
void admin_call_start(struct gateway *gateway, struct request *request, size_t size,
                      const struct flow_step *steps, unsigned right);
/* The same for whoever has no session yet: a login. */
void admin_call_start_as_stranger(struct gateway *gateway, struct request *request, size_t size,
                                  const struct flow_step *steps);
/* Whether the caller may do this to what a team owns (TEXT_NONE: nobody does): on the socket, everything; over
 * the network what Team documents give and no policy forbids. */
bool admin_call_may(const struct admin_call *call, struct text team, enum admin_right right);
/* The same to one document of whatever kind: seeing it, or ending what it is. */
bool admin_call_may_document(const struct admin_call *call, const struct document *document,
                             enum admin_right right);
/* The same to change it, which teams may for some kinds alone. */
bool admin_call_may_change(const struct admin_call *call, const struct document *document,
                           enum admin_right right);
/* What belongs to a target, by its document's name as documents are now; what has none is for operators. */
bool admin_call_may_target(const struct admin_call *call, struct text target, enum admin_right right);
/* What a record is about: a target that belonged to the same team then as now. A name that has become free can
 * be taken by another team, and what was before is not its own. NULL: operators alone. */
bool admin_call_may_record(const struct admin_call *call, const struct json_value *record,
                           enum admin_right right);
/* NULL where it cannot be read. */
const struct json_value *admin_call_read_record(const struct admin_call *call,
                                                const struct store_record *record);
bool admin_call_is_operator(const struct admin_call *call, enum admin_right right);
/* One record of the budget of a team that the caller is in: what sessions do fills no disk. */
MUST_USE enum fault admin_call_take_budget(struct admin_call *call, const struct team_rights *rights);
/* ADMIN_RIGHT_MISSING, with a detail that names the right and the thing. */
enum fault admin_call_refuse_right(struct admin_call *call, enum admin_right right, struct text thing);
/* A shared step, marked always, before the answer: a missing right is recorded. Waits: commit. */
enum flow_step_result admin_call_record_refusal(struct flow *flow);
enum flow_step_result admin_call_proceed(struct admin_call *call, enum fault fault);
/* Changes are planned on what was read first, so only one runs at a time: takes the flag until the call ends,
 * or answers STORE_CONFLICT. */
MUST_USE enum fault admin_call_take(struct admin_call *call, _Atomic bool *flag);
/* Starts call->find (its id and limit are set where the kind needs them) and completes call->find_wait. */
void admin_call_find(struct admin_call *call, enum store_query_kind kind);
/* The same of a query of the caller's own, of which kind, id and limit are set. */
void admin_call_ask(const struct admin_call *call, struct store_query *query, struct flow_wait *wait);
/* A parameter of the query that is "true". */
bool admin_call_is_asked(const struct admin_call *call, const char *parameter);
/* limit and before of a list's query into call->find; PARAMETER_INVALID for a limit that is none or above most.
 */
MUST_USE enum fault admin_call_read_page(struct admin_call *call, int64_t usual, int64_t most);
/* The record of an administrative change by this caller, for entries of an endpoint's own. */
struct record admin_call_describe(const struct admin_call *call, struct text kind, struct text change);
/* Begins call->entry with the record of an administrative change: kind such as "document", change as raw JSON.
 * It is not stored if meanwhile something was killed that the session stands on. */
void admin_call_begin_entry(struct admin_call *call, struct text kind, struct text change);
/* The same with a record of admin_call_describe that says more. */
void admin_call_begin_entry_of(struct admin_call *call, const struct record *record);
/* Neither if one of these was; what is told apart by admin_call_stored. */
void admin_call_guard(struct admin_call *call, const struct standing *standing);
/* What has become of call->entry: ADMIN_TOKEN_INVALID where the session has ended. */
enum fault admin_call_stored(const struct admin_call *call);
/* The part of the path behind prefix and its slash; TEXT_NONE if there is none. */
struct text admin_call_rest(const struct admin_call *call, const char *prefix);
void admin_call_answer(struct admin_call *call, struct text body);
void admin_call_answer_fault(struct admin_call *call);

/* The door's: the refusal's record, the end of a call that did not come in, and of one that did. */
void admin_call_start_recording_refusal(struct admin_call *call);
void admin_call_end_refused(struct admin_call *call);
void admin_call_dispose(struct flow *flow);

#endif
