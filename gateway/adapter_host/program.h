/* One adapter that is a program, as its loop sees it: what it is told and answers, what waits for it, whether
 * it lives. Private to this room; only `adapter`, `name`, `loop`, `tally`, the state of the breaker and
 * what the mutex guards are for other threads. */
#ifndef ADAPTER_HOST_PROGRAM_H
#define ADAPTER_HOST_PROGRAM_H

#include <pthread.h>

#include "adapter_host/adapter_host.h"
#include "allowance.h"
#include "call_breaker.h"
#include "connection.h"
#include "program_tally.h"
#include "protocol/manifest.h"
#include "protocol/message.h"
#include "protocol/minting_check.h"

enum {
    PROGRAM_DETAIL_SIZE = 256,
    PROGRAM_OWN_SLOTS = 4,     /* beyond those of calls: initialize, health, taking back what was widened */
    PROGRAM_REQUESTS_MAX = 64, /* of the adapter at once */
    PROGRAM_INITIALIZE_MS = 10000,
    PROGRAM_ANSWER_CANCEL_MS = 2000,
    PROGRAM_HEALTH_MS = 15000,
    PROGRAM_HEALTH_TIMEOUT_MS = 5000,
    PROGRAM_ASK_AGAIN_MS = 30000,
};

enum program_state { PROGRAM_ABSENT, PROGRAM_STARTING, PROGRAM_RUNNING, PROGRAM_ENDED, PROGRAM_REFUSED };
enum program_health { HEALTH_UNKNOWN, HEALTH_GOOD, HEALTH_DEGRADED, HEALTH_BAD };

struct program;

/* One question to an adapter, from whichever loop; its maker's memory until done. */
struct program_call {
    struct loop_message message; /* first; there and back */
    struct program *program;
    struct loop *loop; /* the caller's */
    const char *method;
    struct text params;      /* a JSON object, without deadline_ms */
    struct text wanted_type; /* of a credential, or TEXT_NONE */
    bool needs_binding;      /* what is made is to be bound to a channel */
    bool is_for_one_lease;   /* asked when nothing was known of sharing */
    /* On the adapter's loop: whether a result is one. *mistake is for the log; BROKEN and WIDER end the
     * adapter. NULL: any object is. */
    enum judgement (*judge)(const struct program_call *call, const struct json_value *result,
                            const char **mistake);
    /* The params of the revoke that takes back what a result is wider for; NULL: there is none. */
    void (*write_take_back)(const struct program_call *call, const struct json_value *result,
                            struct buffer *params);
    void (*done)(struct program_call *call); /* on the caller's loop; destroys answer */
    enum fault fault;
    int64_t retry_after_s;
    struct text detail, public_reason; /* static or in answer; TEXT_NONE: nothing to say */
    struct arena *answer;              /* or NULL */
    const struct json_value *result;   /* in answer, with FAULT_NONE */
    struct loop_timer timer;           /* while it waits: the owner's, as all below */
    struct program_call *next, *previous;
    int64_t due_us;
    int64_t begun_us; /* when its loop had it; 0: not yet */
};

struct program_document {
    struct text body; /* on the heap */
    bool has_network;
    int64_t timeout_ms;
    size_t in_parallel, queue;
};

struct program {
    struct adapter adapter; /* first */
    struct adapter_host *host;
    struct loop *loop;
    struct text name, state_name; /* of its state: without the mark of a trial */
    pthread_mutex_t mutex;        /* of manifest and has_manifest, which only its loop changes */
    struct manifest manifest;
    bool has_manifest;

    struct program_document document;
    enum program_state state;
    bool is_condemned; /* nothing more is asked; it is killed as soon as it has taken back what it made */
    const char *condemned_for;
    int64_t instance, instance_let_go; /* the latter: what becomes of it is nobody's concern any more */
    int64_t restarts_at_us;            /* ENDED: when, 0 if that is not known */
    char detail[PROGRAM_DETAIL_SIZE];
    struct connection *connection;
    struct slot *slots, *free_slots;
    size_t slot_count, in_flight;
    int64_t slots_used;
    struct program_call *first, *last; /* that wait */
    size_t waiting;
    struct call_breaker breaker;
    enum program_health health;
    bool is_up;              /* counted as such */
    struct loop_timer timer; /* of asking for its health, or of asking again for its start */
    size_t requests;         /* of the adapter, not answered yet */
    struct allowance log_allowance;
    int64_t calls, failures, restarts;
    struct program_tally tally; /* for anybody to read */
    struct adapter_trial *trial;
    struct loop *trial_loop;
};

/* program.c: calls. On any loop; done is called, at once or later. */
void program_submit(struct program_call *call);
/* The rest on its own loop, or when no loop runs any more. */
void program_complete(struct program_call *call, enum fault fault);
void program_dispatch(struct program *program); /* what waits, as far as it goes */
void program_refuse_waiting(struct program *program, enum fault fault);
int64_t program_retry_after_s(const struct program *program);

/* program_life.c: whether it lives. */
void program_configure(struct program *program,
                       const struct program_document *document); /* NULL: not any more */
void program_started(struct program *program, struct text document, int64_t instance, int descriptor);
void program_ended(struct program *program, int64_t instance, int64_t restarts_in_ms, struct text detail);
void program_refused(struct program *program, struct text detail);
void program_initialized(struct program *program, const struct message *message);
void program_told_health(struct program *program, const struct message *message);
/* It breaks the rules or hangs: killed, and whoever waits is told ADAPTER_FAILED. */
void program_kill(struct program *program, const char *reason);
/* The same after it was asked to take back what a call made; params of its revoke. */
void program_condemn(struct program *program, const char *reason, struct text params);
void program_on_timer(struct loop_timer *timer); /* of program->timer */
void program_close(struct program *program);     /* when no loop runs any more */
/* What came of a trial, if it is one. */
void program_end_trial(struct program *program, enum fault fault, struct text detail);

/* program_lines.c */
extern const struct connection_user program_connection_user;

/* state_methods.c: false if there is no such method. */
bool state_methods_answer(struct program *program, const struct message *message);
/* data_name NULL: without data. */
void program_answer_error(struct program *program, int64_t id, int64_t code, struct text sentence,
                          const char *data_name, int64_t data);

/* adapter_host.c */
struct program_document program_document_of(const struct document *document); /* borrowed */
const struct adapter_host_options *adapter_host_options_of(const struct adapter_host *host);
bool adapter_host_is_closed(const struct adapter_host *host);
struct program *adapter_host_program(struct adapter_host *host, struct text name); /* NULL: too many */
struct program *adapter_host_nth(struct adapter_host *host, size_t index);         /* NULL: no more */

#endif
