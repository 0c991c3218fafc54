/* The one result type. Every function that can fail returns an enum fault that must be used; FAULT_NONE is
 * success. The rows, with what callers and auditors see of each, are in fault_list.h. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#define MUST_USE __attribute__((warn_unused_result))

enum fault {
    FAULT_NONE = 0,
#define FAULT(symbol, oauth_error, http_status, sentence) FAULT_##symbol,
#include "base/fault_list.h"
#undef FAULT
    FAULT_COUNT
};

struct fault_row {
    const char *reason;      /* audit reason: the symbol in lower case */
    const char *oauth_error; /* RFC 6749 section 5.2 and extensions */
    int http_status;
    const char *sentence; /* public; goes into error_description */
};

/* The row of a fault; FAULT_NONE has reason "none" and status 200. Static, never NULL. */
const struct fault_row *fault_row(enum fault fault);

/* The only control-flow macro of the project: hands a failure to the caller. */
#define TRY(call)                                                                                              \
    do {                                                                                                       \
        enum fault try_fault_ = (call);                                                                        \
        if (try_fault_ != FAULT_NONE)                                                                          \
            return try_fault_;                                                                                 \
    } while (0)

/* Programmer errors stay checked in release builds: prints and aborts. */
#define INVARIANT(condition)                                                                                   \
    do {                                                                                                       \
        if (!(condition))                                                                                      \
            fault_invariant_broken(#condition, __FILE__, __LINE__);                                            \
    } while (0)
__attribute__((noreturn)) void fault_invariant_broken(const char *condition, const char *file, int line);

#endif
