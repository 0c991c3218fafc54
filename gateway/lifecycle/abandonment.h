/* When a withdrawal that found nothing may be believed. Pure; withdrawal.c asks it. Private to this room. */
#ifndef LIFECYCLE_ABANDONMENT_H
#define LIFECYCLE_ABANDONMENT_H

#include "store/row.h"

/* 0: what is gone is gone for good. Else the second from which on it is to be looked for again: of a lease
 * whose making nobody saw end, the other side may still be at it when it is withdrawn for the first time. */
int64_t abandonment_look_again_at_s(const struct store_lease *lease, int64_t now_s, int64_t pending_s);

#endif
