/* The guard before OpenSSL: handshakes, and what comes in TLS records afterwards and is not for HTTP. Neither
 * reaches connection_guard.c. Installed by tls.c. */
#ifndef TRANSPORT_TLS_GUARD_H
#define TRANSPORT_TLS_GUARD_H

#include <openssl/ssl.h>

/* Records after the handshake that carry no application data: key updates (RFC 8446 section 4.6.3), alerts. An
 * honest client sends one when it says goodbye; new keys are wanted after 2^24 records (section 5.5), which is
 * more than a connection here ever sends. */
enum { TLS_CONTROL_RECORDS_MAX = 16 };

/* Every connection of this context that sends more of them is cut, and a handshake with a message of more than
 * HANDSHAKE_MESSAGE_MAX fails. */
void tls_guard_install(SSL_CTX *context);

#endif
