/* Which system calls the process may make from now on: seccomp(2). */
#ifndef CONFINEMENT_SYSTEM_CALLS_H
#define CONFINEMENT_SYSTEM_CALLS_H

#include <stdbool.h>

/* False when there is no filter. */
bool system_calls_apply(bool is_sanitized);

#endif
