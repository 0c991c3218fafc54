/* Forks before any thread is started; the child never comes back into the test. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "run.h"

/* What an adapter's process has lost, as _exit() looks for nothing. */
static bool has_leaked(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __lsan_do_recoverable_leak_check() != 0;
#else
    return false;
#endif
}

void peer_start(struct peer *peer, const struct adapter_definition *definition)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    fflush(NULL);
    peer->child = fork();
    assert_true(peer->child >= 0);
    if (peer->child == 0) {
        int low = ends[1];
        if (low != 3 && dup2(low, 3) != 3)
            _exit(99);
        for (int descriptor = 4; descriptor < 64; descriptor++) {
            if (descriptor != 10) /* kept for files of tests */
                close(descriptor);
        }
        int status = adapter_run_on(definition, 3);
        _exit(status == 0 && has_leaked() ? 98 : status);
    }
    close(ends[1]);
    struct timeval patience = {.tv_sec = 10};
    assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    channel_open(&peer->channel, ends[0]);
    peer->arena = arena_create();
}

void peer_send(struct peer *peer, const char *format, ...)
{
    char line[40 * 1024]; /* a start may be that long */
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    assert_in_range(length, 0, sizeof(line) - 1);
    (void)channel_write(&peer->channel, (struct text){line, (size_t)length});
}

const struct json_value *peer_receive(struct peer *peer)
{
    struct text line;
    const struct json_value *value;
    enum channel_event event = channel_read(&peer->channel, &line);
    if (event == CHANNEL_END)
        return NULL;
    assert_int_equal(event, CHANNEL_LINE);
    assert_int_equal(json_parse(peer->arena, arena_copy(peer->arena, line), &json_limits_document, &value), 0);
    assert_true(text_is(json_text_of(value, "jsonrpc"), "2.0"));
    return value;
}

int64_t peer_answer(struct peer *peer, int id, const struct json_value **answer)
{
    const struct json_value *line = peer_receive(peer);
    assert_non_null(line);
    assert_int_equal(json_integer_of(line, "id"), id);
    assert_null(json_member(line, TEXT("method")));
    const struct json_value *result = json_member(line, TEXT("result")),
                            *error = json_member(line, TEXT("error"));
    assert_true((result == NULL) != (error == NULL));
    if (answer != NULL)
        *answer = result != NULL ? result : error;
    return json_integer_of(error, "code");
}

void peer_begin(struct peer *peer, const struct adapter_definition *definition, const char *more)
{
    peer_start(peer, definition);
    peer_send(peer,
              "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"sealing_key\":\"" PEER_KEY "\"%s}}",
              more);
    peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocol\":"
                    "{\"lowest\":1,\"highest\":3},\"deadline_ms\":1000}}");
    assert_int_equal(peer_answer(peer, 1, NULL), 0);
}

void peer_mint(struct peer *peer, int id, int deadline_ms, const char *purpose)
{
    peer_send(
        peer,
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"mint\",\"params\":{\"deadline_ms\":%d,\"lease\":\"l%d\","
        "\"root\":\"r\",\"target\":{\"name\":\"t\",\"domain\":\"d\",\"audience\":\"a\",\"settings\":{\"a\":1}},"
        "\"subject\":{\"issuer\":\"i\",\"subject\":\"alice\"},\"actors\":[{\"issuer\":\"i\",\"subject\":"
        "\"bot\"}],"
        "\"client\":\"c\",\"scopes\":[\"read\",\"write\"],\"issued_at\":1000,\"expires_at\":2000,"
        "\"purpose\":\"%s\",\"new_member\":[]}}",
        id, deadline_ms, id, purpose);
}

int peer_end(struct peer *peer)
{
    int status;
    close(peer->channel.descriptor);
    channel_dispose(&peer->channel);
    arena_destroy(peer->arena);
    assert_int_equal(waitpid(peer->child, &status, 0), peer->child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
