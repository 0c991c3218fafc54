/* What proxies say of the address that a request comes from: X-Forwarded-For, or Forwarded (RFC 7239). Whoever
 * sends a request may write either, so it is read from the right, the end that our own terminators wrote, and
 * only as far as they are among those that are believed. Pure. */
#ifndef TRANSPORT_FORWARDED_ADDRESS_H
#define TRANSPORT_FORWARDED_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/text.h"
#include "runtime/address_guard.h"

enum { FORWARDED_HOPS_MAX = 32 };

/* A chain of hops, first to last, as far as it has been read. */
struct forwarded_hops {
    struct text hops[FORWARDED_HOPS_MAX]; /* as written; of Forwarded the value of "for", without quotes */
    size_t count;
};

/* Add what one field line says, in the order the lines came; false when it cannot be read, says nothing, or
 * there are too many. */
bool forwarded_hops_add_list(struct forwarded_hops *hops, struct text line);      /* X-Forwarded-For */
bool forwarded_hops_add_forwarded(struct forwarded_hops *hops, struct text line); /* Forwarded */
/* The last hop that is not believed itself; the first one where all are. false where that is not a numeric
 * address, such as "unknown": the terminator does not say who it is. */
bool forwarded_hops_client(const struct forwarded_hops *hops, const struct address_guard *believed,
                           struct sockaddr_storage *client);

#endif
