/* What the messages of one run share, from its first line to its end; see shim.h. */
#include "shim.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "json/json_writer.h"

enum { PATIENCE_MS = 10 * 1000 /* with requests under way when the client has left */ };

/* Leaves the server and stops the loop, later. */
static void end(struct shim *shim, enum exit_code code);

/* -- to the client */

void shim_write(struct shim *shim, struct text message)
{
    SCOPED_BUFFER out = {0};
    FILE *stream = shim->invocation->terminal->out;
    shim_message_flatten(&out, message);
    buffer_append_byte(&out, '\n');
    if (fwrite(out.base, 1, out.length, stream) != out.length || fflush(stream) != 0)
        end(shim, EXIT_CODE_REFUSED);
}

static void write_error(struct shim *shim, const struct json_value *id, int code, struct text sentence)
{
    SCOPED_BUFFER out = {0};
    shim_message_write_error(&out, id, code, sentence);
    shim_write(shim, buffer_text(&out));
}

void shim_fail_call(struct shim_call *call, struct text what)
{
    struct shim *shim = call->shim;
    terminal_complain(shim->invocation->terminal, what, TEXT_NONE, TEXT_NONE);
    if (call->message.kind == SHIM_REQUEST && !call->is_answered)
        write_error(shim, call->message.id, SHIM_ERROR, what);
    shim_call_dispose(call);
}

struct text shim_explain_failure(struct arena *arena, struct text server, const char *detail)
{
    return arena_print(arena, "%.*s did not answer: %s", TEXT_ARGUMENTS(server), detail);
}

/* -- the session of the older generation */

void shim_begin_session(struct shim *shim, const struct json_value *result, struct text session)
{
    struct arena *arena = shim->invocation->arena;
    struct text version = json_text_of(result, "protocolVersion");
    if (session.base != NULL)
        shim->session = arena_copy(arena, session);
    if (version.base != NULL)
        shim->version = arena_copy(arena, version);
}

void shim_listen(struct shim *shim)
{
    if (shim->version.base == NULL || shim->is_listening)
        return;
    shim->is_listening = true;
    shim_call_start(shim_call_create(shim, SHIM_LISTEN, TEXT_NONE));
}

/* Whoever it is has begun anew. */
static void forget_session(struct shim *shim)
{
    struct shim_call *call = shim->first;
    shim->session = shim->version = TEXT_NONE;
    shim->is_listening = false;
    while (call != NULL && call->purpose != SHIM_LISTEN)
        call = call->next;
    if (call != NULL)
        shim_call_dispose(call);
}

/* A client of standard input cannot be told to begin anew; most start the program again when it ends. */
void shim_lose_session(struct shim *shim)
{
    struct text what = TEXT("the server does not know this session any more");
    shim->session = TEXT_NONE;
    terminal_complain(shim->invocation->terminal, what, TEXT_NONE, TEXT("connect again"));
    for (struct shim_call *call = shim->first; call != NULL; call = call->next)
        if (call->message.kind == SHIM_REQUEST && !call->is_answered) {
            call->is_answered = true;
            write_error(shim, call->message.id, SHIM_ERROR, what);
        }
    end(shim, EXIT_CODE_REFUSED);
}

/* -- from the client */

static unsigned count_requests(const struct shim *shim)
{
    unsigned count = 0;
    for (const struct shim_call *call = shim->first; call != NULL; call = call->next)
        count += call->message.kind == SHIM_REQUEST ? 1 : 0;
    return count;
}

static bool waits_for_answers(const struct shim *shim)
{
    for (const struct shim_call *call = shim->first; call != NULL; call = call->next)
        if (call->purpose == SHIM_SEND && !call->is_answered)
            return true;
    return false;
}

/* In the generation without sessions a request is cancelled by closing its stream; the notification is for
 * standard input alone. */
static bool cancels_stream(struct shim *shim, const struct shim_message *message)
{
    if (!text_is(message->method, "notifications/cancelled"))
        return false;
    const struct json_value *id = json_member(message->params, TEXT("requestId"));
    for (struct shim_call *call = shim->first; id != NULL && call != NULL; call = call->next)
        if (call->message.version.base != NULL && call->message.id != NULL &&
            json_equal(call->message.id, id)) {
            shim_call_dispose(call);
            return true;
        }
    return false;
}

static void send_message(struct shim *shim, struct shim_call *call)
{
    bool is_initialize = text_is(call->message.method, "initialize");
    if (is_initialize)
        forget_session(shim);
    /* What is only taken keeps its place, and before the session is there nothing else can go. */
    call->is_gate = call->message.kind != SHIM_REQUEST || is_initialize;
    shim->gate_count += call->is_gate ? 1 : 0;
    shim_call_start(call);
}

