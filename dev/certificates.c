/* Makes the sandbox's certificates with OpenSSL; see certificates.h. */
#include "certificates.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { VALID_DAYS = 30, DAY_S = 24 * 3600 };

static void free_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

#define SCOPED_CERTIFICATE __attribute__((cleanup(free_certificate))) X509 *
#define SCOPED_KEY         __attribute__((cleanup(free_key))) EVP_PKEY *
#define SCOPED_FILE        __attribute__((cleanup(close_file))) FILE *

struct extension {
    int nid;
    const char *value;
};

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *extensions, size_t count)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, extensions[i].nid, extensions[i].value);
        bool is_added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        if (!is_added)
            return false;
    }
    return true;
}

/* A certificate with everything but extensions and signature; issuer NULL for one that signs itself. */
static X509 *draft(const char *name, EVP_PKEY *key, X509 *issuer)
{
    X509 *certificate = X509_new();
    BIGNUM *serial = BN_new();
    bool is_made =
        certificate != NULL && serial != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
        BN_rand(serial, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
        BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL &&
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), (long)VALID_DAYS * DAY_S) != NULL &&
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                   (const unsigned char *)name, -1, -1, 0) == 1 &&
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer != NULL ? issuer : certificate)) == 1 &&
        X509_set_pubkey(certificate, key) == 1;
    BN_free(serial);
    if (is_made)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static bool write_certificates(const char *path, X509 *const *certificates, size_t count)
{
    SCOPED_FILE file = fopen(path, "we");
    bool is_written = file != NULL;
    for (size_t i = 0; i < count && is_written; i++)
        is_written = PEM_write_X509(file, certificates[i]) == 1;
    return is_written && fflush(file) == 0;
}

static bool write_key(const char *path, EVP_PKEY *key)
{
    unlink(path);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    SCOPED_FILE file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    return file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && fflush(file) == 0;
}

bool certificates_make(const char *authority_file, const char *certificate_file, const char *key_file)
{
    static const struct extension authority_extensions[] = {
        {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign"},
        {NID_subject_key_identifier, "hash"},
    };
    static const struct extension server_extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid"},
    };
    SCOPED_KEY authority_key = EVP_EC_gen("P-256");
    SCOPED_KEY server_key = EVP_EC_gen("P-256");
    if (authority_key == NULL || server_key == NULL)
        return false;
    SCOPED_CERTIFICATE authority = draft("Dragoman sandbox authority", authority_key, NULL);
    SCOPED_CERTIFICATE server = authority == NULL ? NULL : draft("Dragoman sandbox", server_key, authority);
    return server != NULL && add_extensions(authority, authority, authority_extensions, 3) &&
           X509_sign(authority, authority_key, EVP_sha256()) > 0 &&
           add_extensions(server, authority, server_extensions, 6) &&
           X509_sign(server, authority_key, EVP_sha256()) > 0 &&
           write_certificates(authority_file, &authority, 1) &&
           write_certificates(certificate_file, &server, 1) && write_key(key_file, server_key);
}
