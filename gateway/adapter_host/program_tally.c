/* See program_tally.h. */
#include "program_tally.h"

#include <string.h>

#include "adapters/adapter.h"

static const char *const operations[TALLY_OPERATIONS] = {"mint", "revoke", "validate", "confirm", "connect"};
static const char *const results[TALLY_RESULTS] = {"answered", "refused", "unavailable", "misconfigured",
                                                   "failed",   "paused",  "busy"};

const char *program_tally_operation_name(enum tally_operation operation)
{
    return operations[operation];
}

const char *program_tally_result_name(enum tally_result result)
{
    return results[result];
}

enum tally_result program_tally_result(enum fault fault)
{
    if (fault == FAULT_NONE)
        return TALLY_ANSWERED;
    if (credential_is_refused(fault) || fault == FAULT_CONNECTION_MISSING)
        return TALLY_REFUSED;
    switch (fault) {
    case FAULT_ADAPTER_UNAVAILABLE:
        return TALLY_UNAVAILABLE;
    case FAULT_ADAPTER_PAUSED:
        return TALLY_PAUSED;
    case FAULT_ADAPTER_BUSY:
        return TALLY_BUSY;
    case FAULT_ADAPTER_MISCONFIGURED:
        return TALLY_MISCONFIGURED;
    default:
        return TALLY_FAILED;
    }
}

static enum tally_operation operation_of(const char *method)
{
    for (int i = 0; i < TALLY_CONNECT; i++)
        if (strcmp(method, operations[i]) == 0)
            return (enum tally_operation)i;
    return TALLY_CONNECT; /* by methods of its own for each step */
}

void program_tally_count(struct program_tally *tally, const char *method, enum tally_result result, int64_t us)
{
    metric_bump(&tally->calls[operation_of(method)][result], 1);
    histogram_observe(&tally->duration, us);
}