static bool on_line(void *owner, struct text line)
{
    struct shim *shim = owner;
    if (shim->gate_count != 0)
        return false;
    unsigned requests = count_requests(shim);
    struct shim_call *call = shim_call_create(shim, SHIM_SEND, line);
    const char *mistake = shim_message_read(call->arena, call->line, &call->message);
    if (mistake != NULL) {
        write_error(shim, NULL, -32600, text_of(mistake));
        call->message = (struct shim_message){0};
        shim_call_dispose(call);
    } else if (cancels_stream(shim, &call->message)) {
        shim_call_dispose(call);
    } else if (call->message.kind == SHIM_REQUEST && requests >= SHIM_CALLS_MAX) {
        shim_fail_call(call, TEXT("too many requests are under way"));
    } else {
        send_message(shim, call);
    }
    return true;
}

/* -- the end */

static void on_patience(struct loop_timer *timer)
{
    struct shim *shim = (struct shim *)(void *)((char *)timer - offsetof(struct shim, patience));
    end(shim, shim->code);
}

static void on_input_end(void *owner, const char *mistake)
{
    struct shim *shim = owner;
    shim->input_has_ended = true;
    if (mistake != NULL) {
        terminal_complain(shim->invocation->terminal, TEXT("what the client writes is no MCP"),
                          text_of(mistake), TEXT_NONE);
        end(shim, EXIT_CODE_REFUSED);
    } else if (!waits_for_answers(shim)) {
        end(shim, EXIT_CODE_FINE);
    } else {
        shim->patience.run = on_patience;
        loop_timer_start(shim->loop, &shim->patience, PATIENCE_MS);
    }
}

void shim_call_has_ended(struct shim *shim)
{
    if (shim->is_over)
        return;
    if (shim->is_leaving && shim->call_count == 0)
        loop_stop(shim->loop);
    else if (shim->input_has_ended && !shim->is_leaving && !waits_for_answers(shim))
        end(shim, shim->code);
}

static void dispose_all(struct shim *shim, const struct shim_call *except)
{
    struct shim_call *call = shim->first;
    while (call != NULL) {
        struct shim_call *next = call->next;
        if (call != except)
            shim_call_dispose(call);
        call = next;
    }
}

static void on_ending(struct loop_task *task)
{
    struct shim *shim = (struct shim *)(void *)((char *)task - offsetof(struct shim, ending));
    struct shim_call *last = NULL;
    shim_input_close(&shim->input);
    loop_timer_stop(shim->loop, &shim->patience);
    if (shim->session.base != NULL) {
        last = shim_call_create(shim, SHIM_LEAVE, TEXT_NONE);
        shim_call_start(last);
    }
    dispose_all(shim, last);
    if (last == NULL)
        loop_stop(shim->loop);
}

static void end(struct shim *shim, enum exit_code code)
{
    if (shim->is_leaving)
        return;
    shim->is_leaving = true;
    shim->code = code;
    shim->ending.run = on_ending;
    loop_defer(shim->loop, &shim->ending);
}

static void on_signal(void *context, int events)
{
    struct shim *shim = context;
    struct signalfd_siginfo information;
    (void)events;
    if (read(shim->signal_descriptor, &information, sizeof(information)) == (ssize_t)sizeof(information))
        end(shim, EXIT_CODE_FINE);
}

static void watch_signals(struct shim *shim, sigset_t *before)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, before);
    shim->signal_descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    INVARIANT(shim->signal_descriptor >= 0);
    shim->signals = loop_watch_create(shim->loop, shim->signal_descriptor, on_signal, shim);
    INVARIANT(shim->signals != NULL);
    loop_watch_set(shim->signals, LOOP_READABLE);
}

static void dispose(struct shim *shim)
{
    struct shim_login *login = shim->login;
    shim->is_over = true;
    if (login != NULL)
        shim_login_stop(login);
    dispose_all(shim, NULL);
    shim_parameters_dispose(&shim->parameters);
    http_streams_destroy(shim->streams);
    loop_watch_destroy(shim->signals);
    close(shim->signal_descriptor);
    loop_destroy(shim->loop);
    if (login != NULL)
        shim_login_destroy(login);
}

enum exit_code shim_run(struct shim *shim)
{
    /* The person at the prompt chose where to go, as with every command. */
    static const struct text everywhere[] = {{"0.0.0.0/0", 9}, {"::/0", 4}};
    const struct address_guard *guard;
    sigset_t before;
    size_t bad;
    INVARIANT(address_guard_create(shim->invocation->arena, everywhere, 2, &guard, &bad) == FAULT_NONE);
    shim->loop = loop_create();
    watch_signals(shim, &before);
    shim->streams = http_streams_create(shim->loop, guard, invocation_option(shim->invocation, "ca-file"));
    shim->input = (struct shim_input){.loop = shim->loop,
                                      .owner = shim,
                                      .line = on_line,
                                      .end = on_input_end,
                                      .limit = SHIM_MESSAGE_BYTES_MAX};
    shim_input_open(&shim->input, fileno(shim->invocation->terminal->in));
    loop_run(shim->loop);
    dispose(shim);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return shim->code;
}
