/* Everything waits in stream_wait, and nothing there longer than the limit says. */
#include "kdc_stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "kdc_message.h"

enum { RIVAL_LOOK_MS = 50 };

int64_t stream_now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

static bool is_readable(int descriptor)
{
    struct pollfd looked = {.fd = descriptor, .events = POLLIN};
    return poll(&looked, 1, 0) > 0;
}

/* How long to sleep before it is looked again, 0 where it is time to give up. */
static int64_t next_look_ms(const struct stream_limit *limit, int64_t now_ms)
{
    int64_t left_ms = limit->until_ms - now_ms;
    int64_t look_ms = left_ms;
    if (limit->rival >= 0 && now_ms < limit->rival_from_ms)
        look_ms = limit->rival_from_ms - now_ms;
    else if (limit->rival >= 0)
        look_ms = is_readable(limit->rival) ? 0 : RIVAL_LOOK_MS;
    if (look_ms > left_ms)
        look_ms = left_ms;
    return look_ms < INT_MAX ? look_ms : INT_MAX;
}

enum stream_end stream_wait(int descriptor, short events, const struct stream_limit *limit)
{
    for (;;) {
        struct pollfd waited[] = {{.fd = descriptor, .events = events}, {.fd = limit->stop, .events = POLLIN}};
        int64_t look_ms = next_look_ms(limit, stream_now_ms());
        if (look_ms <= 0)
            return STREAM_LATE;
        int ready = poll(waited, 2, (int)look_ms);
        if (ready < 0 && errno != EINTR)
            return STREAM_CLOSED;
        if (ready > 0 && waited[1].revents != 0)
            return STREAM_LATE;
        if (ready > 0)
            return STREAM_DONE;
    }
}

static bool is_to_be_waited_for(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static enum stream_end read_all(int descriptor, char *out, size_t length, const struct stream_limit *limit)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = recv(descriptor, out + done, length - done, 0);
        if (got == 0 || (got < 0 && !is_to_be_waited_for()))
            return STREAM_CLOSED;
        if (got > 0) {
            done += (size_t)got;
            continue;
        }
        enum stream_end end = stream_wait(descriptor, POLLIN, limit);
        if (end != STREAM_DONE)
            return end;
    }
    return STREAM_DONE;
}

enum stream_end stream_write(int descriptor, struct text bytes, const struct stream_limit *limit)
{
    while (bytes.length != 0) {
        ssize_t sent = send(descriptor, bytes.base, bytes.length, MSG_NOSIGNAL);
        if (sent < 0 && !is_to_be_waited_for())
            return STREAM_CLOSED;
        if (sent > 0) {
            bytes = (struct text){bytes.base + sent, bytes.length - (size_t)sent};
            continue;
        }
        enum stream_end end = stream_wait(descriptor, POLLOUT, limit);
        if (end != STREAM_DONE)
            return end;
    }
    return STREAM_DONE;
}

enum stream_end stream_read_frame(int descriptor, size_t most, const struct stream_limit *limit,
                                  struct arena *arena, struct text *frame)
{
    unsigned char head[KDC_LENGTH_SIZE];
    size_t length;
    enum stream_end end = read_all(descriptor, (char *)head, sizeof(head), limit);
    if (end != STREAM_DONE)
        return end;
    if (!kdc_length_read(head, most, &length))
        return STREAM_MALFORMED;
    char *bytes = arena_allocate(arena, sizeof(head) + length);
    memcpy(bytes, head, sizeof(head));
    *frame = (struct text){bytes, sizeof(head) + length};
    return read_all(descriptor, bytes + sizeof(head), length, limit);
}
