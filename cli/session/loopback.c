/* The smallest server that a browser is content with; see loopback.h. */
#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/percent.h"

enum { HEAD_BYTES_MAX = 16 * 1024, CONNECTION_MS = 2000, BACKLOG = 8, LOOK_MS = 200 };

bool loopback_open(struct loopback *loopback)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    loopback->is_over = NULL;
    loopback->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (loopback->listener < 0)
        return false;
    if (bind(loopback->listener, (struct sockaddr *)&address, length) != 0 ||
        listen(loopback->listener, BACKLOG) != 0 ||
        getsockname(loopback->listener, (struct sockaddr *)&address, &length) != 0) {
        loopback_close(loopback);
        return false;
    }
    loopback->port = ntohs(address.sin_port);
    return true;
}

void loopback_close(struct loopback *loopback)
{
    close(loopback->listener);
    loopback->listener = -1;
}

static bool wait_readable(int descriptor, int64_t until_us)
{
    int64_t left_ms = (until_us - clock_monotonic_us()) / 1000;
    struct pollfd poll_for = {.fd = descriptor, .events = POLLIN};
    return left_ms > 0 && poll(&poll_for, 1, (int)left_ms) == 1;
}

/* The first line of a request; TEXT_NONE if none comes. The whole head is read, lest the answer be reset away.
 */
static struct text read_first_line(int connection, struct arena *arena)
{
    char *bytes = arena_allocate(arena, HEAD_BYTES_MAX);
    int64_t until_us = clock_monotonic_us() + CONNECTION_MS * 1000;
    size_t length = 0;
    while (length < HEAD_BYTES_MAX && wait_readable(connection, until_us)) {
        ssize_t got = read(connection, bytes + length, HEAD_BYTES_MAX - length);
        if (got <= 0)
            break;
        length += (size_t)got;
        if (memmem(bytes, length, "\r\n\r\n", 4) != NULL) {
            struct text rest = {bytes, length};
            return text_cut(&rest, '\r');
        }
    }
    return TEXT_NONE;
}

/* "GET /callback?code=...&state=... HTTP/1.1". A parameter twice is no answer of any server (RFC 6749 section
 * 3.1). */
static bool read_callback(struct arena *arena, struct text line, struct text *state, struct callback *callback)
{
    struct {
        const char *name;
        struct text *value;
    } wanted[] = {{"code", &callback->code},
                  {"state", state},
                  {"iss", &callback->issuer},
                  {"error", &callback->error},
                  {"error_description", &callback->error_description}};
    struct text method = text_cut(&line, ' '), query = text_cut(&line, ' ');
    struct text path = text_cut(&query, '?');
    if (!text_is(method, "GET") || !text_is(path, "/callback"))
        return false;
    while (query.length != 0) {
        struct text value = text_cut(&query, '&'), name = text_cut(&value, '=');
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
            if (text_is(name, wanted[i].name) &&
                (wanted[i].value->base != NULL || !percent_decode_form(arena, value, wanted[i].value)))
                return false;
    }
    return state->length != 0 && (callback->code.length != 0 || callback->error.length != 0);
}

static void answer(int connection, bool is_good)
{
    const char *body = is_good ? "Done. You may close this window and go back to the terminal.\n"
                               : "This is not the answer that is waited for.\n";
    dprintf(connection,
            "HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %zu\r\n"
            "cache-control: no-store\r\nconnection: close\r\n\r\n%s",
            is_good ? "200 OK" : "404 Not Found", strlen(body), body);
}

/* For somebody to come, looking up now and then. */
static bool wait_for_somebody(const struct loopback *loopback, int64_t until_us)
{
    if (loopback->is_over == NULL)
        return wait_readable(loopback->listener, until_us);
    while (!atomic_load(loopback->is_over) && clock_monotonic_us() < until_us) {
        struct pollfd poll_for = {.fd = loopback->listener, .events = POLLIN};
        if (poll(&poll_for, 1, LOOK_MS) == 1)
            return true;
    }
    return false;
}

/* Who does not know the state is not the browser that was sent (RFC 6749 section 10.12), and does not end the
 * wait for it either. */
bool loopback_wait(const struct loopback *loopback, struct arena *arena, struct text state, int64_t timeout_ms,
                   struct callback *callback)
{
    int64_t until_us = clock_monotonic_us() + timeout_ms * 1000;
    bool is_there = false;
    while (!is_there && wait_for_somebody(loopback, until_us)) {
        int connection = accept4(loopback->listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        struct text said = TEXT_NONE;
        *callback = (struct callback){0};
        is_there = read_callback(arena, read_first_line(connection, arena), &said, callback) &&
                   text_equal(said, state);
        answer(connection, is_there);
        close(connection);
    }
    return is_there;
}
