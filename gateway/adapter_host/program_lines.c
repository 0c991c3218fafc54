/* What an adapter says, line by line: answers to what it was asked, its own requests, notes for the log. What
 * breaks the rules ends it. */
#include "adapter_protocol/numbers.h"
#include "base/clock.h"
#include "base/log.h"
#include "program.h"
#include "slot.h"

enum { PUBLIC_MAX = 256, RETRY_AFTER_MAX_S = 3600 };

/* --- the log --- */

static bool may_log(struct program *program)
{
    int64_t dropped;
    bool may = allowance_take(&program->log_allowance, clock_monotonic_us(), &dropped);
    if (dropped != 0)
        LOG(LOG_WARNING, "adapter_log_dropped", log_text("adapter", program->name),
            log_number("lines", dropped));
    return may;
}

static void log_said(struct program *program, const struct json_value *params)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    struct text level = json_text_of(params, "level"), message = json_text_of(params, "message");
    enum log_level chosen = LOG_INFO;
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (text_is(level, names[i]))
            chosen = (enum log_level)i;
    if (may_log(program))
        LOG(chosen, "adapter_says", log_text("adapter", program->name),
            log_text("message", text_beginning(message, PROTOCOL_LOG_MAX)));
}

static void log_problem(struct program *program, struct text method, struct text problem, int64_t code)
{
    if (may_log(program))
        LOG(LOG_WARNING, "adapter_error", log_text("adapter", program->name), log_text("method", method),
            log_text("problem", text_beginning(problem, PROTOCOL_MESSAGE_MAX)), log_number("code", code));
}

static void hear_notification(struct program *program, const struct message *message)
{
    if (text_is(message->method, "log"))
        log_said(program, message->params);
    else if (text_is(message->method, "progress") && may_log(program))
        LOG(LOG_DEBUG, "adapter_progress", log_text("adapter", program->name),
            log_text("message",
                     text_beginning(json_text_of(message->params, "message"), PROTOCOL_MESSAGE_MAX)));
}

/* --- answers to calls --- */

static struct text public_of(const struct message *message)
{
    struct text told = json_text_of(message->data, "public");
    return told.length != 0 && told.length <= PUBLIC_MAX && text_is_printable(told) ? told : TEXT_NONE;
}

/* A caller may be told that it is the subject and not the target (RFC 8693 section 2.2.2); of connecting there
 * is nobody to tell. */
static bool is_about_subject(const struct message *message, const struct program_call *call)
{
    return text_is(json_text_of(message->data, "about"), "subject") && text_is(text_of(call->method), "mint");
}

static enum fault fault_of(const struct message *message, struct program_call *call)
{
    int64_t retry_after_s = json_integer_of(message->data, "retry_after_s");
    switch (message->code) {
    case PROTOCOL_REFUSED:
        call->public_reason = public_of(message);
        return is_about_subject(message, call) ? FAULT_ADAPTER_REFUSED_SUBJECT : FAULT_ADAPTER_REFUSED;
    case PROTOCOL_INTERACTION_REQUIRED:
        call->public_reason = public_of(message);
        return FAULT_CONNECTION_MISSING;
    case PROTOCOL_UNAVAILABLE:
        call->retry_after_s = retry_after_s < 0                   ? 0
                              : retry_after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S
                                                                  : retry_after_s;
        return FAULT_ADAPTER_UNAVAILABLE;
    case PROTOCOL_MISCONFIGURED:
        return FAULT_ADAPTER_MISCONFIGURED;
    default:
        return FAULT_ADAPTER_FAILED;
    }
}

/* Of this request alone: another may be served from what is remembered. */
static bool is_about_request(const struct message *message)
{
    return text_is(json_text_of(message->data, "about"), "request");
}

/* The arena goes with the call, to its loop. */
static void settle(struct slot *slot, struct arena *arena, const struct message *message, enum fault fault)
{
    struct program *program = slot->program;
    struct program_call *call = slot->call;
    if (fault == FAULT_ADAPTER_UNAVAILABLE && !is_about_request(message))
        call_breaker_failed(&program->breaker, slot->is_probe, clock_monotonic_us());
    else
        call_breaker_succeeded(&program->breaker, slot->is_probe);
    slot_release(slot);
    call->answer = arena;
    call->result = message->result;
    if (fault != FAULT_NONE)
        call->detail = text_beginning(message->sentence, PROTOCOL_MESSAGE_MAX);
    program_complete(call, fault);
    if (program->breaker.is_open)
        program_refuse_waiting(program, FAULT_ADAPTER_PAUSED);
}

