/* A key update is 27 bytes to its sender and a dozen microseconds to us, and h2o decrypts everything that has
 * arrived before it lets anybody else have a turn. So a connection is cut in the middle of that. */
#include "guard/tls_guard.h"

#include <h2o.h>

#include "connection.h"

/* h2o keeps its socket in the BIO. The one for writing is never exchanged. */
static struct connection *connection_of_ssl(const SSL *ssl)
{
    const h2o_socket_t *socket = BIO_get_data(SSL_get_wbio(ssl));
    return socket->on_close.data;
}

/* --- during the handshake --- */

/* What OpenSSL has read from h2o: a record's header, or what is left of a record. It makes room for a whole
 * message once it has read how long that says it is, up to 131 kB for a ClientHello, which may also be the
 * second one (RFC 8446 section 4.1.2). In TLS 1.2 what follows a ChangeCipherSpec is encrypted. */
static long on_input(BIO *bio, int operation, const char *bytes, size_t length, int unused_number,
                     long unused_number_too, int result, size_t *taken)
{
    (void)length;
    (void)unused_number;
    (void)unused_number_too;
    if (operation != (BIO_CB_READ | BIO_CB_RETURN) || result <= 0)
        return result;
    const SSL *ssl = (const SSL *)(const void *)BIO_get_callback_arg(bio);
    struct handshake_scanner *scanner = &connection_of_ssl(ssl)->guard.handshake;
    if ((scanner->has_change_cipher && SSL_version(ssl) < TLS1_3_VERSION) ||
        handshake_scanner_read(scanner, bytes, *taken))
        return result;
    BIO_clear_retry_flags(bio); /* an error, and no reason to wait for more */
    return -1;
}

static void on_progress(const SSL *ssl, int where, int result)
{
    (void)result;
    BIO *bio = SSL_get_rbio(ssl);
    if ((where & SSL_CB_HANDSHAKE_START) != 0) {
        BIO_set_callback_ex(bio, on_input);
        BIO_set_callback_arg(bio, (char *)(uintptr_t)ssl);
    } else if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
        BIO_set_callback_ex(bio, NULL);
    }
}

/* --- afterwards --- */

/* OpenSSL finds the end of the connection instead of what h2o still holds of it, and h2o closes. */
static void end_input(SSL *ssl)
{
    BIO *nothing = BIO_new(BIO_s_null());
    INVARIANT(nothing != NULL);
    SSL_set0_rbio(ssl, nothing);
}

/* Once a record: its header tells what it carries, but in TLS 1.3 says "application data" of everything that is
 * encrypted (RFC 8446 section 5.2), and the type inside is reported by itself. */
static void on_record(int is_sent, int version, int what, const void *bytes, size_t length, SSL *ssl,
                      void *context)
{
    (void)version;
    (void)context;
    bool is_type = what == SSL3_RT_HEADER || what == SSL3_RT_INNER_CONTENT_TYPE;
    if (is_sent || !is_type || length == 0 || !SSL_is_init_finished(ssl) ||
        *(const unsigned char *)bytes == SSL3_RT_APPLICATION_DATA)
        return;
    struct connection_guard *guard = &connection_of_ssl(ssl)->guard;
    if (guard->control_records++ < guard->serving->server->options.limits.control_records)
        return;
    connection_guard_cut_within_read(guard, CUT_CONTROL_RECORDS);
    end_input(ssl);
}

void tls_guard_keep_certificate(const SSL *ssl, X509 *certificate, bool is_verified)
{
    struct connection *connection = connection_of_ssl(ssl);
    if (certificate == NULL || connection->certificate != NULL || X509_up_ref(certificate) != 1)
        return;
    connection->certificate = certificate;
    connection->is_certificate_verified = is_verified;
}

void tls_guard_install(SSL_CTX *context)
{
    SSL_CTX_set_info_callback(context, on_progress);
    SSL_CTX_set_msg_callback(context, on_record);
}
