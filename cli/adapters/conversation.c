/* Sending, waiting and taking in what comes; see conversation.h. What a line means is in incoming.c. */
#include "conversation.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "incoming.h"
#include "orders.h"

enum { GRACE_MS = 2000, TICK_MS = 20 };

void trial_fail(struct trial *trial, const char *format, ...)
{
    char sentence[1024];
    va_list arguments;
    if (trial->has_failed)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    trial->has_failed = true;
    trial->verdict = VERDICT_FAILED;
    trial->reason = arena_copy(trial->arena, text_of(sentence));
}

bool trial_expect(struct trial *trial, bool condition, const char *sentence)
{
    if (!condition)
        trial_fail(trial, "%s", sentence);
    return condition;
}

void trial_skip(struct trial *trial, const char *why)
{
    if (trial->has_failed)
        return;
    trial->verdict = VERDICT_NOT_APPLICABLE;
    trial->reason = text_of(why);
}

/* -- starting */

void trial_launch(struct trial *trial, bool has_input)
{
    const char *why = "";
    unsigned char key[32];
    adapter_process_end(&trial->process);
    trial->unread.length = trial->unsent.length = 0;
    trial->answers = NULL;
    if (trial->sealing_key.base == NULL) {
        random_bytes(key, sizeof(key));
        trial->sealing_key = base64url_encode_text(trial->arena, key, sizeof(key));
    }
    if (!trial->has_failed && !adapter_process_start(&trial->process, &trial->kit->program, has_input, &why))
        trial_fail(trial, "the program cannot be started: %s", why);
}

struct text trial_start_line(struct trial *trial, struct text settings, const char *more)
{
    struct buffer line = buffer_in(trial->arena, 512);
    buffer_print(
        &line,
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"adapter\":\"kit\",\"sealing_key\":\"%.*s\","
        "\"allow_addresses\":%.*s,\"files\":{",
        TEXT_ARGUMENTS(trial->sealing_key), TEXT_ARGUMENTS(trial->kit->addresses));
    for (size_t i = 0; i < trial->kit->program.file_count; i++)
        buffer_print(&line, "%s\"%s\":%zu", i == 0 ? "" : ",", trial->kit->program.file_names[i], 4 + i);
    buffer_print(&line, "}");
    size_t next = 4 + trial->kit->program.file_count;
    if (trial->kit->program.has_listener)
        buffer_print(&line, ",\"listener\":%zu", next++);
    if (trial->kit->program.socket_count != 0)
        buffer_print(&line, ",\"sockets\":{");
    for (size_t i = 0; i < trial->kit->program.socket_count; i++)
        buffer_print(&line, "%s\"%s\":%zu", i == 0 ? "" : ",", trial->kit->program.socket_names[i], next++);
    if (trial->kit->program.socket_count != 0)
        buffer_print(&line, "}");
    if (settings.length != 0)
        buffer_print(&line, ",\"settings\":%.*s", TEXT_ARGUMENTS(settings));
    buffer_print(&line, "%s}}\n", more);
    return buffer_text(&line);
}

void trial_send_start(struct trial *trial)
{
    trial_write(trial, trial_start_line(trial, trial->kit->own_settings, ""));
}

const struct json_value *trial_initialize(struct trial *trial)
{
    trial_launch(trial, false);
    trial_send_start(trial);
    return trial_result(trial, "initialize", order_initialize(trial, 1, 1, ""));
}

/* Something of its own to keep for everybody, where it wants that. */
static void connect_everybody(struct trial *trial)
{
    struct text params = order_connection(trial, false);
    const struct json_value *asked = trial_result(trial, "connect_begin", params);
    params = order_answers(trial, json_member(asked, TEXT("ask")), false);
    trial_result(trial, "connect_finish", params);
}

void trial_begin(struct trial *trial)
{
    trial_initialize(trial);
    if ((trial->kit->seen & ONLY_SECRETS) != 0)
        connect_everybody(trial);
}

/* -- talking */

/* Whatever the socket takes at this moment; an ended one takes everything, and reading says so. */
static void flush(struct trial *trial)
{
    struct buffer *unsent = &trial->unsent;
    while (unsent->length != 0) {
        ssize_t length = send(trial->process.socket, unsent->base, unsent->length, MSG_NOSIGNAL);
        if (length <= 0)
            return;
        memmove(unsent->base, unsent->base + length, unsent->length - (size_t)length);
        unsent->length -= (size_t)length;
    }
}

/* Takes in what is there, or waits for something until then. False: the socket has ended. */
static bool take_in(struct trial *trial, int64_t until_us)
{
    struct adapter_process *process = &trial->process;
    struct pollfd polled[3] = {
        {process->socket, POLLIN, 0}, {process->output, POLLIN, 0}, {process->error, POLLIN, 0}};
    int64_t left_us = until_us - clock_monotonic_us();
    if (process->socket < 0)
        return false;
    if (trial->unsent.length != 0)
        polled[0].events |= POLLOUT;
    poll(polled, 3, left_us <= 0 ? 0 : left_us > TICK_MS * 1000 ? TICK_MS : (int)(left_us / 1000) + 1);
    adapter_process_read_output(process);
    flush(trial);
    for (;;) {
        ssize_t length = read(process->socket, buffer_reserve(&trial->unread, 65536), 65536);
        if (length < 0)
            return errno == EAGAIN || errno == EINTR;
        if (length == 0)
            return false;
        trial->unread.length += (size_t)length;
        incoming_take(trial);
        flush(trial);
        if (trial->unread.length > PROTOCOL_LINE_MAX)
            trial_fail(trial, "a line of more than 1 MiB came");
        if (trial->has_failed)
            return true;
    }
}

