/* What the transactions of a batch want that only one of them can have: values that may be used once, scopes
 * whose version is bumped. Knows bytes and whose they are. */
#ifndef STORE_POSTGRES_CLAIMS_H
#define STORE_POSTGRES_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    CLAIMS_MAX = 1024,
    CLAIMS_SLOTS = 4 * CLAIMS_MAX /* a power of two */
};

struct claims {
    struct text things[CLAIMS_MAX]; /* borrowed */
    uint16_t owners[CLAIMS_MAX];
    uint16_t slots[CLAIMS_SLOTS]; /* position among things + 1 */
    size_t count;
};

void claims_begin(struct claims *claims);
/* At most CLAIMS_MAX. */
void claims_add(struct claims *claims, struct text thing, size_t owner);
bool claims_find(const struct claims *claims, struct text thing, size_t *owner);

#endif
