/* What is in a certificate, read with OpenSSL. */
#ifndef TRANSPORT_CERTIFICATE_NAMES_H
#define TRANSPORT_CERTIFICATE_NAMES_H

#include <openssl/x509.h>

#include "transport/client_certificate.h"

/* Fills in thumbprint and names; more names than there is room for are left out, so that they fit nothing. */
void certificate_names_read(struct arena *arena, X509 *x509, struct client_certificate *certificate);
void certificate_names_add(struct client_certificate *certificate, enum certificate_name_kind kind,
                           struct text value);

#endif
