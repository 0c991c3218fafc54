/* What logins of people go out by: for each loop an HTTP client behind the address guard, what issuers said not
 * long ago of where people log in, and clients of themselves. Made and destroyed by worker/. */
#ifndef AUTHORIZATION_PEOPLE_KEEPER_H
#define AUTHORIZATION_PEOPLE_KEEPER_H

#include <stddef.h>

#include "runtime/address_guard.h"
#include "runtime/loop.h"

struct people_keeper;

/* guard outlives it; ca_file NULL: the system's. */
struct people_keeper *people_keeper_create(struct loop *const *loops, size_t count,
                                           const struct address_guard *guard, const char *ca_file);
/* When no loop runs any more, before they are destroyed. NULL is fine. */
void people_keeper_destroy(struct people_keeper *keeper);

#endif
