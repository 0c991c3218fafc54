/* The life of an adapter: start, then line after line until the gateway ends it. This thread only reads and
 * hands on; what may block is done by the threads of work.c. A gateway that breaks the protocol cannot be
 * answered, as nothing says what it asked: then the program ends, and is started anew. */
#include <stdio.h>
#include <unistd.h>

#include "adapter_protocol/numbers.h"
#include "answer.h"
#include "base/crypto_memory.h"
#include "methods.h"
#include "params.h"
#include "run.h"
#include "start.h"

enum { DESCRIPTOR = 3, STOP_WAIT_MS = 1000, PROTOCOL = 1, CONCURRENCY_MAX = 1024 };
enum next { GO_ON, END_WELL, END_BADLY };

static enum next complain(const char *what)
{
    fprintf(stderr, "%s\n", what);
    return END_BADLY;
}

/* --- requests --- */

static void initialize(struct adapter_program *program, const struct message *message)
{
    const struct json_value *protocol = json_member(message->params, TEXT("protocol"));
    int64_t lowest = json_integer_of(protocol, "lowest"), highest = json_integer_of(protocol, "highest");
    if (program->is_initialized) {
        answer_error(program, message->id, PROTOCOL_FAILED, "initialize comes once");
    } else if (lowest < 1 || highest < lowest) {
        answer_error(program, message->id, PROTOCOL_PARAMS_INVALID, "the params are not what they should be");
    } else if (lowest > PROTOCOL) {
        answer_error(program, message->id, PROTOCOL_PARAMS_INVALID, "this adapter speaks version 1 alone");
    } else {
        program->is_initialized = true;
        answer_manifest(program, message->id);
    }
}

/* True: the arena is the call's now. */
static bool begin_call(struct adapter_program *program, struct arena *arena, const struct message *message)
{
    int64_t deadline_ms;
    if (!params_deadline(message->params, &deadline_ms)) {
        answer_error(program, message->id, PROTOCOL_PARAMS_INVALID, "deadline_ms is missing or no time");
        return false;
    }
    struct adapter_call *call = call_create(program, arena, message, deadline_ms);
    enum work_addition addition = work_add(&program->work, call);
    if (addition == WORK_ADDED)
        return true;
    if (addition == WORK_FULL)
        answer_error(program, message->id, PROTOCOL_UNAVAILABLE, "the adapter has more to do than it takes");
    call->arena = NULL; /* stays the reader's */
    call_destroy(call);
    return false;
}

/* False: a thread is still at it. */
static bool stop_work(struct adapter_program *program)
{
    work_cancel_all(&program->work);
    gateway_asks_wake(&program->asks);
    opening_wake(&program->opening);
    return work_stop(&program->work, STOP_WAIT_MS);
}

/* What runs is ended and answered first. */
static enum next finish(struct adapter_program *program, const struct message *message)
{
    stop_work(program);
    answer_result(program, message->id, TEXT("{}"));
    return END_WELL;
}

static enum next on_request(struct adapter_program *program, struct arena **arena,
                            const struct message *message)
{
    if (text_is(message->method, "shutdown"))
        return finish(program, message);
    if (text_is(message->method, "initialize"))
        initialize(program, message);
    else if (!method_is_known(program->definition, message->method))
        answer_error(program, message->id, PROTOCOL_METHOD_UNKNOWN, "there is no such method");
    else if (!program->is_initialized)
        answer_error(program, message->id, PROTOCOL_FAILED, "initialize comes first");
    else if (begin_call(program, *arena, message))
        *arena = NULL;
    return GO_ON;
}

/* --- notifications and answers --- */

static void on_notification(struct adapter_program *program, const struct message *message)
{
    int64_t id;
    if (!text_is(message->method, "cancel") || !json_integer(json_member(message->params, TEXT("id")), &id))
        return; /* one that is not known asks for nothing */
    struct adapter_call *call = work_cancel(&program->work, id);
    gateway_asks_wake(&program->asks);
    opening_wake(&program->opening);
    if (call != NULL) {
        answer_outcome(call, ADAPTER_CANCELLED);
        call_destroy(call);
    }
}

static enum next on_line(struct adapter_program *program, struct text line)
{
    struct arena *arena = work_arena(&program->work);
    struct message message;
    enum next next = GO_ON;
    if (!message_read(arena, line, &message))
        next = complain("the gateway sent a line that is no message of the protocol");
    else if (message.kind == MESSAGE_REQUEST)
        next = on_request(program, &arena, &message);
    else if (message.kind == MESSAGE_NOTIFICATION)
        on_notification(program, &message);
    else if (!gateway_asks_answer(&program->asks, &message, line))
        fprintf(stderr, "the gateway answered what was not asked\n"); /* which harms nobody */
    arena_destroy(arena);
    return next;
}

/* --- the whole of it --- */

static enum next read_lines(struct adapter_program *program)
{
    struct text line;
    enum next next = GO_ON;
    const char *mistake = "there was no start: an adapter is started by the gateway, on descriptor 3";
    if (channel_read(&program->channel, &line) != CHANNEL_LINE || !start_read(program, line, &mistake))
        return complain(mistake);
    while (next == GO_ON) {
        switch (channel_read(&program->channel, &line)) {
        case CHANNEL_LINE:
            next = on_line(program, line);
            break;
        case CHANNEL_TOO_LONG:
            next = complain("the gateway sent a line of more than 1 MiB");
            break;
        case CHANNEL_END:
            next = END_WELL;
        }
    }
    return next;
}

static bool is_sound(const struct adapter_definition *definition)
{
    return definition->name != NULL && definition->version != NULL && definition->kind_count != 0 &&
           definition->mint != NULL && definition->concurrency >= 1 &&
           definition->concurrency <= CONCURRENCY_MAX &&
           (definition->revoke != NULL || !definition->has_outside_effects) &&
           (definition->open != NULL || definition->close == NULL) &&
           (definition->has_network || !definition->needs_listener) &&
           ((definition->questions == NULL && definition->connect_begin == NULL) ||
            (definition->connect_finish != NULL && definition->disconnect != NULL));
}

static void dispose(struct adapter_program *program)
{
    work_dispose(&program->work);
    opening_dispose(&program->opening, program->definition);
    gateway_asks_dispose(&program->asks);
    channel_dispose(&program->channel);
    sealer_destroy(program->sealer);
    arena_destroy(program->arena);
}

int adapter_run_on(const struct adapter_definition *definition, int descriptor)
{
    INVARIANT(is_sound(definition));
    struct adapter_program program = {.definition = definition, .arena = arena_create(), .listener = -1};
    channel_open(&program.channel, descriptor);
    gateway_asks_open(&program.asks);
    opening_begin(&program.opening);
    work_open(&program.work, definition->concurrency, method_run);
    int status = read_lines(&program) == END_WELL ? 0 : 1;
    if (!stop_work(&program))
        _exit(status); /* nothing is freed under a thread's feet */
    dispose(&program);
    return status;
}

int adapter_run(const struct adapter_definition *definition)
{
    crypto_memory_ends_process();
    return adapter_run_on(definition, DESCRIPTOR);
}
