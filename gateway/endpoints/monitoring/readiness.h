/* Whether a gateway can do its job: one table of checks, one row each. Some decide, others are only good to
 * know: what all gateways have in common, such as an issuer that does not answer, must not take all of them out
 * of a balancer at once. */
#ifndef ENDPOINTS_MONITORING_READINESS_H
#define ENDPOINTS_MONITORING_READINESS_H

#include "exchange/gateway.h"

enum readiness_check {
    READINESS_SIGNING_KEYS,
    READINESS_LEAVING,
    READINESS_STORE,
    READINESS_DOCUMENTS,
    READINESS_ADAPTERS,
    READINESS_ISSUERS,
    READINESS_CHECKS
};
enum { READINESS_REASON_SIZE = 128 };

enum readiness_state {
    READINESS_OK,
    READINESS_NOTED, /* not as it should be, and no reason to send nobody here */
    READINESS_FAILED
};

struct readiness_finding {
    const char *name;
    enum readiness_state state;
    int64_t since_us;                   /* by the wall clock; 0: not known, or all is well */
    char reason[READINESS_REASON_SIZE]; /* for operators: no secret, subject, client or address; "" if all is
                                           well */
};

struct readiness {
    bool is_ready; /* no check has failed */
    int64_t generation;
    struct readiness_finding findings[READINESS_CHECKS];
};

/* On a loop. */
void readiness_look(struct gateway *gateway, struct readiness *readiness);

#endif
