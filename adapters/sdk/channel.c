/* Lines over a stream socket. What has been read is wiped once it was used: sealing keys and secrets come this
 * way. */
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "adapter_protocol/numbers.h"
#include "base/fault.h"
#include "base/secret.h"

enum { READ_SIZE = 64 * 1024 };

void channel_open(struct channel *channel, int descriptor)
{
    *channel = (struct channel){.descriptor = descriptor};
    INVARIANT(pthread_mutex_init(&channel->writing, NULL) == 0);
}

/* The next whole line, if there is one. */
static bool take_line(struct channel *channel, size_t from, struct text *line)
{
    if (from == channel->received.length)
        return false;
    char *start = channel->received.base + channel->taken;
    char *begin = channel->received.base + from;
    char *end = memchr(begin, '\n', channel->received.length - from);
    if (end == NULL)
        return false;
    *line = (struct text){start, (size_t)(end - start)};
    channel->taken += line->length + 1;
    return true;
}

static void drop_taken(struct channel *channel)
{
    struct buffer *received = &channel->received;
    size_t left = received->length - channel->taken;
    if (channel->taken == 0)
        return;
    memmove(received->base, received->base + channel->taken, left);
    secret_wipe(received->base + left, channel->taken);
    received->length = left;
    channel->taken = 0;
}

static ssize_t receive(struct channel *channel)
{
    char *room = buffer_reserve(&channel->received, READ_SIZE);
    ssize_t got;
    do
        got = read(channel->descriptor, room, READ_SIZE);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        channel->received.length += (size_t)got;
    return got;
}

enum channel_event channel_read(struct channel *channel, struct text *line)
{
    size_t seen = channel->taken;
    while (!take_line(channel, seen, line)) {
        drop_taken(channel);
        seen = channel->received.length;
        if (seen > PROTOCOL_LINE_MAX)
            return CHANNEL_TOO_LONG;
        if (receive(channel) <= 0)
            return CHANNEL_END;
    }
    return line->length > PROTOCOL_LINE_MAX ? CHANNEL_TOO_LONG : CHANNEL_LINE;
}

static bool send_all(int descriptor, struct iovec *parts, size_t count)
{
    while (count != 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        size_t left = (size_t)sent;
        while (count != 0 && left >= parts->iov_len) {
            left -= parts->iov_len;
            parts++;
            count--;
        }
        if (count != 0)
            *parts = (struct iovec){(char *)parts->iov_base + left, parts->iov_len - left};
    }
    return true;
}

bool channel_write(struct channel *channel, struct text line)
{
    static const char end = '\n';
    struct iovec parts[] = {{(void *)(uintptr_t)line.base, line.length}, {(void *)(uintptr_t)&end, 1}};
    if (line.length > PROTOCOL_LINE_MAX)
        return false;
    pthread_mutex_lock(&channel->writing);
    bool is_sent = send_all(channel->descriptor, parts, 2);
    pthread_mutex_unlock(&channel->writing);
    return is_sent;
}

void channel_dispose(struct channel *channel)
{
    buffer_dispose(&channel->received);
    pthread_mutex_destroy(&channel->writing);
}
