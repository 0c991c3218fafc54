/* What a KDC wrote into the evidence of an impersonation, to tell causes apart that it answers alike. */
#ifndef KERBEROS_EVIDENCE_H
#define KERBEROS_EVIDENCE_H

#include <gssapi/gssapi.h>
#include <stdbool.h>

/* Whether the ticket to ourselves that S4U2Self gave may be used for others: not where the subject must not be
 * delegated, and not where the gateway may not do protocol transition. */
bool evidence_is_forwardable(gss_cred_id_t evidence);

#endif
