/* Whether an adapter lives: what the documents want, what the supervisor says became of it, and what it says of
 * itself. All of it on the adapter's loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "program.h"
#include "runtime/metrics.h"
#include "slot.h"

enum { TRIAL_START_MS = 20000 };

static void note(struct program *program, struct text detail)
{
    struct text kept = text_beginning(detail, PROGRAM_DETAIL_SIZE - 1);
    if (!text_is_printable(kept))
        kept = TEXT("(not printable)");
    if (kept.length != 0)
        memcpy(program->detail, kept.base, kept.length);
    program->detail[kept.length] = '\0';
}

static void count_up(struct program *program, bool is_up)
{
    if (program->is_up != is_up)
        metric_add(METRIC_ADAPTERS_UP, is_up ? 1 : -1);
    program->is_up = is_up;
}

/* The state first: who is told that nothing comes of its call may ask anew at once. */
static void let_go(struct program *program, enum program_state state, enum fault fault)
{
    program->state = state;
    program->is_condemned = false;
    program->health = HEALTH_UNKNOWN;
    count_up(program, false);
    loop_timer_stop(program->loop, &program->timer);
    connection_destroy(program->connection);
    program->connection = NULL;
    program->requests = 0;
    slots_drop(program, fault);
}

/* --- what documents want --- */

/* Whatever was asked may have been lost: there is room for some hundred words on the way to the supervisor, who
 * may be busy. Asked twice for the same it does nothing. */
static void ask_again_later(struct program *program)
{
    loop_timer_start(program->loop, &program->timer, PROGRAM_ASK_AGAIN_MS);
}

static void ask_for_start(struct program *program)
{
    const struct adapter_host_options *options = adapter_host_options_of(program->host);
    if (options->start != NULL) {
        options->start(options->context, program->name, program->document.body);
        return;
    }
    program->state = PROGRAM_REFUSED;
    note(program, TEXT("this gateway starts no programs"));
    program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
    program_end_trial(program, FAULT_DOCUMENT_INVALID, text_of(program->detail));
}

static void ask_to_stop(struct program *program)
{
    const struct adapter_host_options *options = adapter_host_options_of(program->host);
    if (options->stop != NULL)
        options->stop(options->context, program->name);
}

/* It may still say goodbye to others; what it answers is not waited for. */
static void say_goodbye(struct program *program)
{
    program->instance_let_go = program->instance;
    if (program->connection == NULL || program->free_slots == NULL)
        return;
    buffer_print(connection_lines(program->connection),
                 "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"shutdown\",\"params\":{}}\n",
                 (long long)(program->slots_used * (int64_t)program->slot_count + 1));
    connection_flush(program->connection);
}

static void forget_document(struct program *program)
{
    free((char *)program->document.body.base);
    program->document = (struct program_document){0};
}

static void stop(struct program *program)
{
    if (program->document.body.base == NULL)
        return;
    say_goodbye(program);
    ask_to_stop(program);
    let_go(program, PROGRAM_ABSENT, FAULT_ADAPTER_UNAVAILABLE);
    note(program, TEXT_NONE);
    forget_document(program);
    program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
}

void program_configure(struct program *program, const struct program_document *document)
{
    if (document == NULL) {
        stop(program);
        return;
    }
    if (text_equal(program->document.body, document->body))
        return;
    say_goodbye(program);
    let_go(program, PROGRAM_STARTING, FAULT_ADAPTER_UNAVAILABLE);
    note(program, TEXT_NONE);
    forget_document(program);
    program->document = *document;
    char *body = malloc(document->body.length + 1);
    INVARIANT(body != NULL);
    memcpy(body, document->body.base, document->body.length);
    program->document.body.base = body;
    call_breaker_reset(&program->breaker);
    if (program->trial != NULL)
        loop_timer_start(program->loop, &program->timer, TRIAL_START_MS);
    else
        ask_again_later(program);
    ask_for_start(program);
}

/* --- what the supervisor says --- */

