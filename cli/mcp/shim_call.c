/* One message to the server and what comes back for it: an answer, a stream of events with the answer among
 * them, or neither. A stream that breaks off before the answer is taken up again where it stopped, if the
 * server numbers its events. See shim.h. */
#include "shim.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "json/json_writer.h"

enum {
    CONNECT_MS = 10 * 1000,
    FIRST_BYTE_MS = 5 * 60 * 1000,
    TAKEN_MS = 30 * 1000, /* of what is not answered, only taken */
    LEAVE_MS = 2 * 1000,
    IDLE_MS = 10 * 60 * 1000,
    RETRY_MS = 1000,
    RETRY_MS_LEAST = 100,
    RETRY_MS_MOST = 30 * 1000,
    LINGER_MS = 2000, /* of a stream whose answer has come */
    HEADERS = 8 + SHIM_PARAMETERS_OF_CALL_MAX
};

/* -- its end */

static void unlink_call(struct shim_call *call)
{
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        call->shim->first = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    call->shim->call_count--;
}

static void open_gate(struct shim_call *call)
{
    if (!call->is_gate)
        return;
    call->is_gate = false;
    call->shim->gate_count--;
    shim_input_continue(&call->shim->input);
}

void shim_call_dispose(struct shim_call *call)
{
    struct shim *shim = call->shim;
    if (call->stream != NULL)
        http_stream_cancel(call->stream);
    loop_timer_stop(shim->loop, &call->timer);
    open_gate(call);
    unlink_call(call);
    buffer_dispose(&call->body);
    shim_events_dispose(&call->events);
    arena_destroy(call->arena);
    free(call);
    shim_call_has_ended(shim);
}

/* -- what comes back */

static void take_message(struct shim_call *call, struct text text)
{
    struct shim_message message;
    SCOPED_ARENA arena = arena_create();
    const char *mistake = shim_message_read(arena, text, &message);
    if (mistake != NULL) {
        terminal_warn(call->shim->invocation->terminal,
                      arena_print(arena, "the server sent what is no message: %s", mistake));
        return;
    }
    bool is_ours = message.kind == SHIM_RESPONSE && call->message.id != NULL &&
                   call->message.kind == SHIM_REQUEST && json_equal(message.id, call->message.id);
    if (is_ours && text_is(call->message.method, "initialize"))
        shim_begin_session(call->shim, message.result, TEXT_NONE);
    if (is_ours && text_is(call->message.method, "tools/list"))
        shim_parameters_note(&call->shim->parameters, message.result,
                             json_member(call->message.params, TEXT("cursor")) == NULL);
    call->is_answered |= is_ours;
    call->resume_count = 0;
    shim_write(call->shim, text);
}

static void on_linger(struct loop_timer *timer)
{
    shim_call_dispose((struct shim_call *)(void *)((char *)timer - offsetof(struct shim_call, timer)));
}

static void on_event(void *context, struct text data)
{
    struct shim_call *call = context;
    take_message(call, data);
    if (!call->is_answered)
        return;
    open_gate(call);
    call->timer.run = on_linger;
    loop_timer_start(call->shim->loop, &call->timer, LINGER_MS);
}

static void take_head(struct shim_call *call, int status, const struct http_stream_header *headers,
                      size_t count)
{
    call->status = status;
    call->is_event_stream = false;
    call->challenge = TEXT_NONE;
    for (size_t i = 0; i < count; i++) {
        struct text name = headers[i].name, value = headers[i].value;
        if (text_is(name, "content-type"))
            call->is_event_stream = status == 200 && text_is_media_type(value, TEXT("text/event-stream"));
        else if (text_is(name, "www-authenticate"))
            call->challenge = call->challenge.base == NULL
                                  ? arena_copy(call->arena, value)
                                  : arena_print(call->arena, "%.*s, %.*s", TEXT_ARGUMENTS(call->challenge),
                                                TEXT_ARGUMENTS(value));
        else if (text_is(name, "mcp-session-id") && status == 200 && call->purpose == SHIM_SEND &&
                 text_is(call->message.method, "initialize"))
            shim_begin_session(call->shim, NULL, value);
    }
}

static void on_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    struct shim_call *call = context;
    take_head(call, status, headers, count);
    /* What was a notification has arrived; what follows it may. */
    if (status == 202 || (call->is_event_stream && call->message.kind != SHIM_REQUEST))
        open_gate(call);
}

/* Not from inside the stream's own event. */
static void on_too_large(struct loop_timer *timer)
{
    struct shim_call *call = (struct shim_call *)(void *)((char *)timer - offsetof(struct shim_call, timer));
    shim_fail_call(call, TEXT("the server's answer is larger than a message may be"));
}

