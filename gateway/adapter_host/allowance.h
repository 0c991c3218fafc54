/* So many in a second, the rest is counted: for what an adapter may write into the log. Pure. */
#ifndef ADAPTER_HOST_ALLOWANCE_H
#define ADAPTER_HOST_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

enum { ALLOWANCE_PER_SECOND = 100 };

/* Zeroed before use. */
struct allowance {
    int64_t second, used, dropped;
};

/* Whether one more may be; *dropped gets how many were not in the seconds before, once. */
static inline bool allowance_take(struct allowance *allowance, int64_t now_us, int64_t *dropped)
{
    *dropped = 0;
    if (allowance->second != now_us / 1000000) {
        *dropped = allowance->dropped;
        *allowance = (struct allowance){.second = now_us / 1000000};
    }
    if (allowance->used < ALLOWANCE_PER_SECOND) {
        allowance->used++;
        return true;
    }
    allowance->dropped++;
    return false;
}

#endif