static void send_initialize(struct program *program)
{
    SCOPED_BUFFER params = {0};
    struct json_writer writer = json_writer_on(&params);
    json_begin_object(&writer);
    json_name(&writer, TEXT("protocol"));
    json_begin_object(&writer);
    json_member_integer(&writer, "lowest", PROTOCOL_VERSION);
    json_member_integer(&writer, "highest", PROTOCOL_VERSION);
    json_end_object(&writer);
    json_member_text(&writer, "gateway", adapter_host_options_of(program->host)->gateway_version);
    json_member_text(&writer, "adapter", program->state_name);
    json_member_integer(&writer, "in_parallel", (int64_t)program->document.in_parallel);
    json_end_object(&writer);
    slot_send(program, SLOT_INITIALIZE, NULL, "initialize", buffer_text(&params), PROGRAM_INITIALIZE_MS, false);
}

/* A supervisor that was started before this program was replaced on disk does not say it. */
static bool is_document(const struct program *program, struct text digest)
{
    if (digest.length != 2 * DIGEST_SIZE)
        return true;
    unsigned char own[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    digest_sha256(program->document.body, own);
    digest_hex(own, hex);
    return text_is(digest, hex);
}

/* One by the document of before was started again before the supervisor heard of this one, and is asked for
 * nothing: what that document let be made is not made any more. */
void program_started(struct program *program, struct text document, int64_t instance, int descriptor)
{
    if (program->document.body.base == NULL || adapter_host_is_closed(program->host) ||
        !is_document(program, document)) {
        program->instance_let_go = instance;
        close(descriptor);
        return;
    }
    if (program->instance != 0) {
        program->restarts++;
        metric_add(METRIC_ADAPTER_RESTARTS, 1);
    }
    let_go(program, PROGRAM_STARTING, FAULT_ADAPTER_FAILED);
    program->instance = instance;
    program->connection = connection_create(program->loop, descriptor, &program_connection_user, program);
    slots_create(program);
    if (program->connection == NULL)
        program_kill(program, "has a socket that cannot be used");
    else
        send_initialize(program);
}

void program_ended(struct program *program, int64_t instance, int64_t restarts_in_ms, struct text detail)
{
    if (program->document.body.base == NULL || instance <= program->instance_let_go ||
        instance < program->instance)
        return;
    LOG(LOG_WARNING, "adapter_ended", log_text("adapter", program->name), log_text("problem", detail),
        log_number("restarts_in_ms", restarts_in_ms));
    if (program->connection != NULL)
        call_breaker_failed(&program->breaker, program->breaker.is_trying, clock_monotonic_us());
    /* One that was told to be killed ends in the same way whatever it did: what that was is known already. */
    if (program->state != PROGRAM_ENDED)
        note(program, detail);
    let_go(program, restarts_in_ms == 0 ? PROGRAM_STARTING : PROGRAM_ENDED, FAULT_ADAPTER_FAILED);
    program->restarts_at_us = clock_monotonic_us() + (restarts_in_ms > 0 ? restarts_in_ms * 1000 : 0);
    ask_again_later(program);
    if (program->state != PROGRAM_STARTING)
        program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
    program_end_trial(program, FAULT_DOCUMENT_INVALID, detail);
}

void program_refused(struct program *program, struct text detail)
{
    if (program->document.body.base == NULL)
        return;
    LOG(LOG_ERROR, "adapter_refused", log_text("adapter", program->name), log_text("problem", detail));
    let_go(program, PROGRAM_REFUSED, FAULT_ADAPTER_UNAVAILABLE);
    note(program, detail);
    ask_again_later(program);
    program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
    program_end_trial(program, FAULT_DOCUMENT_INVALID, detail);
}

/* --- what it does --- */

static void ask_to_kill(const struct program *program)
{
    const struct adapter_host_options *options = adapter_host_options_of(program->host);
    if (options->kill != NULL)
        options->kill(options->context, program->name, program->instance);
}

void program_kill(struct program *program, const char *reason)
{
    LOG(LOG_WARNING, "adapter_killed", log_text("adapter", program->name),
        log_text("problem", text_of(reason)));
    call_breaker_failed(&program->breaker, program->breaker.is_trying, clock_monotonic_us());
    program->restarts_at_us = 0;
    let_go(program, PROGRAM_ENDED, FAULT_ADAPTER_FAILED);
    note(program, text_of(reason));
    ask_to_kill(program);
    ask_again_later(program);
    program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
    program_end_trial(program, FAULT_DOCUMENT_INVALID, text_of(reason));
}

void program_condemn(struct program *program, const char *reason, struct text params)
{
    if (!program->manifest.has_outside_effects || params.length == 0 || program->free_slots == NULL) {
        program_kill(program, reason);
        return;
    }
    program->is_condemned = true;
    program->condemned_for = reason;
    slot_send(program, SLOT_TAKE_BACK, NULL, "revoke", params, PROGRAM_ANSWER_CANCEL_MS, false);
    program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
}

/* Not killed and started again and again: it is people who have to change something. */
static void refuse_manifest(struct program *program, const char *mistake)
{
    ask_to_stop(program);
    program->instance_let_go = program->instance;
    program_refused(program, text_of(mistake));
}

static void ask_for_health(struct program *program)
{
    if (program->free_slots != NULL && !program->is_condemned)
        slot_send(program, SLOT_HEALTH, NULL, "health", TEXT("{}"), PROGRAM_HEALTH_TIMEOUT_MS, false);
}

void program_on_timer(struct loop_timer *timer)
{
    struct program *program = (struct program *)((char *)timer - offsetof(struct program, timer));
    if (program->state == PROGRAM_RUNNING)
        ask_for_health(program);
    else if (program->trial != NULL)
        program_end_trial(program, FAULT_DOCUMENT_INVALID, TEXT("it was not started in 20 seconds"));
    else {
        ask_again_later(program);
        if (program->state == PROGRAM_ENDED) /* one that still runs would be taken for the one that is wanted */
            ask_to_kill(program);
        ask_for_start(program);
    }
}

void program_initialized(struct program *program, const struct message *message)
{
    struct manifest manifest;
    const char *mistake = "it answered initialize with an error";
    if (message->kind != MESSAGE_RESULT || !manifest_read(message->result, &manifest, &mistake)) {
        refuse_manifest(program, mistake);
        return;
    }
    if (manifest.wants_network && !program->document.has_network) {
        refuse_manifest(program, "it wants to use the network, which its document does not allow");
        return;
    }
    pthread_mutex_lock(&program->mutex);
    program->manifest = manifest;
    program->has_manifest = true;
    pthread_mutex_unlock(&program->mutex);
    program->state = PROGRAM_RUNNING;
    count_up(program, true);
    note(program, TEXT_NONE);
    LOG(LOG_INFO, "adapter_running", log_text("adapter", program->name),
        log_text("version", manifest_text_of(&manifest.version)), log_number("instance", program->instance));
    ask_for_health(program);
    program_dispatch(program);
}

static enum program_health read_health(const struct message *message, struct text *told)
{
    *told = TEXT("it did not answer when it was asked for its health");
    if (message == NULL)
        return HEALTH_BAD;
    *told = message->kind == MESSAGE_RESULT ? json_text_of(message->result, "message") : message->sentence;
    struct text status = message->kind == MESSAGE_RESULT ? json_text_of(message->result, "status") : TEXT_NONE;
    return text_is(status, "good") ? HEALTH_GOOD : text_is(status, "degraded") ? HEALTH_DEGRADED : HEALTH_BAD;
}

void program_told_health(struct program *program, const struct message *message)
{
    struct text told;
    enum program_health before = program->health;
    program->health = read_health(message, &told);
    note(program, told);
    if (program->health == HEALTH_BAD && before != HEALTH_BAD)
        LOG(LOG_WARNING, "adapter_is_bad", log_text("adapter", program->name), log_text("problem", told));
    if (program->health != HEALTH_BAD && before == HEALTH_BAD)
        LOG(LOG_INFO, "adapter_is_good", log_text("adapter", program->name));
    loop_timer_start(program->loop, &program->timer, PROGRAM_HEALTH_MS);
    if (program->health == HEALTH_BAD)
        program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
    program_end_trial(program, program->health == HEALTH_BAD ? FAULT_DOCUMENT_INVALID : FAULT_NONE,
                      text_of(program->detail));
}

void program_close(struct program *program)
{
    let_go(program, PROGRAM_ABSENT, FAULT_ADAPTER_UNAVAILABLE);
    forget_document(program);
    program_refuse_waiting(program, FAULT_ADAPTER_UNAVAILABLE);
    program_end_trial(program, FAULT_ADAPTER_UNAVAILABLE, TEXT("the gateway stops"));
}
