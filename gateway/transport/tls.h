/* TLS contexts for listeners: what is offered, and which key file is acceptable. Used by listener.c. */
#ifndef TRANSPORT_TLS_H
#define TRANSPORT_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/fault.h"

enum { DETAIL_SIZE = 256 };

/* FAULT_FILE_UNREADABLE with a sentence in detail when a file cannot be read, does not hold what it should, the
 * key does not belong to the certificate, or anybody but its owner may read the key. The context is the
 * caller's. With client_ca_file clients are asked for a certificate, which none has to show; any is taken whose
 * key is proved, and tls_guard_keep_certificate told of it. */
MUST_USE enum fault tls_context_create(const char *certificate_file, const char *key_file,
                                       const char *client_ca_file, SSL_CTX **context, char *detail);
/* Whether the certificate that this context shows names the host, a name or an address (RFC 9525), without its
 * port; and when it expires, in seconds since 1970. */
bool tls_certificate_names(const SSL_CTX *context, const char *host);
int64_t tls_certificate_expiry_s(const SSL_CTX *context);

#endif
