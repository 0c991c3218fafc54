/* A connection to a Unix socket that an adapter's document names. The adapter itself can make none: it is
 * handed this one, so that what else listens on this machine stays out of its reach. */
#ifndef PROGRAMS_CONNECTED_SOCKET_H
#define PROGRAMS_CONNECTED_SOCKET_H

#include "program_plan.h"

/* Its descriptor; -1, with a detail of PROGRAM_DETAIL_SIZE bytes: also where others than root and our own user
 * could have put it there or listen behind it, and where it is the gateway's own. */
int connected_socket_open(const struct program_plan *plan, const char *path, char *detail);

#endif
