/* libldap as it is used here: nothing of the machine's or the environment's has a say (ldap.conf(5)), servers
 * without a certificate of ours are none, and TLS is of version 1.2 at least. All of this is the process's. */
#ifndef KERBEROS_DIRECTORY_LIBRARY_H
#define KERBEROS_DIRECTORY_LIBRARY_H

#include <stdbool.h>

#include "base/fault.h"

/* Before anything else uses libldap. authorities: a file of certificates in PEM, open for reading; -1: the
 * system's. False with a sentence about what is wrong. */
MUST_USE bool directory_library_begin(int authorities, const char **mistake);

#endif
