/* Calls of an adapter: handed to its loop, sent or queued, completed on their own loop. */
#include "program.h"
#include "slot.h"

#include "base/clock.h"
#include "runtime/metrics.h"

enum { UNSENT_MAX = 1024 * 1024 };

/* --- there and back --- */

static void run_done(struct loop_message *message)
{
    struct program_call *call = (struct program_call *)message;
    call->done(call);
}

static void count(struct program_call *call, enum fault fault)
{
    struct program *program = call->program;
    enum tally_result result = program_tally_result(fault);
    int64_t us = call->begun_us == 0 ? 0 : clock_monotonic_us() - call->begun_us;
    program_tally_count(&program->tally, call->method, result, us);
    program->calls++;
    if (result != TALLY_ANSWERED && result != TALLY_REFUSED)
        program->failures++;
}

void program_complete(struct program_call *call, enum fault fault)
{
    struct adapter_host *host = call->program->host;
    count(call, fault);
    call->fault = fault;
    if (call->loop == loop_current() || adapter_host_is_closed(host)) {
        call->done(call);
        return;
    }
    call->message.run = run_done;
    loop_post(call->loop, &call->message);
}

/* --- the queue --- */

static void unlink_call(struct program *program, struct program_call *call)
{
    *(call->previous != NULL ? &call->previous->next : &program->first) = call->next;
    *(call->next != NULL ? &call->next->previous : &program->last) = call->previous;
    program->waiting--;
    metric_add(METRIC_ADAPTER_WAITING, -1);
    loop_timer_stop(program->loop, &call->timer);
}

static void on_overdue(struct loop_timer *timer)
{
    struct program_call *call = (struct program_call *)((char *)timer - offsetof(struct program_call, timer));
    unlink_call(call->program, call);
    call->detail = TEXT("it had no time for this before it had to be done");
    call->retry_after_s = 1;
    program_complete(call, FAULT_ADAPTER_UNAVAILABLE);
}

static void enqueue(struct program *program, struct program_call *call)
{
    call->next = NULL;
    call->previous = program->last;
    *(program->last != NULL ? &program->last->next : &program->first) = call;
    program->last = call;
    program->waiting++;
    metric_add(METRIC_ADAPTER_WAITING, 1);
    call->timer.run = on_overdue;
    loop_timer_start(program->loop, &call->timer, program->document.timeout_ms);
}

int64_t program_retry_after_s(const struct program *program)
{
    int64_t now_us = clock_monotonic_us();
    if (program->state == PROGRAM_REFUSED)
        return PROGRAM_ASK_AGAIN_MS / 1000;
    if (program->state == PROGRAM_ENDED && program->restarts_at_us > now_us)
        return (program->restarts_at_us - now_us) / 1000000 + 1;
    if (program->breaker.is_open && program->breaker.open_until_us > now_us)
        return (program->breaker.open_until_us - now_us) / 1000000 + 1;
    return program->health == HEALTH_BAD ? PROGRAM_HEALTH_MS / 1000 : 1;
}

/* For the record: whoever asks for the sake of a caller learns there what people have to see to. */
static void say_why(const struct program *program, struct program_call *call)
{
    static const char nothing_known[] = "it is not running, or is not well";
    if (program->detail[0] == '\0') {
        call->detail = text_of(nothing_known);
        return;
    }
    call->answer = arena_create();
    call->detail = arena_print(call->answer, "%s: %s", nothing_known, program->detail);
}

/* Who is told may ask anew, and is then not among these. */
void program_refuse_waiting(struct program *program, enum fault fault)
{
    struct program_call *call = NULL;
    while (program->first != NULL) {
        struct program_call *first = program->first;
        unlink_call(program, first);
        first->next = call;
        call = first;
    }
    int64_t retry_after_s = program_retry_after_s(program);
    for (struct program_call *next; call != NULL; call = next) {
        next = call->next;
        call->retry_after_s = retry_after_s;
        say_why(program, call);
        program_complete(call, fault);
    }
}

/* --- sending --- */

static bool has_room(const struct program *program)
{
    size_t limit = program->document.in_parallel;
    if ((size_t)program->manifest.concurrency < limit)
        limit = (size_t)program->manifest.concurrency;
    return program->in_flight < limit && connection_unsent(program->connection) < UNSENT_MAX;
}

static void send_call(struct program *program, struct program_call *call, int64_t now_us)
{
    bool is_probe;
    if (call->wanted_type.length != 0 && manifest_find(&program->manifest, call->wanted_type) == NULL) {
        program_complete(call, FAULT_TARGET_TYPE);
        return;
    }
    if (call->needs_binding && !program->manifest.binds) {
        program_complete(call, FAULT_TARGET_BINDING);
        return;
    }
    /* What it makes would be shared, and its lease was stored as if it were not: to be asked anew. */
    if (call->is_for_one_lease && program->manifest.shares) {
        call->detail = TEXT("it shares what it makes, which was not known yet");
        call->retry_after_s = 1;
        program_complete(call, FAULT_ADAPTER_UNAVAILABLE);
        return;
    }
    if (!call_breaker_admits(&program->breaker, now_us, &is_probe)) {
        call->retry_after_s = program_retry_after_s(program);
        program_complete(call, FAULT_ADAPTER_PAUSED);
        return;
    }
    int64_t left_ms = (call->due_us - now_us) / 1000;
    slot_send(program, SLOT_CALL, call, call->method, call->params, left_ms > 0 ? left_ms : 1, is_probe);
}

void program_dispatch(struct program *program)
{
    if (program->first == NULL || program->state != PROGRAM_RUNNING || program->is_condemned)
        return;
    int64_t now_us = clock_monotonic_us();
    while (program->first != NULL && program->state == PROGRAM_RUNNING && has_room(program)) {
        struct program_call *call = program->first;
        unlink_call(program, call);
        send_call(program, call, now_us);
    }
}

static enum fault refusal_of(const struct program *program, int64_t now_us)
{
    bool is_there = program->state == PROGRAM_STARTING || program->state == PROGRAM_RUNNING;
    if (!is_there || program->is_condemned || adapter_host_is_closed(program->host))
        return FAULT_ADAPTER_UNAVAILABLE;
    if (!call_breaker_would_admit(&program->breaker, now_us))
        return FAULT_ADAPTER_PAUSED;
    return program->health == HEALTH_BAD ? FAULT_ADAPTER_UNAVAILABLE : FAULT_NONE;
}

static void accept_call(struct loop_message *message)
{
    struct program_call *call = (struct program_call *)message;
    struct program *program = call->program;
    int64_t now_us = clock_monotonic_us();
    call->begun_us = now_us;
    enum fault fault = refusal_of(program, now_us);
    if (fault != FAULT_NONE) {
        call->retry_after_s = program_retry_after_s(program);
        say_why(program, call);
        program_complete(call, fault);
        return;
    }
    call->due_us = now_us + program->document.timeout_ms * 1000;
    if (program->state == PROGRAM_RUNNING && program->first == NULL && has_room(program)) {
        send_call(program, call, now_us);
    } else if (program->waiting < program->document.queue) {
        enqueue(program, call);
    } else {
        call->retry_after_s = 1;
        program_complete(call, FAULT_ADAPTER_BUSY);
    }
}

void program_submit(struct program_call *call)
{
    call->loop = loop_current();
    call->message.run = accept_call;
    if (call->loop == call->program->loop || adapter_host_is_closed(call->program->host))
        accept_call(&call->message);
    else
        loop_post(call->program->loop, &call->message);
}
