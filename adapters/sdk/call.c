/* What adapters ask of a call and how they say that it went wrong (dragoman/adapter_sdk.h). */
#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapter_protocol/numbers.h"
#include "base/clock.h"

/* A cancelled request has to be answered within two seconds, and of a transfer that is silent it is noticed
 * within one (http_client.h). */
enum { SHIELD_US = 900 * 1000 };

struct adapter_call *call_create(struct adapter_program *program, struct arena *arena,
                                 const struct message *message, int64_t deadline_ms)
{
    struct adapter_call *call = calloc(1, sizeof(*call));
    INVARIANT(call != NULL);
    call->program = program;
    call->arena = arena;
    call->message = *message;
    call->deadline_us = clock_monotonic_us() + deadline_ms * 1000;
    return call;
}

void call_destroy(struct adapter_call *call)
{
    arena_destroy(call->arena);
    free(call);
}

struct arena *adapter_arena(struct adapter_call *call)
{
    return call->arena;
}

static int64_t end_us(struct adapter_call *call)
{
    int64_t cancelled_us = atomic_load(&call->cancelled_at_us);
    int64_t end = cancelled_us != 0 && cancelled_us < call->deadline_us ? cancelled_us : call->deadline_us;
    return call->is_shielded ? end + SHIELD_US : end;
}

int64_t adapter_remaining_ms(struct adapter_call *call)
{
    int64_t left_us = end_us(call) - clock_monotonic_us();
    return left_us > 0 ? (left_us + 999) / 1000 : 0;
}

bool adapter_is_over(struct adapter_call *call)
{
    return adapter_remaining_ms(call) == 0;
}

void call_cancel(struct adapter_call *call)
{
    int64_t never = 0;
    atomic_compare_exchange_strong(&call->cancelled_at_us, &never, clock_monotonic_us());
}

void adapter_shield(struct adapter_call *call, bool is_shielded)
{
    call->is_shielded = is_shielded;
}

/* Its range was looked at with start. */
static int descriptor_of(const struct json_value *descriptors, const char *name)
{
    int64_t descriptor;
    return json_integer(json_member(descriptors, text_of(name)), &descriptor) ? (int)descriptor : -1;
}

int adapter_file(struct adapter_call *call, const char *name)
{
    return descriptor_of(call->program->files, name);
}

int adapter_socket(struct adapter_call *call, const char *name)
{
    return descriptor_of(call->program->sockets, name);
}

const struct json_value *adapter_own_settings(struct adapter_call *call)
{
    return call->program->settings;
}

int adapter_listener(struct adapter_call *call)
{
    return call->program->listener;
}

/* People read it on terminals and it may be about what others have sent. What is too long is cut between
 * characters. */
__attribute__((format(printf, 3, 0))) static struct text print(struct arena *arena, size_t longest,
                                                               const char *format, va_list arguments)
{
    enum { CHARACTER_MAX = 4 };
    char *said = arena_allocate(arena, longest + CHARACTER_MAX + 1);
    int length = vsnprintf(said, longest + CHARACTER_MAX + 1, format, arguments);
    INVARIANT(length >= 0);
    struct text all = text_beginning(text_of(said), longest);
    return text_is_printable(all) ? all : TEXT("(not printable)");
}

void adapter_log(struct adapter_call *call, enum adapter_log_level level, const char *format, ...)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    va_list arguments;
    va_start(arguments, format);
    struct text said = print(call->arena, PROTOCOL_LOG_MAX, format, arguments);
    va_end(arguments);
    SCOPED_BUFFER out = {0};
    struct json_writer writer = message_begin(&out, 0, "log");
    json_name(&writer, TEXT("params"));
    json_begin_object(&writer);
    json_member_text(&writer, "level", text_of(names[level]));
    json_member_text(&writer, "message", said);
    json_end_object(&writer);
    json_end_object(&writer);
    channel_write(&call->program->channel, buffer_text(&out)); /* a gateway that has gone reads no log */
}

#define SAY(call, format)                                                                                      \
    do {                                                                                                       \
        va_list arguments_;                                                                                    \
        va_start(arguments_, format);                                                                          \
        (call)->said = print((call)->arena, PROTOCOL_MESSAGE_MAX, format, arguments_);                         \
        va_end(arguments_);                                                                                    \
    } while (0)

static struct text shown_of(struct adapter_call *call, const char *shown)
{
    return shown != NULL ? text_beginning(arena_copy(call->arena, text_of(shown)), PROTOCOL_MESSAGE_MAX)
                         : TEXT_NONE;
}

enum adapter_outcome adapter_refuse(struct adapter_call *call, const char *shown, const char *format, ...)
{
    SAY(call, format);
    call->shown = shown_of(call, shown);
    call->about = NULL;
    return ADAPTER_REFUSED;
}

enum adapter_outcome adapter_refuse_subject(struct adapter_call *call, const char *shown, const char *format,
                                            ...)
{
    SAY(call, format);
    call->shown = shown_of(call, shown);
    call->about = "subject";
    return ADAPTER_REFUSED;
}

enum adapter_outcome adapter_refuse_details(struct adapter_call *call, const struct adapter_order *order)
{
    if (order->authorization_details == NULL || order->authorization_details->count == 0)
        return ADAPTER_DONE;
    return adapter_refuse(call, "This target's credentials cannot be narrowed by authorization_details.",
                          "the order has authorization_details, which this adapter cannot have granted");
}

enum adapter_outcome adapter_unavailable(struct adapter_call *call, int64_t retry_after_s, const char *format,
                                         ...)
{
    SAY(call, format);
    call->retry_after_s = retry_after_s;
    call->about = NULL;
    return ADAPTER_UNAVAILABLE;
}

enum adapter_outcome adapter_unavailable_request(struct adapter_call *call, int64_t retry_after_s,
                                                 const char *format, ...)
{
    SAY(call, format);
    call->retry_after_s = retry_after_s;
    call->about = "request";
    return ADAPTER_UNAVAILABLE;
}

enum adapter_outcome adapter_needs_interaction(struct adapter_call *call, const char *shown, const char *format,
                                               ...)
{
    SAY(call, format);
    call->shown = shown_of(call, shown);
    return ADAPTER_INTERACTION;
}

enum adapter_outcome adapter_misconfigured(struct adapter_call *call, const char *path, const char *format, ...)
{
    SAY(call, format);
    call->path = path != NULL ? arena_copy(call->arena, text_of(path)) : TEXT_NONE;
    return ADAPTER_MISCONFIGURED;
}

enum adapter_outcome adapter_fail(struct adapter_call *call, const char *format, ...)
{
    SAY(call, format);
    return ADAPTER_FAILED;
}

void adapter_connect_account(struct adapter_call *call, struct text account)
{
    struct text kept = text_beginning(account, PROTOCOL_ACCOUNT_MAX);
    call->account = kept.length != 0 && text_is_printable(kept) ? arena_copy(call->arena, kept) : TEXT_NONE;
}

void adapter_disconnect_revoked(struct adapter_call *call)
{
    call->is_revoked_there = true;
}
