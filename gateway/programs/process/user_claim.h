/* That a user id is one gateway's alone on this machine, for as long as it has an adapter running as it: who
 * ends an adapter ends whatever runs as its user. */
#ifndef PROGRAMS_USER_CLAIM_H
#define PROGRAMS_USER_CLAIM_H

#include <sys/types.h>

/* A descriptor that holds the claim until it is closed, also across exec if it is let; -1: another process has
 * it. */
int user_claim_take(uid_t user);

#endif
