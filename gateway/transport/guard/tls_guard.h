/* The guard before OpenSSL: handshakes, and what comes in TLS records afterwards and is not for HTTP. Neither
 * reaches connection_guard.c. Installed by tls.c. */
#ifndef TRANSPORT_TLS_GUARD_H
#define TRANSPORT_TLS_GUARD_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* Every connection of this context that sends more control records than its server's limits allow is cut, and a
 * handshake with a message of more than HANDSHAKE_MESSAGE_MAX fails. */
void tls_guard_install(SSL_CTX *context);
/* The client shows this certificate; is_verified: one of the authorities that are configured vouches for it. */
void tls_guard_keep_certificate(const SSL *ssl, X509 *certificate, bool is_verified);

#endif
