/* What came of the calls of one adapter, for the metrics. Only its loop counts; anybody reads. */
#ifndef ADAPTER_HOST_PROGRAM_TALLY_H
#define ADAPTER_HOST_PROGRAM_TALLY_H

#include "runtime/metrics.h"

/* The methods of adapters/PROTOCOL.md that callers ask for. */
enum tally_operation {
    TALLY_MINT,
    TALLY_REVOKE,
    TALLY_VALIDATE,
    TALLY_CONFIRM,
    TALLY_CONNECT, /* an account, or its end */
    TALLY_OPERATIONS
};

enum tally_result {
    TALLY_ANSWERED,
    TALLY_REFUSED, /* said by one that works: of this subject, not of all */
    TALLY_UNAVAILABLE,
    TALLY_MISCONFIGURED,
    TALLY_FAILED,
    TALLY_PAUSED,
    TALLY_BUSY,
    TALLY_RESULTS
};

/* Zeroed before use. */
struct program_tally {
    _Atomic int64_t calls[TALLY_OPERATIONS][TALLY_RESULTS];
    struct histogram duration;
};

enum tally_result program_tally_result(enum fault fault);
void program_tally_count(struct program_tally *tally, const char *method, enum tally_result result, int64_t us);
const char *program_tally_operation_name(enum tally_operation operation);
const char *program_tally_result_name(enum tally_result result);

#endif
