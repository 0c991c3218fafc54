/* One request to one KDC and its answer, over a TCP connection of its own. Knows nothing of other KDCs. */
#ifndef KERBEROS_RELAY_KDC_EXCHANGE_H
#define KERBEROS_RELAY_KDC_EXCHANGE_H

#include "kdc_address.h"
#include "kdc_stream.h"

enum kdc_exchange_end {
    KDC_ANSWERED,
    KDC_UNAVAILABLE, /* answered that it is: the answer is there */
    KDC_UNKNOWN_HOST,
    KDC_UNREACHED,
    KDC_CLOSED,
    KDC_SILENT,
    KDC_TALKS_NONSENSE
};
/* "refused the connection" and so on, to follow the KDC's name; static. */
const char *kdc_exchange_phrase(enum kdc_exchange_end end);

/* Connected to the first of the places that lets it, and does not block; or -1, and why. */
MUST_USE int kdc_connect(const struct kdc_places *places, const struct stream_limit *limit,
                         enum stream_end *end);
/* request and *answer are frames, with their length in front. */
MUST_USE enum kdc_exchange_end kdc_exchange(struct kdc_address *kdc, struct text request,
                                            const struct stream_limit *limit, struct arena *arena,
                                            struct text *answer);

#endif
