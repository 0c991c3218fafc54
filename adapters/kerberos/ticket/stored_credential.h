/* A credential's tickets, to be looked at: GSSAPI shows them only once they are stored, and stores a whole
 * credential or none of it. */
#ifndef KERBEROS_STORED_CREDENTIAL_H
#define KERBEROS_STORED_CREDENTIAL_H

#include <gssapi/gssapi.h>
#include <krb5.h>

#include "base/fault.h"

/* Into a cache in memory with a name that nobody else has. krb5_cc_destroy it: such a cache would live as long
 * as the process. NULL where it fails. */
MUST_USE krb5_error_code stored_credential_open(krb5_context context, gss_cred_id_t credential,
                                                krb5_ccache *cache);

#endif
