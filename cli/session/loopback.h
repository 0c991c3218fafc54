/* Where a browser comes back to after a login: one port on 127.0.0.1, for as long as one login takes (RFC 8252
 * section 7.3). Waits for the callback that bears our state; everything else that comes by is turned away. */
#ifndef CLI_LOOPBACK_H
#define CLI_LOOPBACK_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/arena.h"

struct loopback {
    int listener;
    uint16_t port;
    const atomic_bool *is_over; /* set: nobody waits for it any more; NULL: never */
};

struct callback {
    struct text code, issuer; /* of the answer; issuer TEXT_NONE where it names none (RFC 9207) */
    struct text error, error_description;
};

bool loopback_open(struct loopback *loopback);
/* false when nothing came in time. Texts in the arena. */
bool loopback_wait(const struct loopback *loopback, struct arena *arena, struct text state, int64_t timeout_ms,
                   struct callback *callback);
void loopback_close(struct loopback *loopback);

#endif
