/* Lines of the program under test; see incoming.h. Nothing here fails a check: what is wrong is noted, and the
 * check that is about it looks. */
#include "incoming.h"

#include <string.h>

#include "base/clock.h"
#include "conversation.h"

static const struct json_limits line_limits = {PROTOCOL_LINE_MAX, 64, 65536, true};

static void note(struct trial *trial, enum misconduct kind, const char *sentence, struct text line)
{
    if (trial->misconduct[kind].base == NULL)
        trial->misconduct[kind] =
            arena_print(trial->arena, "%s: %.*s", sentence, TEXT_ARGUMENTS(text_beginning(line, 200)));
}

static const struct sent *find_sent(const struct trial *trial, int64_t id)
{
    for (size_t i = 0; i < trial->sent_count; i++)
        if (trial->sent[i].id == id)
            return &trial->sent[i];
    return NULL;
}

static void take_answer(struct trial *trial, const struct json_value *message, struct text line)
{
    int64_t id = 0;
    const struct json_value *result = json_member(message, TEXT("result")),
                            *error = json_member(message, TEXT("error"));
    if (!json_integer(json_member(message, TEXT("id")), &id)) {
        note(trial, MISCONDUCT_LINE, "an answer without the id of a request", line);
        return;
    }
    if ((result == NULL) == (error == NULL))
        note(trial, MISCONDUCT_LINE, "an answer has either result or error", line);
    if (error != NULL &&
        (json_integer_of(error, "code") == 0 || !json_is_string(json_member(error, TEXT("message")))))
        note(trial, MISCONDUCT_LINE, "an error has a code and a message", line);
    const struct sent *sent = find_sent(trial, id);
    if (sent == NULL)
        note(trial, MISCONDUCT_ANSWER, "an answer to what was not asked", line);
    else if (trial_find_answer(trial, id) != NULL)
        note(trial, MISCONDUCT_ANSWER, "a second answer", line);
    if (sent == NULL || trial_find_answer(trial, id) != NULL || (result == NULL && error == NULL))
        return;
    struct answer *answer = ARENA_NEW(trial->arena, struct answer);
    *answer = (struct answer){trial->answers, id, clock_monotonic_us() - sent->at_us, result, error};
    trial->answers = answer;
    if (error != NULL) {
        buffer_append(&trial->said, line);
        buffer_append_byte(&trial->said, '\n');
    }
}

static void take_log(struct trial *trial, const struct json_value *params, struct text line)
{
    struct text level = json_text_of(params, "level");
    const struct json_value *message = json_member(params, TEXT("message"));
    trial->logs++;
    if (!text_is(level, "debug") && !text_is(level, "info") && !text_is(level, "warning") &&
        !text_is(level, "error"))
        note(trial, MISCONDUCT_LOG, "the level of a log message is debug, info, warning or error", line);
    if (!json_is_string(message) || json_string(message).length > PROTOCOL_LOG_MAX)
        note(trial, MISCONDUCT_LOG, "the message of a log is a text of at most 4 KiB", line);
    buffer_append(&trial->said, json_string(message));
    buffer_append_byte(&trial->said, '\n');
}

static void take_progress(struct trial *trial, const struct json_value *params, struct text line)
{
    int64_t id = 0;
    trial->logs++;
    if (!json_integer(json_member(params, TEXT("id")), &id) || find_sent(trial, id) == NULL ||
        !json_is_string(json_member(params, TEXT("message"))))
        note(trial, MISCONDUCT_LOG, "progress has the id of a request and a message", line);
}

static void answer_request(struct trial *trial, int64_t id, struct text method, const struct json_value *params,
                           struct text line)
{
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    json_member_integer(&writer, "id", id);
    const char *mistake = host_state_answer(trial->state, method, params, clock_monotonic_us() / 1000, &writer);
    json_end_object(&writer);
    buffer_append_byte(&out, '\n');
    if (mistake != NULL)
        note(trial, MISCONDUCT_STATE, mistake, line);
    if (trial->state->mood != STATE_SILENT)
        buffer_append(&trial->unsent, buffer_text(&out));
}

static void take_request(struct trial *trial, const struct json_value *message, struct text line)
{
    int64_t id = 0;
    struct text method = json_text_of(message, "method");
    const struct json_value *params = json_member(message, TEXT("params"));
    const struct json_value *given = json_member(message, TEXT("id"));
    if (given == NULL && text_is(method, "log"))
        take_log(trial, params, line);
    else if (given == NULL && text_is(method, "progress"))
        take_progress(trial, params, line);
    else if (!json_integer(given, &id) || id < 1)
        note(trial, MISCONDUCT_REQUEST, "the id of a request is a whole number from 1", line);
    else if (!text_is(method, "state.get") && !text_is(method, "state.put") && !text_is(method, "state.claim"))
        note(trial, MISCONDUCT_REQUEST, "the gateway has no such method", line);
    else {
        trial->requests++;
        answer_request(trial, id, method, params, line);
    }
}

static void take_line(struct trial *trial, struct text line)
{
    const struct json_value *message = NULL;
    const char *mistake = NULL;
    size_t offset;
    struct text copy = arena_copy(trial->arena, line);
    if (json_parse_or_say(trial->arena, copy, &line_limits, &message, &mistake, &offset) != FAULT_NONE) {
        note(trial, MISCONDUCT_LINE, mistake != NULL ? mistake : "no JSON", copy);
        return;
    }
    if (message->kind != JSON_OBJECT || !text_is(json_text_of(message, "jsonrpc"), "2.0")) {
        note(trial, MISCONDUCT_LINE, "a message is an object with \"jsonrpc\":\"2.0\"", copy);
        return;
    }
    if (json_is_string(json_member(message, TEXT("method"))))
        take_request(trial, message, copy);
    else
        take_answer(trial, message, copy);
}

void incoming_take(struct trial *trial)
{
    struct text rest = buffer_text(&trial->unread);
    const char *end;
    while (rest.length != 0 && (end = memchr(rest.base, '\n', rest.length)) != NULL) {
        size_t length = (size_t)(end - rest.base);
        take_line(trial, (struct text){rest.base, length});
        rest = (struct text){end + 1, rest.length - length - 1};
    }
    memmove(trial->unread.base, rest.base, rest.length);
    trial->unread.length = rest.length;
}