/* Once ended, how: for the sentence of a failure. */
static void fail_of_end(struct trial *trial, const char *while_doing)
{
    char first[160] = "";
    bool has_ended = adapter_process_wait(&trial->process, 200);
    struct text printed = buffer_text(&trial->process.printed);
    struct text last = printed;
    while (last.length != 0 && last.base[last.length - 1] == '\n')
        last.length--;
    for (size_t i = last.length; i > 0; i--)
        if (last.base[i - 1] == '\n') {
            last = (struct text){last.base + i, last.length - i};
            break;
        }
    if (last.length != 0)
        snprintf(first, sizeof(first), "; it printed: %.*s", (int)(last.length < 120 ? last.length : 120),
                 last.base);
    int status = trial->process.status;
    if (has_ended && WIFSIGNALED(status))
        trial_fail(trial, "it was killed by signal %d %s%s", WTERMSIG(status), while_doing, first);
    else if (has_ended)
        trial_fail(trial, "it exited with status %d %s%s", WEXITSTATUS(status), while_doing, first);
    else
        trial_fail(trial, "it closed its socket %s%s", while_doing, first);
}

void trial_write(struct trial *trial, struct text bytes)
{
    int64_t until_us = clock_monotonic_us() + (trial->kit->timeout_ms + GRACE_MS) * 1000;
    if (trial->has_failed)
        return;
    buffer_append(&trial->unsent, bytes);
    flush(trial);
    while (trial->unsent.length != 0 && !trial->has_failed) {
        if (!take_in(trial, clock_monotonic_us() + TICK_MS * 1000))
            fail_of_end(trial, "before it had read what it was sent");
        else if (clock_monotonic_us() > until_us)
            trial_fail(trial, "it does not read what it is sent");
    }
}

static void note_sent(struct trial *trial, int64_t id)
{
    if (trial->sent_count == trial->sent_capacity) {
        struct sent *larger = ARENA_ARRAY(trial->arena, struct sent, 2 * trial->sent_capacity + 64);
        for (size_t i = 0; i < trial->sent_count; i++)
            larger[i] = trial->sent[i];
        trial->sent = larger;
        trial->sent_capacity = 2 * trial->sent_capacity + 64;
    }
    trial->sent[trial->sent_count++] = (struct sent){id, clock_monotonic_us()};
}

struct text trial_request(struct trial *trial, const char *method, struct text params, int64_t *id)
{
    *id = ++trial->last_id;
    note_sent(trial, *id);
    return arena_print(trial->arena, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":%.*s}\n",
                       (long long)*id, method, TEXT_ARGUMENTS(params));
}

int64_t trial_send(struct trial *trial, const char *method, struct text params)
{
    int64_t id;
    trial_write(trial, trial_request(trial, method, params, &id));
    return id;
}

void trial_cancel(struct trial *trial, int64_t id)
{
    trial_write(trial, arena_print(trial->arena,
                                   "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":%lld}}\n",
                                   (long long)id));
}

/* -- waiting */

const struct answer *trial_find_answer(const struct trial *trial, int64_t id)
{
    for (const struct answer *answer = trial->answers; answer != NULL; answer = answer->next)
        if (answer->id == id)
            return answer;
    return NULL;
}

const struct answer *trial_answer(struct trial *trial, int64_t id, int64_t limit_ms)
{
    int64_t until_us = clock_monotonic_us() + limit_ms * 1000;
    while (!trial->has_failed) {
        const struct answer *answer = trial_find_answer(trial, id);
        if (answer != NULL)
            return answer;
        if (!take_in(trial, until_us) && trial_find_answer(trial, id) == NULL)
            fail_of_end(trial, "without an answer");
        else if (clock_monotonic_us() >= until_us && trial_find_answer(trial, id) == NULL)
            trial_fail(trial, "no answer within %lld ms", (long long)limit_ms);
    }
    return NULL;
}

const struct answer *trial_ask(struct trial *trial, const char *method, struct text params)
{
    int64_t id = trial_send(trial, method, params);
    return trial_answer(trial, id, trial->kit->timeout_ms + GRACE_MS);
}

const struct json_value *trial_result_of(struct trial *trial, const struct answer *answer)
{
    if (answer == NULL)
        return NULL;
    if (answer->error != NULL)
        trial_fail(trial, "answered with error %lld: %.*s", (long long)json_integer_of(answer->error, "code"),
                   TEXT_ARGUMENTS(json_text_of(answer->error, "message")));
    else if (answer->result->kind != JSON_OBJECT)
        trial_fail(trial, "the result is no object");
    return trial->has_failed ? NULL : answer->result;
}

const struct json_value *trial_result(struct trial *trial, const char *method, struct text params)
{
    return trial_result_of(trial, trial_ask(trial, method, params));
}

void trial_listen(struct trial *trial, int64_t for_ms)
{
    int64_t until_us = clock_monotonic_us() + for_ms * 1000;
    while (!trial->has_failed && clock_monotonic_us() < until_us)
        if (!take_in(trial, until_us))
            return;
}

void trial_expect_alive(struct trial *trial)
{
    trial_ask(trial, "health", order_health(trial, false));
}
