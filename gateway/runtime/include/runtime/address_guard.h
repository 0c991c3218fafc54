/* Which addresses outbound connections may go to. Refused are loopback, private, link-local, unique-local,
 * shared (100.64/10), multicast, unspecified, documentation and benchmarking ranges, and the same inside
 * IPv4-mapped, 6to4 and NAT64 addresses; an operator lists exceptions as CIDR. The address that is used is
 * checked, not a name. */
#ifndef RUNTIME_ADDRESS_GUARD_H
#define RUNTIME_ADDRESS_GUARD_H

#include <sys/socket.h>

#include "base/arena.h"
#include "base/fault.h"

struct address_guard;

/* exceptions: CIDR texts such as "127.0.0.0/8" or "::1/128". FAULT_OUTBOUND_REFUSED if one is malformed; *bad
 * then is its index. Lives in the arena. */
MUST_USE enum fault address_guard_create(struct arena *arena, const struct text *exceptions, size_t count,
                                         const struct address_guard **guard, size_t *bad);
bool address_guard_allows(const struct address_guard *guard, const struct sockaddr *address);
/* Whether it is in one of the exceptions, for lists of addresses that are that and nothing else. */
bool address_guard_lists(const struct address_guard *guard, const struct sockaddr *address);
/* 127.0.0.0/8 and ::1, as they are; what may be spoken to without TLS. */
bool address_guard_is_loopback(const struct sockaddr *address);

#endif
