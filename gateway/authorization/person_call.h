/* One request of a person at a browser: what all pages have in common, so that none forgets a check. Embedded
 * first in the flow of each; its steps stand in the tables of all. Whatever is refused is answered with a page.
 */
#ifndef AUTHORIZATION_PERSON_CALL_H
#define AUTHORIZATION_PERSON_CALL_H

#include "browser_cookie.h"
#include "consent/consents.h"
#include "consent/invitation.h"
#include "exchange/form.h"
#include "exchange/gateway.h"
#include "exchange/propagation.h"
#include "page.h"
#include "people_session.h"
#include "person_checks.h"

/* LINK_STEPS: opening, consenting and connecting may each take as long as a link is good. */
enum { PERSON_CALL_THINGS = 4, PERSON_CALL_ATTEMPTS_MAX = 3, PERSON_CALL_LINK_STEPS = 3 };

/* Of what an adapter says in words, in a record. */
enum { PERSON_DETAIL_BYTES_MAX = 512 };

struct person_call {
    struct flow flow; /* first: a flow's steps get this address */
    struct gateway *gateway;
    struct request *request;
    struct arena *arena;
    struct world *world;
    int64_t now_us, now_s;
    struct text id;   /* of what it records */
    struct form form; /* of a POST */
    bool is_post, has_session;
    struct people_session session;
    struct store_guard things[PERSON_CALL_THINGS + 1]; /* that the session stands on; room for one more */
    size_t thing_count;
    struct ledger_liveness liveness;
    struct text ticket; /* of the link, or of the browser */
    struct invitation_reading reading;
    struct invitation *invitation; /* the reading's; NULL: not read */
    const struct target *target;   /* NULL: not found */
    const struct adapter *adapter; /* that connects accounts there; its connect may be NULL */
    struct credential_target adapter_target;
    struct consents consents;
    unsigned attempts; /* to write what others write too */
    struct ledger_entry entry;
    struct store_cutoff *cutoffs; /* of the entry */
    struct propagation_wait effect;
    enum fault fault;
    int64_t retry_after_s;
    struct text reference; /* the record that says what became of it; TEXT_NONE: none does */
    bool is_answered;
};

/* Allocates a call of this size, its struct person_call first, and starts its flow. */
void person_call_start(struct gateway *gateway, struct request *request, size_t size,
                       const struct flow_step *steps);
/* In two parts, for whoever has something to put into it before its flow starts. */
struct person_call *person_call_make(struct gateway *gateway, struct request *request, size_t size);
void person_call_begin(struct person_call *call, const struct flow_step *steps);
/* The only way to a refusal: notes the first fault and leaves for the steps marked always. */
enum flow_step_result person_call_proceed(struct person_call *call, enum fault fault);

/* --- steps, in the order in which they may stand --- */
enum flow_step_result person_call_admit(struct flow *flow);     /* no address that is held off */
enum flow_step_result person_call_read_form(struct flow *flow); /* of a POST; and that it is sent from here */
enum flow_step_result person_call_read_browser(struct flow *flow); /* the invitation's cookie */
enum flow_step_result
person_call_read_session(struct flow *flow); /* waits: store, where the book is not sure */
enum flow_step_result person_call_need_session(struct flow *flow);    /* SESSION_MISSING */
enum flow_step_result person_call_find_invitation(struct flow *flow); /* waits: store */
enum flow_step_result
person_call_need_person(struct flow *flow); /* the invitation's, by issuer and subject, logged in */
enum flow_step_result person_call_check_token(struct flow *flow);   /* of a POST: the session's */
enum flow_step_result person_call_check_binding(struct flow *flow); /* of a POST: the invitation's */
enum flow_step_result person_call_find_target(struct flow *flow);   /* of the invitation; switched on */
enum flow_step_result person_call_read_consents(struct flow *flow); /* waits: store. The session's person's */
/* Last, always: the page of the fault, if there is one and nothing was answered. */
enum flow_step_result person_call_respond_fault(struct flow *flow);

/* --- what steps are made of --- */

/* The target that it is about, and which adapter connects accounts there. */
void person_call_choose_adapter(struct person_call *call, const struct target *target);
/* What every record of a person has. */
struct record person_call_describe(const struct person_call *call, struct text kind, struct text change);
/* The same for what happens with an invitation: who asked, in which tree, for what. */
struct record person_call_describe_invitation(const struct person_call *call, struct text kind,
                                              struct text change);
/* Begins the entry, guarded by what the session stands on. */
void person_call_begin_entry(struct person_call *call, struct ledger_entry *entry, const struct record *record);
/* The same entry by what the invitation stands on, too: nothing is agreed to for whom a kill has ended since.
 */
void person_call_guard_by_invitation(const struct person_call *call, struct ledger_entry *entry);
/* Cutoffs of consents that end, into the entry: those that the consents have lost, with this record. */
void person_call_end_consents(struct person_call *call);
/* The fault of an entry that was appended: the session's own end is SESSION_MISSING. */
enum fault person_call_stored(const struct ledger_entry *entry);
/* Whether an entry was not stored because the consents had been changed; then they are to be read again, which
 * is made possible here, a few times. */
bool person_call_may_try_again(struct person_call *call);
/* As before the consents were read: they can be read again, and the entry written anew. */
void person_call_start_over(struct person_call *call);
/* Whose a consent is, as a record names it: a client by its client_id, while it is there and that team's, else,
 * and an agent class, by its name. */
struct text person_call_client_id(const struct world *world, struct text program);
/* The identifier of another record of this call. */
struct text person_call_another_id(const struct person_call *call);

/* Whether it covers anything now: those that were ended elsewhere, by a kill, are over although their row says
 * nothing of it. */
bool person_call_is_live(const struct person_call *call, const struct consent *consent);

/* What people are told of it: "NAME" of a client, or "agent class NAME", and "of team TEAM". */
struct text person_call_program(struct arena *arena, struct text program);
/* A path of ours as a browser knows it, and the same with our origin. */
struct text person_call_path(const struct person_call *call, const char *path);
struct text person_call_url(const struct person_call *call, const char *path);
/* "2026-11-23 14:05 UTC" */
struct text person_call_time(struct arena *arena, int64_t time_s);
struct text person_call_identity(struct arena *arena, const struct credential_identity *identity);
void person_call_answer(struct person_call *call, struct page *page, int status);
/* The browser's invitation is over: its cookie goes with the answer. */
void person_call_answer_last(struct person_call *call, struct page *page, int status);

#endif