static bool on_data(void *context, struct text piece)
{
    struct shim_call *call = context;
    bool is_taken = call->is_event_stream ? shim_events_take(&call->events, piece)
                                          : call->body.length + piece.length <= SHIM_MESSAGE_BYTES_MAX;
    if (!is_taken) {
        call->timer.run = on_too_large;
        loop_timer_start(call->shim->loop, &call->timer, 0);
    } else if (!call->is_event_stream) {
        buffer_append(&call->body, piece);
    }
    return is_taken;
}

/* -- going on after a break */

static void on_resume(struct loop_timer *timer)
{
    struct shim_call *call = (struct shim_call *)(void *)((char *)timer - offsetof(struct shim_call, timer));
    shim_call_start(call);
}

static void resume_later(struct shim_call *call)
{
    int64_t delay_ms = call->events.retry_ms != 0 ? call->events.retry_ms : RETRY_MS;
    if (delay_ms > RETRY_MS_MOST)
        delay_ms = RETRY_MS_MOST;
    delay_ms <<= call->resume_count;
    if (call->resume_count < SHIM_RESUMES_MAX)
        call->resume_count++;
    if (delay_ms < RETRY_MS_LEAST)
        delay_ms = RETRY_MS_LEAST;
    if (delay_ms > RETRY_MS_MOST)
        delay_ms = RETRY_MS_MOST;
    shim_events_restart(&call->events);
    call->resumes = call->purpose == SHIM_SEND;
    call->timer.run = on_resume;
    loop_timer_start(call->shim->loop, &call->timer, delay_ms);
}

static void stream_has_ended(struct shim_call *call, const char *detail)
{
    bool can_go_on = shim_events_last_id(&call->events).length != 0 && call->message.version.base == NULL;
    if (call->is_answered || (call->purpose == SHIM_SEND && call->message.kind != SHIM_REQUEST)) {
        shim_call_dispose(call);
    } else if (call->purpose == SHIM_LISTEN || (call->resume_count < SHIM_RESUMES_MAX && can_go_on)) {
        resume_later(call);
    } else {
        shim_fail_call(call, shim_explain_failure(call->arena, call->shim->server, detail));
    }
}

/* -- what an answer means */

static bool is_about_scope(const struct shim_challenge *challenge)
{
    return text_is(challenge->error, "insufficient_scope");
}

/* An error of the server's own words: those of JSON-RPC are for the client to read. */
static void take_refusal(struct shim_call *call)
{
    const struct json_value *json = NULL;
    static const struct json_limits limits = {.bytes = 1024 * 1024, .depth = 32, .members = 4096};
    if (json_parse(call->arena, buffer_text(&call->body), &limits, &json) != FAULT_NONE)
        json = NULL;
    const struct json_value *error = json_member(json, TEXT("error"));
    bool is_error = call->message.kind == SHIM_REQUEST && text_is(json_text_of(json, "jsonrpc"), "2.0") &&
                    error != NULL && error->kind == JSON_OBJECT;
    if (is_error) {
        struct buffer out = buffer_in(call->arena, call->body.length + 64);
        shim_message_write_given(&out, call->message.id, error);
        shim_write(call->shim, buffer_text(&out));
        shim_call_dispose(call);
        return;
    }
    struct text why = json_text_of(json, "error_description");
    if (why.base == NULL)
        why = json_string(error);
    shim_fail_call(call, arena_print(call->arena, "the server answered with status %d%s%.*s", call->status,
                                     why.length != 0 ? ": " : "", TEXT_ARGUMENTS(why)));
}

static void take_body(struct shim_call *call)
{
    if (call->message.kind == SHIM_REQUEST) {
        take_message(call, buffer_text(&call->body));
        if (!call->is_answered) {
            shim_fail_call(call, TEXT("the server's answer is none to this request"));
            return;
        }
    }
    shim_call_dispose(call);
}

static void take_answer(struct shim_call *call)
{
    struct shim_challenge challenge = shim_challenge_read(call->arena, call->challenge);
    bool is_fine = call->status >= 200 && call->status <= 299;
    if (is_fine)
        call->shim->failed_logins = 0;
    if (is_fine && text_is(call->message.method, "notifications/initialized"))
        shim_listen(call->shim);
    if (call->purpose == SHIM_LEAVE || (call->purpose == SHIM_LISTEN && !is_fine && call->status != 401))
        shim_call_dispose(call); /* a server need not offer either */
    else if (call->status == 401 || (call->status == 403 && is_about_scope(&challenge)))
        shim_want_credential(call, &challenge);
    else if (call->status == 404 && call->shim->session.base != NULL && call->message.version.base == NULL)
        shim_lose_session(call->shim);
    else if (is_fine && call->is_event_stream)
        stream_has_ended(call, "the stream of its answer ended without one");
    else if (is_fine)
        take_body(call);
    else
        take_refusal(call);
}

