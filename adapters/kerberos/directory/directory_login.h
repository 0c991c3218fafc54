/* The gateway's own login at the directory: SASL's GSSAPI mechanism (RFC 4752), by the login that is there for
 * the KDC anyway. libsasl has no part in it, with its modules, caches and settings of the process. No layer of
 * its own is agreed on: what protects the connection is TLS, or that it does not leave the machine. */
#ifndef KERBEROS_DIRECTORY_LOGIN_H
#define KERBEROS_DIRECTORY_LOGIN_H

#include "delegation.h"
#include "directory_link.h"

/* host: of the service's name, ldap/host. */
MUST_USE enum adapter_outcome directory_log_in(struct adapter_call *call, struct directory_link *link,
                                               const struct delegation *delegation, const char *host);

#endif