static void settle_error(struct slot *slot, struct arena *arena, const struct message *message)
{
    enum fault fault = fault_of(message, slot->call);
    if (!credential_is_refused(fault) && fault != FAULT_CONNECTION_MISSING)
        log_problem(slot->program, text_of(slot->call->method), message->sentence, message->code);
    settle(slot, arena, message, fault);
}

static void settle_wider(struct slot *slot, struct arena *arena, const struct message *message,
                         const char *mistake)
{
    struct program *program = slot->program;
    SCOPED_BUFFER params = {0};
    if (slot->call->write_take_back != NULL)
        slot->call->write_take_back(slot->call, message->result, &params);
    settle(slot, arena, message, FAULT_ADAPTER_FAILED);
    program_condemn(program, mistake, buffer_text(&params));
}

/* True if the arena went with the call. */
static bool hear_call_answer(struct slot *slot, struct arena *arena, struct message *message)
{
    struct program *program = slot->program;
    struct program_call *call = slot->call;
    const char *mistake = "answered with a result that is no object";
    enum judgement judgement = JUDGED_GOOD;
    if (call == NULL) { /* it was cancelled; what it made is found by its lease */
        slot_release(slot);
        return false;
    }
    if (message->kind == MESSAGE_ERROR) {
        settle_error(slot, arena, message);
        return true;
    }
    if (message->result->kind != JSON_OBJECT)
        judgement = JUDGED_BROKEN;
    else if (call->judge != NULL)
        judgement = call->judge(call, message->result, &mistake);
    if (judgement == JUDGED_BROKEN) {
        program_kill(program, mistake);
        return false;
    }
    if (judgement != JUDGED_GOOD) {
        message->sentence = text_of(mistake);
        log_problem(program, text_of(call->method), message->sentence, 0);
    }
    if (judgement == JUDGED_WIDER)
        settle_wider(slot, arena, message, mistake);
    else
        settle(slot, arena, message, judgement == JUDGED_GOOD ? FAULT_NONE : FAULT_ADAPTER_FAILED);
    return true;
}

static bool hear_answer(struct program *program, struct arena *arena, struct message *message)
{
    struct slot *slot = slot_find(program, message->id);
    if (slot == NULL) {
        program_kill(program, "answered what it was not asked, or twice");
        return false;
    }
    if (slot->use == SLOT_CALL) {
        bool has_gone = hear_call_answer(slot, arena, message);
        program_dispatch(program);
        return has_gone;
    }
    enum slot_use use = slot->use;
    bool is_late = slot->is_cancelled;
    slot_release(slot);
    if (use == SLOT_INITIALIZE)
        program_initialized(program, message);
    else if (use == SLOT_HEALTH && !is_late)
        program_told_health(program, message);
    else if (use == SLOT_TAKE_BACK)
        program_kill(program, program->condemned_for);
    return false;
}

/* --- lines --- */

static void hear_request(struct program *program, const struct message *message)
{
    if (program->requests >= PROGRAM_REQUESTS_MAX)
        program_kill(program, "asked for more at once than it may");
    else if (!state_methods_answer(program, message))
        program_answer_error(program, message->id, PROTOCOL_METHOD_UNKNOWN, TEXT("there is no such method"),
                             NULL, 0);
}

static bool hear(void *context, struct text line)
{
    struct program *program = context;
    const struct connection *connection = program->connection;
    struct arena *arena = arena_create();
    struct message message = message_read(arena, line);
    bool has_gone = false;
    if (message.kind == MESSAGE_BROKEN)
        program_kill(program, message.mistake);
    else if (message.kind == MESSAGE_REQUEST)
        hear_request(program, &message);
    else if (message.kind == MESSAGE_NOTIFICATION)
        hear_notification(program, &message);
    else
        has_gone = hear_answer(program, arena, &message);
    if (!has_gone)
        arena_destroy(arena);
    return program->connection == connection;
}

static void end(void *context, const char *reason)
{
    program_kill(context, reason);
}

const struct connection_user program_connection_user = {.heard = hear, .ended = end};
