/* The hash is that of the certificate's signature. MD5 and SHA-1 are replaced by SHA-256 (RFC 5929
 * section 4.1). A signature without a hash of its own (EdDSA) is left undefined there; SHA-256 is what servers
 * take that take anything, and it tells one certificate from another all the same. */
#include "http_binding.h"

#include <string.h>

#include <openssl/ssl.h>

static const EVP_MD *hash_of(X509 *certificate)
{
    int hash = NID_undef;
    bool is_known = X509_get_signature_info(certificate, &hash, NULL, NULL, NULL) == 1;
    if (!is_known || hash == NID_undef || hash == NID_md5 || hash == NID_sha1 || hash == NID_md5_sha1)
        return EVP_sha256();
    const EVP_MD *found = EVP_get_digestbynid(hash);
    return found != NULL ? found : EVP_sha256();
}

struct http_binding http_binding_of_certificate(X509 *certificate)
{
    struct http_binding binding = {.length = 0};
    unsigned length = 0;
    if (X509_digest(certificate, hash_of(certificate), binding.bytes, &length) == 1)
        binding.length = length;
    return binding;
}

struct http_binding http_binding_of_connection(CURL *easy)
{
    struct curl_tlssessioninfo *session = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL ||
        session->backend != CURLSSLBACKEND_OPENSSL || session->internals == NULL)
        return (struct http_binding){.length = 0};
    X509 *certificate = SSL_get1_peer_certificate(session->internals);
    if (certificate == NULL)
        return (struct http_binding){.length = 0};
    struct http_binding binding = http_binding_of_certificate(certificate);
    X509_free(certificate);
    return binding;
}

bool http_binding_is(const struct http_binding *binding, struct text expected)
{
    return binding->length != 0 && binding->length == expected.length &&
           memcmp(binding->bytes, expected.base, expected.length) == 0;
}