static void on_end(void *context, enum fault fault)
{
    struct shim_call *call = context;
    struct text detail = arena_copy(call->arena, text_of(http_stream_detail(call->stream)));
    call->stream = NULL;
    if (call->shim->is_over) /* its owner disposes of it */
        return;
    if (fault == FAULT_NONE)
        take_answer(call);
    else if (call->is_event_stream || (call->resumes && call->purpose == SHIM_SEND))
        stream_has_ended(call, detail.base);
    else if (call->purpose == SHIM_SEND)
        shim_fail_call(call, shim_explain_failure(call->arena, call->shim->server, detail.base));
    else if (call->purpose == SHIM_LISTEN)
        resume_later(call);
    else
        shim_call_dispose(call);
}

/* -- its beginning */

struct header_list {
    struct http_stream_header rows[HEADERS];
    size_t count;
};

static void add(struct header_list *list, const char *name, struct text value)
{
    if (value.base != NULL)
        list->rows[list->count++] = (struct http_stream_header){text_of(name), value};
}

static struct header_list list_headers(struct shim_call *call, bool is_post)
{
    const struct shim *shim = call->shim;
    bool is_new = call->message.version.base != NULL;
    struct header_list list = {0};
    add(&list, "accept", is_post ? TEXT("application/json, text/event-stream") : TEXT("text/event-stream"));
    if (is_post)
        add(&list, "content-type", TEXT("application/json"));
    if (shim->token.base != NULL)
        add(&list, "authorization", arena_print(call->arena, "Bearer %.*s", TEXT_ARGUMENTS(shim->token)));
    if (is_new) {
        add(&list, "mcp-protocol-version", call->message.version);
        add(&list, "mcp-method", call->message.method);
        add(&list, "mcp-name", shim_message_name(call->arena, &call->message));
        list.count +=
            shim_parameters_headers(&shim->parameters, call->arena, &call->message, list.rows + list.count);
    } else if (!text_is(call->message.method, "initialize")) {
        add(&list, "mcp-protocol-version", shim->version);
        add(&list, "mcp-session-id", shim->session);
    }
    struct text last_id = shim_events_last_id(&call->events);
    if (!is_post && last_id.length != 0)
        add(&list, "last-event-id", last_id);
    return list;
}

void shim_call_start(struct shim_call *call)
{
    static const struct http_stream_events events = {on_head, on_data, on_end};
    bool is_leave = call->purpose == SHIM_LEAVE;
    bool is_post = call->purpose == SHIM_SEND && !call->resumes;
    bool is_endless = call->purpose == SHIM_LISTEN || text_is(call->message.method, "subscriptions/listen");
    struct header_list headers = list_headers(call, is_post);
    const struct http_stream_request request = {
        .url = call->shim->server,
        .method = is_post    ? TEXT("POST")
                  : is_leave ? TEXT("DELETE")
                             : TEXT("GET"),
        .headers = headers.rows,
        .header_count = headers.count,
        .body = is_post ? call->line : TEXT_NONE,
        .connect_ms = is_leave ? LEAVE_MS : CONNECT_MS,
        .first_byte_ms = is_leave                                                           ? LEAVE_MS
                         : call->purpose == SHIM_SEND && call->message.kind != SHIM_REQUEST ? TAKEN_MS
                                                                                            : FIRST_BYTE_MS,
        .idle_ms = is_endless ? 0 : IDLE_MS,
    };
    call->body.length = 0;
    call->is_waiting = false;
    call->credential_number = call->shim->credential_number;
    call->stream = http_stream_start(call->shim->streams, &request, &events, call);
}

struct shim_call *shim_call_create(struct shim *shim, enum shim_purpose purpose, struct text line)
{
    struct shim_call *call = calloc(1, sizeof(*call));
    INVARIANT(call != NULL);
    call->shim = shim;
    call->purpose = purpose;
    call->arena = arena_create();
    if (line.base != NULL)
        call->line = arena_copy(call->arena, line);
    call->events = (struct shim_events){.event = on_event, .context = call, .limit = SHIM_MESSAGE_BYTES_MAX};
    call->next = shim->first;
    if (call->next != NULL)
        call->next->previous = call;
    shim->first = call;
    shim->call_count++;
    return call;
}
