/* What the certificate that a server shows is bound by: the channel binding "tls-server-end-point" of RFC 5929
 * section 4.1. Used by http_stream.c alone. */
#ifndef RUNTIME_HTTP_BINDING_H
#define RUNTIME_HTTP_BINDING_H

#include <curl/curl.h>
#include <openssl/x509.h>

#include <stdbool.h>

#include "base/text.h"

struct http_binding {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    size_t length; /* 0: none */
};

/* Of a connection that this transfer is about to use, from inside CURLOPT_PREREQFUNCTION; without TLS none. */
struct http_binding http_binding_of_connection(CURL *easy);
struct http_binding http_binding_of_certificate(X509 *certificate);
bool http_binding_is(const struct http_binding *binding, struct text expected);

#endif
