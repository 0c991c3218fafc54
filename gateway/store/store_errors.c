/* See store_errors.h. Which codes there are is the engines' documentation's. */
#include "store_errors.h"

#include <string.h>

static const struct {
    const char *beginning;
    enum metric metric;
} states[] = {
    {"08", METRIC_STORE_ERROR_CONNECTION},    /* connection exceptions */
    {"57P", METRIC_STORE_ERROR_CONNECTION},   /* it shuts down, starts, was told to end */
    {"53300", METRIC_STORE_ERROR_CONNECTION}, /* too many connections */
    {"57014", METRIC_STORE_ERROR_TIMEOUT},    /* statement_timeout */
    {"55P03", METRIC_STORE_ERROR_TIMEOUT},    /* lock_timeout */
    {"25006", METRIC_STORE_ERROR_READ_ONLY},  /* a standby, or told so */
    {"53100", METRIC_STORE_ERROR_NO_SPACE},   /* disk full */
    {"53200", METRIC_STORE_ERROR_NO_SPACE},   /* out of memory */
};

enum metric store_error_of_state(const char *state)
{
    if (state == NULL || state[0] == '\0')
        return METRIC_STORE_ERROR_CONNECTION;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strncmp(state, states[i].beginning, strlen(states[i].beginning)) == 0)
            return states[i].metric;
    return METRIC_STORE_ERROR_OTHER;
}

/* The numbers are part of SQLite's file of promises (https://www.sqlite.org/rescode.html); its header is one
 * folder's alone. */
enum { CODE_BUSY = 5, CODE_LOCKED = 6, CODE_NOMEM = 7, CODE_READONLY = 8, CODE_FULL = 13, CODE_CANTOPEN = 14 };

enum metric store_error_of_code(int code)
{
    switch (code & 0xff) {
    case CODE_BUSY:
    case CODE_LOCKED:
        return METRIC_STORE_ERROR_TIMEOUT;
    case CODE_READONLY:
        return METRIC_STORE_ERROR_READ_ONLY;
    case CODE_NOMEM:
    case CODE_FULL:
        return METRIC_STORE_ERROR_NO_SPACE;
    case CODE_CANTOPEN:
        return METRIC_STORE_ERROR_CONNECTION;
    default:
        return METRIC_STORE_ERROR_OTHER;
    }
}
