/* Connects to the first of the KDC's addresses that lets it, writes, reads. */
#include "kdc_exchange.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kdc_message.h"

enum { FIRST_PATIENCE_MS = 100 };

const char *kdc_exchange_phrase(enum kdc_exchange_end end)
{
    static const char *const phrases[] = {
        [KDC_ANSWERED] = "answered",
        [KDC_UNAVAILABLE] = "said that it is unavailable",
        [KDC_UNKNOWN_HOST] = "has a name without an address",
        [KDC_UNREACHED] = "could not be connected to",
        [KDC_CLOSED] = "closed the connection without an answer",
        [KDC_SILENT] = "did not answer in time",
        [KDC_TALKS_NONSENSE] = "answered with what is no Kerberos message",
    };
    return phrases[end];
}

/* The descriptor, or -1. */
static int connect_once(const struct kdc_place *place, const struct stream_limit *limit, enum stream_end *end)
{
    int error = 0;
    socklen_t size = sizeof(error);
    int descriptor = socket(place->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *end = STREAM_CLOSED;
    if (descriptor < 0)
        return -1;
    if (connect(descriptor, &place->address.any, place->length) == 0)
        return descriptor;
    if (errno == EINPROGRESS)
        *end = stream_wait(descriptor, POLLOUT, limit);
    if (*end == STREAM_DONE && getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

/* A KDC whose queue is full (five connections, of MIT's) drops what comes, and the system would try again after
 * a second, which is more than there may be: so it is tried anew sooner, and less and less soon, as far KDCs
 * need their time. */
static int connect_to(const struct kdc_place *place, const struct stream_limit *limit, enum stream_end *end)
{
    int descriptor = -1;
    bool is_last = false;
    for (int64_t patience_ms = FIRST_PATIENCE_MS; descriptor < 0 && !is_last; patience_ms *= 2) {
        struct stream_limit once = *limit;
        once.until_ms = stream_now_ms() + patience_ms;
        is_last = once.until_ms >= limit->until_ms;
        if (is_last)
            once.until_ms = limit->until_ms;
        descriptor = connect_once(place, &once, end);
        is_last |= *end != STREAM_LATE;
    }
    return descriptor;
}

/* Each address has its share of what is left of the time, so that one behind which packets get lost leaves some
 * to the next. */
int kdc_connect(const struct kdc_places *places, const struct stream_limit *limit, enum stream_end *end)
{
    int descriptor = -1;
    for (size_t i = 0; i < places->count && descriptor < 0; i++) {
        struct stream_limit share = *limit;
        int64_t now_ms = stream_now_ms();
        share.until_ms = now_ms + (limit->until_ms - now_ms) / (int64_t)(places->count - i);
        descriptor = connect_to(&places->places[i], &share, end);
    }
    return descriptor;
}

static enum kdc_exchange_end end_of(enum stream_end end)
{
    switch (end) {
    case STREAM_LATE:
        return KDC_SILENT;
    case STREAM_MALFORMED:
        return KDC_TALKS_NONSENSE;
    default:
        return KDC_CLOSED;
    }
}

static enum kdc_exchange_end talk(int descriptor, struct text request, const struct stream_limit *limit,
                                  struct arena *arena, struct text *answer)
{
    enum stream_end end = stream_write(descriptor, request, limit);
    if (end == STREAM_DONE)
        end = stream_read_frame(descriptor, KDC_ANSWER_MAX, limit, arena, answer);
    if (end != STREAM_DONE)
        return end_of(end);
    const struct text message = {answer->base + KDC_LENGTH_SIZE, answer->length - KDC_LENGTH_SIZE};
    switch (kdc_answer_kind(message)) {
    case KDC_ANSWER:
        return KDC_ANSWERED;
    case KDC_ANSWER_UNAVAILABLE:
        return KDC_UNAVAILABLE;
    default:
        return KDC_TALKS_NONSENSE;
    }
}

enum kdc_exchange_end kdc_exchange(struct kdc_address *kdc, struct text request,
                                   const struct stream_limit *limit, struct arena *arena, struct text *answer)
{
    struct kdc_places places;
    enum stream_end end = STREAM_CLOSED;
    kdc_address_find(kdc, stream_now_ms(), &places);
    if (places.count == 0)
        return KDC_UNKNOWN_HOST;
    int descriptor = kdc_connect(&places, limit, &end);
    if (descriptor < 0)
        return end == STREAM_LATE ? KDC_SILENT : KDC_UNREACHED;
    enum kdc_exchange_end exchanged = talk(descriptor, request, limit, arena, answer);
    close(descriptor);
    return exchanged;
}
