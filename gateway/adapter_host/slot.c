/* Requests under way: each has a slot with its deadline. An id is a slot's place and a count of all that were
 * sent, so that an answer to what was not asked, or a second one, is known without a search. */
#include <stdlib.h>

#include "base/clock.h"
#include "runtime/metrics.h"
#include "slot.h"

static void on_timer(struct loop_timer *timer);

void slots_create(struct program *program)
{
    program->slot_count = program->document.in_parallel + PROGRAM_OWN_SLOTS;
    program->slots = calloc(program->slot_count, sizeof(*program->slots));
    INVARIANT(program->slots != NULL);
    program->free_slots = NULL;
    for (size_t i = program->slot_count; i > 0; i--) {
        struct slot *slot = &program->slots[i - 1];
        *slot = (struct slot){.timer = {.run = on_timer}, .program = program, .next_free = program->free_slots};
        program->free_slots = slot;
    }
}

struct slot *slot_find(struct program *program, int64_t id)
{
    size_t place = (size_t)(id - 1) % program->slot_count;
    struct slot *slot = &program->slots[place];
    return slot->is_taken && slot->id == id ? slot : NULL;
}

static struct slot *take(struct program *program, enum slot_use use)
{
    struct slot *slot = program->free_slots;
    INVARIANT(slot != NULL);
    program->free_slots = slot->next_free;
    slot->is_taken = true;
    slot->is_cancelled = slot->is_probe = false;
    slot->use = use;
    slot->call = NULL;
    slot->id = program->slots_used++ * (int64_t)program->slot_count + (slot - program->slots) + 1;
    if (use == SLOT_CALL) {
        program->in_flight++;
        metric_add(METRIC_ADAPTER_IN_FLIGHT, 1);
    }
    return slot;
}

void slot_release(struct slot *slot)
{
    struct program *program = slot->program;
    loop_timer_stop(program->loop, &slot->timer);
    if (slot->use == SLOT_CALL) {
        program->in_flight--;
        metric_add(METRIC_ADAPTER_IN_FLIGHT, -1);
    }
    slot->is_taken = false;
    slot->call = NULL;
    slot->next_free = program->free_slots;
    program->free_slots = slot;
}

/* Who is told may ask anew, and is answered that there is nobody: the list is detached first. */
void slots_drop(struct program *program, enum fault fault)
{
    struct program_call *told = NULL;
    for (size_t i = 0; i < program->slot_count; i++) {
        struct slot *slot = &program->slots[i];
        if (slot->call != NULL) {
            slot->call->next = told;
            told = slot->call;
        }
        if (slot->is_taken)
            slot_release(slot);
    }
    free(program->slots);
    program->slots = program->free_slots = NULL;
    program->slot_count = 0;
    for (struct program_call *next; told != NULL; told = next) {
        next = told->next;
        told->retry_after_s = 1;
        program_complete(told, fault);
    }
}

static void send_cancel(struct slot *slot)
{
    slot->is_cancelled = true;
    buffer_print(connection_lines(slot->program->connection),
                 "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":%lld}}\n", (long long)slot->id);
    loop_timer_start(slot->program->loop, &slot->timer, PROGRAM_ANSWER_CANCEL_MS);
}

/* The deadline: nobody waits any more, but the adapter still owes an answer. */
static void on_timer(struct loop_timer *timer)
{
    struct slot *slot = (struct slot *)timer;
    struct program *program = slot->program;
    struct program_call *call = slot->call;
    if (slot->is_cancelled) {
        program_kill(program, "did not answer a request that was cancelled");
        return;
    }
    if (slot->use == SLOT_INITIALIZE) {
        program_kill(program, "did not answer initialize in ten seconds");
        return;
    }
    if (slot->use == SLOT_TAKE_BACK) {
        program_kill(program, program->condemned_for);
        return;
    }
    send_cancel(slot);
    if (slot->use == SLOT_HEALTH)
        program_told_health(program, NULL);
    if (call == NULL)
        return;
    slot->call = NULL;
    call_breaker_failed(&program->breaker, slot->is_probe, clock_monotonic_us());
    slot->is_probe = false;
    call->detail = TEXT("it did not answer in time");
    program_complete(call, FAULT_ADAPTER_UNAVAILABLE);
    if (!call_breaker_would_admit(&program->breaker, clock_monotonic_us()))
        program_refuse_waiting(program, FAULT_ADAPTER_PAUSED);
}

void slot_send(struct program *program, enum slot_use use, struct program_call *call, const char *method,
               struct text params, int64_t deadline_ms, bool is_probe)
{
    struct slot *slot = take(program, use);
    struct buffer *out = connection_lines(program->connection);
    slot->call = call;
    slot->is_probe = is_probe;
    buffer_print(out, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":{\"deadline_ms\":%lld",
                 (long long)slot->id, method, (long long)deadline_ms);
    if (params.length > 2) {
        buffer_append_byte(out, ',');
        buffer_append(out, (struct text){params.base + 1, params.length - 2});
    }
    buffer_append(out, TEXT("}}\n"));
    connection_note_request(program->connection);
    loop_timer_start(program->loop, &slot->timer, deadline_ms);
}
