/* One connection to the directory, with TLS where it has it, and the one moment at which all of it ends:
 * libldap waits for less than whole answers as long as it likes, so at that moment the connection is taken from
 * it. Also what the directory's errors mean, for every step. */
#ifndef KERBEROS_DIRECTORY_LINK_H
#define KERBEROS_DIRECTORY_LINK_H

#include <ldap.h>

#include "dragoman/adapter_sdk.h"
#include "kdc_address.h"

struct directory_link;

struct directory_place {
    struct kdc_address address;
    bool is_secure; /* else there is no TLS, which is for loopback alone */
};

/* until_ms of the monotonic clock. *link is to be closed however this ends, and may be NULL then. */
MUST_USE enum adapter_outcome directory_link_open(struct adapter_call *call, struct directory_place *place,
                                                  int64_t until_ms, struct directory_link **link);
void directory_link_close(struct directory_link *link); /* NULL is fine */

LDAP *directory_link_session(struct directory_link *link);
bool directory_link_is_secure(const struct directory_link *link);
/* What is left. */
struct timeval directory_link_rest(const struct directory_link *link);
/* Ends the call with libldap's code, never with ADAPTER_DONE; step: "the search". */
MUST_USE enum adapter_outcome directory_link_end(struct adapter_call *call, struct directory_link *link,
                                                 const char *step, int code);

#endif
