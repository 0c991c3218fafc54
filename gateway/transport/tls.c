/* TLS 1.2 and 1.3 with forward secrecy only, and nothing remembered between connections: no tickets, no session
 * cache, no early data, so nothing of one listener means anything at another. */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/private_file.h"
#include "base/text.h"
#include "guard/tls_guard.h"

static const unsigned char session_context[] = "dragoman";

/* Best first. */
static const unsigned char protocols[][9] = {"\x02h2", "\x08http/1.1"};

static const char *openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason != NULL ? reason : "unknown reason";
}

static bool offers(const unsigned char *offered, unsigned length, const unsigned char *protocol)
{
    size_t size = 1 + (size_t)protocol[0];
    for (size_t at = 0; at + size <= length; at += 1 + (size_t)offered[at]) {
        if (memcmp(offered + at, protocol, size) == 0)
            return true;
    }
    return false;
}

/* A client that offers only protocols unknown here is talking to the wrong server, and is told so (RFC 7301
 * section 3.2). */
static int select_protocol(SSL *ssl, const unsigned char **selected, unsigned char *selected_length,
                           const unsigned char *offered, unsigned length, void *context)
{
    (void)ssl;
    (void)context;
    for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
        if (offers(offered, length, protocols[i])) {
            *selected = protocols[i] + 1;
            *selected_length = protocols[i][0];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* An encrypted key file is a mistake, not a reason to ask on a terminal. */
static int no_passphrase(char *out, int size, int is_writing, void *context)
{
    (void)out;
    (void)size;
    (void)is_writing;
    (void)context;
    return 0;
}

static enum fault check_owner_only(FILE *file, const char *name, char *detail)
{
    struct stat status;
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        snprintf(detail, DETAIL_SIZE, "the key file %s is not a regular file", name);
        return FAULT_FILE_UNREADABLE;
    }
    if (!private_file_is_kept(&status)) {
        snprintf(detail, DETAIL_SIZE,
                 "the key file %s is open to others than its owner (mode %04o); set mode 0600", name,
                 (unsigned)status.st_mode & 07777);
        return FAULT_FILE_UNREADABLE;
    }
    return FAULT_NONE;
}

static enum fault use_key(SSL_CTX *context, FILE *file, const char *name, char *detail)
{
    TRY(check_owner_only(file, name, detail));
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
    bool is_used = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;
    EVP_PKEY_free(key);
    if (!is_used) {
        snprintf(detail, DETAIL_SIZE, "the key file %s is not an unencrypted PEM key for the certificate: %s",
                 name, openssl_reason());
        return FAULT_FILE_UNREADABLE;
    }
    return FAULT_NONE;
}

static enum fault use_files(SSL_CTX *context, const char *certificate_file, const char *key_file, char *detail)
{
    if (certificate_file == NULL || key_file == NULL) {
        snprintf(detail, DETAIL_SIZE, "a TLS listener needs a certificate file and a key file");
        return FAULT_FILE_UNREADABLE;
    }
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1) {
        snprintf(detail, DETAIL_SIZE, "the certificate file %s cannot be used: %s", certificate_file,
                 openssl_reason());
        return FAULT_FILE_UNREADABLE;
    }
    FILE *file = fopen(key_file, "re");
    if (file == NULL) {
        snprintf(detail, DETAIL_SIZE, "the key file %s cannot be opened: %m", key_file);
        return FAULT_FILE_UNREADABLE;
    }
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key in a buffer that nobody wipes */
    enum fault fault = use_key(context, file, key_file, detail);
    fclose(file);
    return fault;
}

static void harden(SSL_CTX *context)
{
    INVARIANT(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    INVARIANT(SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    INVARIANT(SSL_CTX_set_num_tickets(context, 0) == 1);
    INVARIANT(SSL_CTX_set_max_early_data(context, 0) == 1);
    INVARIANT(SSL_CTX_set_session_id_context(context, session_context, sizeof(session_context) - 1) == 1);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); /* idle connections are many */
    SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
    tls_guard_install(context);
}

/* --- certificates of clients --- */

/* In place of OpenSSL's own judgement, which would end the handshake: who is who with which certificate is said
 * by documents, which change while connections are open. Proof of the key comes after this, and without it
 * there is no connection. */
static int judge(X509_STORE_CTX *store, void *context)
{
    (void)context;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    bool is_verified = X509_verify_cert(store) == 1;
    tls_guard_keep_certificate(ssl, X509_STORE_CTX_get0_cert(store), is_verified);
    ERR_clear_error();
    return 1;
}

static enum fault ask_certificate(SSL_CTX *context, const char *authority_file, char *detail)
{
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(authority_file);
    if (names == NULL || SSL_CTX_load_verify_locations(context, authority_file, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        snprintf(detail, DETAIL_SIZE, "the authorities of clients in %s cannot be used: %s", authority_file,
                 openssl_reason());
        return FAULT_FILE_UNREADABLE;
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, judge, NULL);
    return FAULT_NONE;
}

enum fault tls_context_create(const char *certificate_file, const char *key_file, const char *client_ca_file,
                              SSL_CTX **context, char *detail)
{
    SSL_CTX *made = SSL_CTX_new(TLS_server_method());
    INVARIANT(made != NULL);
    harden(made);
    enum fault fault = use_files(made, certificate_file, key_file, detail);
    if (fault == FAULT_NONE && client_ca_file != NULL)
        fault = ask_certificate(made, client_ca_file, detail);
    if (fault != FAULT_NONE) {
        SSL_CTX_free(made);
        return fault;
    }
    *context = made;
    return FAULT_NONE;
}

bool tls_certificate_names(const SSL_CTX *context, const char *host)
{
    X509 *certificate = SSL_CTX_get0_certificate(context);
    return X509_check_ip_asc(certificate, host, 0) == 1 || X509_check_host(certificate, host, 0, 0, NULL) == 1;
}

int64_t tls_certificate_expiry_s(const SSL_CTX *context)
{
    struct tm expiry;
    INVARIANT(ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context)), &expiry) == 1);
    return timegm(&expiry);
}
