/* Which system calls an adapter's program may make: seccomp's layer of program_confinement.h. */
#ifndef CONFINEMENT_PROGRAM_CALLS_H
#define CONFINEMENT_PROGRAM_CALLS_H

#include <linux/filter.h>
#include <stdbool.h>

/* As the kernel takes it, from the heap; NULL when it cannot be made. has_listener: it may accept. */
struct sock_filter *program_calls_make(bool has_network, bool has_listener, unsigned short *length);
/* In the child; only system calls. */
bool program_calls_apply(const struct sock_filter *filter, unsigned short length);
/* One more filter: signals to this process and its group alone. */
bool program_calls_guard_signals(void);

#endif
