/* Forks before the server's thread is there; the children never come back into the test. */
#include "stage.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../adapters/sdk/run.h" /* on a descriptor, in a process that has used its libraries before */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/percent.h"
#include "base/random.h"
#include "certificate.h"
#include "saas_oauth.h"

enum { CA_DESCRIPTOR = 10, LINE_MAX_BYTES = 1024 * 1024, WAIT_MS = 20000 };

static char directory[] = "/tmp/saas-oauth-XXXXXX";

/* A program that is started anew is forked beside the server's thread, of which it takes nothing. Only the
 * thread sanitizer looks for this. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}

/* --- the folder with the server's certificate --- */

int stage_folder_make(void **state)
{
    char path[64];
    (void)state;
    assert_non_null(mkdtemp(directory));
    certificate_write(directory);
    snprintf(path, sizeof(path), "%s/tls.crt", directory);
    int file = open(path, O_RDONLY);
    assert_int_equal(dup2(file, CA_DESCRIPTOR), CA_DESCRIPTOR);
    close(file);
    return 0;
}

int stage_folder_remove(void **state)
{
    char path[64];
    (void)state;
    close(CA_DESCRIPTOR);
    snprintf(path, sizeof(path), "%s/tls.crt", directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s/tls.key", directory);
    unlink(path);
    return rmdir(directory);
}

/* --- programs --- */

static void run_child(int end)
{
    if (end != 3 && dup2(end, 3) != 3)
        _exit(99);
    for (int descriptor = 4; descriptor < 256; descriptor++) {
        if (descriptor != CA_DESCRIPTOR)
            close(descriptor);
    }
    _exit(adapter_run_on(&saas_oauth_definition, 3));
}

static void write_line(struct stage_program *program, const char *line)
{
    size_t length = strlen(line), sent = 0;
    while (sent < length) {
        ssize_t now = send(program->socket, line + sent, length - sent, MSG_NOSIGNAL);
        if (now <= 0)
            return;
        sent += (size_t)now;
    }
}

static void start(struct stage *stage, size_t number)
{
    static const char first[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":"
        "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\",\"files\":{\"ca\":10},\"allow_addresses\":"
        "[\"127.0.0.0/8\"]}}\n";
    struct stage_program *program = &stage->programs[number];
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    fflush(NULL);
    program->child = fork();
    assert_true(program->child >= 0);
    if (program->child == 0)
        run_child(ends[1]);
    close(ends[1]);
    program->socket = ends[0];
    program->buffer = malloc(LINE_MAX_BYTES);
    assert_non_null(program->buffer);
    program->length = 0;
    write_line(program, first);
    int64_t id = stage_send(stage, number, "initialize", 5000, "\"protocol\":{\"lowest\":1,\"highest\":1}");
    assert_int_equal(stage_wait(stage, id, NULL), 0);
}

static void stop(struct stage_program *program, bool is_killed)
{
    int status;
    if (is_killed)
        kill(program->child, SIGKILL);
    close(program->socket);
    free(program->buffer);
    assert_int_equal(waitpid(program->child, &status, 0), program->child);
    if (!is_killed)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void stage_begin(struct stage *stage, size_t programs)
{
    *stage = (struct stage){.arena = arena_create()};
    stage->log = ARENA_NEW(stage->arena, struct buffer);
    *stage->log = buffer_in(stage->arena, 1024);
    while (stage->program_count < programs)
        start(stage, stage->program_count++);
    stage->server = canned_server_start(directory, NULL, "", 0);
    snprintf(stage->origin, sizeof(stage->origin), "https://127.0.0.1:%u", canned_server_port(stage->server));
}

void stage_end(struct stage *stage)
{
    for (size_t i = 0; i < stage->program_count; i++)
        stop(&stage->programs[i], false);
    canned_server_stop(stage->server);
    arena_destroy(stage->arena);
}

void stage_restart(struct stage *stage)
{
    stop(&stage->programs[0], true);
    for (size_t i = 0; i < stage->entry_count; i++)
        stage->entries[i].claimed_until_ms = 0; /* long ago, by now */
    start(stage, 0);
}

/* --- the state --- */

static int64_t now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

static struct stage_entry *entry_of(struct stage *stage, struct text key)
{
    for (size_t i = 0; i < stage->entry_count; i++) {
        if (text_equal(stage->entries[i].key, key))
            return &stage->entries[i];
    }
    assert_true(stage->entry_count < STAGE_ENTRIES_MAX);
    stage->entries[stage->entry_count] = (struct stage_entry){.key = arena_copy(stage->arena, key)};
    return &stage->entries[stage->entry_count++];
}

static const char *get(struct stage *stage, const struct stage_entry *entry)
{
    int64_t left = entry->claimed_until_ms > now_ms() ? entry->claimed_until_ms - now_ms() : 0;
    struct text value = entry->value.base == NULL
                            ? TEXT("")
                            : arena_print(stage->arena, "\"value\":\"%.*s\",", TEXT_ARGUMENTS(entry->value));
    return arena_print(stage->arena, "\"result\":{%.*s\"version\":%lld,\"fence\":%lld,\"claimed_for_ms\":%lld}",
                       TEXT_ARGUMENTS(value), (long long)entry->version, (long long)entry->fence,
                       (long long)left)
        .base;
}

static const char *put(struct stage *stage, struct stage_entry *entry, const struct json_value *params)
{
    int64_t expected = json_integer_of(params, "expected_version"), fence = json_integer_of(params, "fence");
    struct text value = json_text_of(params, "value");
    if (++stage->puts == stage->unavailable_at_put) {
        usleep((useconds_t)stage->unavailable_after_ms * 1000);
        return "\"error\":{\"code\":-32002,\"message\":\"no\",\"data\":{}}";
    }
    bool is_expected =
        expected == -1 || expected == entry->version || (expected == 0 && entry->value.base == NULL);
    if (stage->puts == stage->conflicts_at_put || !is_expected || (fence != 0 && fence != entry->fence))
        return "\"error\":{\"code\":-32010,\"message\":\"no\",\"data\":{\"version\":1}}";
    entry->value = value.base != NULL ? arena_copy(stage->arena, value) : TEXT_NONE;
    entry->version++;
    return arena_print(stage->arena, "\"result\":{\"version\":%lld}", (long long)entry->version).base;
}

static const char *claim(struct stage *stage, struct stage_entry *entry, const struct json_value *params)
{
    int64_t for_ms = json_integer_of(params, "for_ms"), fence = json_integer_of(params, "fence");
    bool is_claimed = entry->claimed_until_ms > now_ms();
    if (for_ms == 0 && fence == entry->fence)
        entry->claimed_until_ms = 0;
    else if (for_ms == 0)
        return "\"error\":{\"code\":-32010,\"message\":\"no\",\"data\":{}}";
    else if (is_claimed && fence != entry->fence)
        return arena_print(stage->arena,
                           "\"error\":{\"code\":-32011,\"message\":\"no\",\"data\":{\"claimed_for_ms\":%lld}}",
                           (long long)(entry->claimed_until_ms - now_ms()))
            .base;
    else
        entry->claimed_until_ms = now_ms() + for_ms, entry->fence += fence != entry->fence || fence == 0;
    return arena_print(stage->arena, "\"result\":{\"fence\":%lld}", (long long)entry->fence).base;
}

static void serve_state(struct stage *stage, struct stage_program *program, const struct json_value *line)
{
    const struct json_value *params = json_member(line, TEXT("params"));
    struct text method = json_text_of(line, "method");
    if (text_is(method, "state.put") && stage->puts + 1 == stage->dies_at_put) {
        stage->dies_at_put = 0;
        kill(program->child, SIGKILL);
        return;
    }
    struct stage_entry *entry = entry_of(stage, json_text_of(params, "key"));
    const char *answer = text_is(method, "state.get")   ? get(stage, entry)
                         : text_is(method, "state.put") ? put(stage, entry, params)
                                                        : claim(stage, entry, params);
    write_line(program, arena_print(stage->arena, "{\"jsonrpc\":\"2.0\",\"id\":%lld,%s}\n",
                                    (long long)json_integer_of(line, "id"), answer)
                            .base);
}

/* --- lines --- */

static void take_line(struct stage *stage, struct stage_program *program, struct text text)
{
    const struct json_value *line;
    assert_int_equal(json_parse(stage->arena, arena_copy(stage->arena, text), &json_limits_document, &line), 0);
    struct text method = json_text_of(line, "method");
    if (text_is(method, "log"))
        buffer_print(stage->log, "%.*s\n",
                     TEXT_ARGUMENTS(json_text_of(json_member(line, TEXT("params")), "message")));
    else if (method.base != NULL)
        serve_state(stage, program, line);
    else
        stage->answers[json_integer_of(line, "id") % STAGE_ANSWERS_MAX] = line;
}

/* False: it has gone. */
static bool take_bytes(struct stage *stage, struct stage_program *program)
{
    char *end;
    ssize_t got = recv(program->socket, program->buffer + program->length, LINE_MAX_BYTES - program->length, 0);
    if (got <= 0)
        return false;
    program->length += (size_t)got;
    while ((end = memchr(program->buffer, '\n', program->length)) != NULL) {
        size_t length = (size_t)(end - program->buffer);
        take_line(stage, program, (struct text){program->buffer, length});
        program->length -= length + 1;
        memmove(program->buffer, end + 1, program->length);
    }
    return true;
}

int64_t stage_send(struct stage *stage, size_t program, const char *method, int deadline_ms, const char *format,
                   ...)
{
    char *params;
    va_list arguments;
    va_start(arguments, format);
    assert_true(vasprintf(&params, format, arguments) >= 0);
    va_end(arguments);
    int64_t id = ++stage->last_id;
    stage->answers[id % STAGE_ANSWERS_MAX] = NULL;
    write_line(
        &stage->programs[program],
        arena_print(stage->arena,
                    "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":{\"deadline_ms\":%d,%s}}\n",
                    (long long)id, method, deadline_ms, params)
            .base);
    free(params);
    return id;
}

int64_t stage_wait(struct stage *stage, int64_t id, const struct json_value **answer)
{
    int64_t end_ms = now_ms() + WAIT_MS;
    while (stage->answers[id % STAGE_ANSWERS_MAX] == NULL) {
        struct pollfd waited[STAGE_PROGRAMS_MAX];
        for (size_t i = 0; i < stage->program_count; i++)
            waited[i] = (struct pollfd){.fd = stage->programs[i].socket, .events = POLLIN};
        assert_true(poll(waited, stage->program_count, 1000) >= 0);
        for (size_t i = 0; i < stage->program_count; i++) {
            if (waited[i].revents != 0 && !take_bytes(stage, &stage->programs[i]))
                return -1;
        }
        assert_true(now_ms() < end_ms);
    }
    const struct json_value *line = stage->answers[id % STAGE_ANSWERS_MAX];
    const struct json_value *error = json_member(line, TEXT("error"));
    if (answer != NULL)
        *answer = error != NULL ? error : json_member(line, TEXT("result"));
    return json_integer_of(error, "code");
}

int64_t stage_ask(struct stage *stage, const char *method, const struct json_value **answer, const char *format,
                  ...)
{
    char *params;
    va_list arguments;
    va_start(arguments, format);
    assert_true(vasprintf(&params, format, arguments) >= 0);
    va_end(arguments);
    int64_t id = stage_send(stage, 0, method, 10000, "%s", params);
    free(params);
    return stage_wait(stage, id, answer);
}

const char *stage_lease(struct stage *stage)
{
    char identifier[IDENTIFIER_SIZE];
    identifier_make(clock_wall_us(), identifier);
    stage->lease = arena_copy(stage->arena, text_of(identifier)).base;
    return stage->lease;
}

static const char *unless_in(const char *more, const char *name, const char *otherwise)
{
    return strstr(more, name) != NULL ? "" : otherwise;
}

int64_t stage_mint(struct stage *stage, const char *settings, const char *more,
                   const struct json_value **answer)
{
    int64_t now = clock_wall_s();
    return stage_ask(
        stage, "mint", answer,
        "\"lease\":\"%s\",\"root\":\"r\",\"target\":" STAGE_TARGET
        ",\"subject\":{\"issuer\":\"https://idp.example\",\"subject\":\"alice\"},\"issued_at\":%lld,"
        "\"expires_at\":%lld%s%s%s%s",
        stage_lease(stage), stage_text(stage, settings), "", (long long)now, (long long)now + 300,
        unless_in(more, "\"scopes\"", ",\"scopes\":[\"read\"]"),
        unless_in(more, "\"client\"", ",\"client\":\"planner\""),
        unless_in(more, "\"actors\"", ",\"actors\":[]"), more);
}

void stage_hand_over(struct stage *stage, const char *settings, const char *answers)
{
    assert_int_equal(stage_ask(stage, "connect_finish", NULL, "\"target\":" STAGE_TARGET ",\"answers\":%s",
                               stage_text(stage, settings), "", answers),
                     0);
}

/* --- the other side --- */

void stage_answers_with(struct stage *stage, int status, const char *headers, const char *body)
{
    struct text whole =
        arena_print(stage->arena, "HTTP/1.1 %d x\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                    status, headers, strlen(body), body);
    canned_server_change(stage->server, whole.base, whole.length);
}

void stage_answers(struct stage *stage, int status, const char *body)
{
    stage_answers_with(stage, status, "Content-Type: application/json;charset=UTF-8\r\n", body);
}

void stage_is_silent(struct stage *stage)
{
    canned_server_change(stage->server, "", 0);
}

struct text stage_form(struct stage *stage, const char *name)
{
    const char *body = strstr(canned_server_request(stage->server), "\r\n\r\n");
    assert_non_null(body);
    struct text rest = text_of(arena_copy(stage->arena, text_of(body + 4)).base), value;
    while (rest.length != 0) {
        struct text pair = text_cut(&rest, '&');
        if (text_is(text_cut(&pair, '='), name)) {
            assert_true(percent_decode_form(stage->arena, pair, &value));
            return value;
        }
    }
    return TEXT_NONE;
}

bool stage_request_has(struct stage *stage, const char *words)
{
    return strstr(canned_server_request(stage->server), words) != NULL;
}

const char *stage_text(struct stage *stage, const char *pattern)
{
    struct buffer out = buffer_in(stage->arena, strlen(pattern) + 256);
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '@')
            buffer_append(&out, text_of(stage->origin));
        else
            buffer_append_byte(&out, *pattern);
    }
    return arena_copy(stage->arena, buffer_text(&out)).base;
}

void stage_assert_error(const struct json_value *error, int64_t code, int64_t expected, const char *words)
{
    struct text message = json_text_of(error, "message");
    if (code != expected || message.base == NULL || strstr(message.base, words) == NULL)
        fail_msg("%lld %s, not %lld %s", (long long)code, message.base, (long long)expected, words);
}

bool stage_logged(const struct stage *stage, const char *words)
{
    return memmem(stage->log->base, stage->log->length, words, strlen(words)) != NULL;
}
