/* Which hash a certificate is bound by, and that nothing goes to a server that shows another. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "certificate.h"
#include "http_binding.h"
#include "stream_stage.h"

/* --- certificates --- */

static X509 *make(EVP_PKEY *key, const EVP_MD *hash, bool is_pss)
{
    X509 *certificate = X509_new();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_int_equal(EVP_DigestSignInit(context, &parameters, hash, NULL, key), 1);
    if (is_pss)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING), 1);
    assert_true(X509_sign_ctx(certificate, context) > 0);
    EVP_MD_CTX_free(context);
    return certificate;
}

static void assert_bound_by(EVP_PKEY *key, const EVP_MD *signed_by, bool is_pss, const EVP_MD *expected)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length;
    X509 *certificate = make(key, signed_by, is_pss);
    struct http_binding binding = http_binding_of_certificate(certificate);
    assert_int_equal(X509_digest(certificate, expected, digest, &length), 1);
    assert_true(http_binding_is(&binding, (struct text){(const char *)digest, length}));
    digest[0] ^= 1;
    assert_false(http_binding_is(&binding, (struct text){(const char *)digest, length}));
    X509_free(certificate);
}

static void binds_by_the_hash_of_the_signature_but_by_none_that_is_weak(void **state)
{
    (void)state;
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-384"),
             *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_bound_by(rsa, EVP_sha256(), false, EVP_sha256());
    assert_bound_by(rsa, EVP_sha512(), false, EVP_sha512());
    assert_bound_by(rsa, EVP_sha384(), true, EVP_sha384());
    assert_bound_by(ec, EVP_sha384(), false, EVP_sha384());
    assert_bound_by(rsa, EVP_sha1(), false, EVP_sha256());
    assert_bound_by(rsa, EVP_md5(), false, EVP_sha256());
    assert_bound_by(ed, NULL, false, EVP_sha256());
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(ed);
}

static void takes_none_for_nothing(void **state)
{
    (void)state;
    struct http_binding none = {.length = 0};
    assert_false(http_binding_is(&none, TEXT_NONE));
    assert_false(http_binding_is(&none, TEXT("")));
}

/* --- servers --- */

static struct text own_binding(unsigned char digest[EVP_MAX_MD_SIZE])
{
    unsigned length;
    FILE *file = fopen(stage.certificate, "r");
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, &length), 1);
    X509_free(certificate);
    return (struct text){(const char *)digest, length};
}

static void learns_what_the_server_shows_and_sends_nothing(void **state)
{
    (void)state;
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct http_stream_request request = stage_request();
    request.is_handshake_only = true;
    stage_run(&request);
    assert_int_equal(stage.fault, FAULT_NONE);
    assert_int_equal(stage.status, 0);
    struct text own = own_binding(digest);
    assert_int_equal(stage.seen.binding_length, own.length);
    assert_memory_equal(stage.seen.binding, own.base, own.length);
    assert_true(keeping_server_settle(stage.server));
    assert_int_equal(keeping_server_requests(stage.server), 0);
}

static void sends_to_the_server_that_shows_what_was_expected(void **state)
{
    (void)state;
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct http_stream_request request = stage_request();
    request.expected_binding = own_binding(digest);
    for (int i = 0; i < 3; i++) {
        stage_run(&request);
        assert_int_equal(stage.fault, FAULT_NONE);
        assert_int_equal(stage.number, 1); /* also on a connection that was kept */
    }
}

static void assert_nothing_was_sent(unsigned requests)
{
    assert_int_equal(stage.fault, FAULT_OUTBOUND_CERTIFICATE);
    assert_int_equal(stage.status, 0);
    assert_string_equal(stage.seen.detail, "the server shows another certificate than was expected");
    assert_true(keeping_server_settle(stage.server));
    assert_int_equal(keeping_server_requests(stage.server), requests);
}

static void sends_nothing_to_one_that_shows_another(void **state)
{
    (void)state;
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct http_stream_request request = stage_request();
    struct text expected = own_binding(digest);
    digest[31] ^= 1;
    request.expected_binding = expected;
    stage_run(&request);
    assert_nothing_was_sent(0);
    expected.length = 31;
    request.expected_binding = expected;
    stage_run(&request);
    assert_nothing_was_sent(0);
    static const char longer[200];
    request.expected_binding = (struct text){longer, sizeof(longer)};
    stage_run(&request);
    assert_nothing_was_sent(0);
    request.expected_binding = TEXT("");
    stage_run(&request);
    assert_nothing_was_sent(0);
}

static void sends_nothing_on_a_kept_connection_to_one_that_showed_another(void **state)
{
    (void)state;
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct http_stream_request request = stage_request();
    stage_run(&request);
    assert_int_equal(stage.fault, FAULT_NONE);
    request.expected_binding = own_binding(digest);
    digest[0] ^= 1;
    stage_run(&request);
    assert_nothing_was_sent(1);
    digest[0] ^= 1;
    stage_run(&request);
    assert_int_equal(stage.fault, FAULT_NONE);
    assert_int_equal(stage.number, 2); /* the other was closed */
}

static void append_file(const char *to, const char *directory)
{
    char path[64], bytes[4096];
    snprintf(path, sizeof(path), "%s/tls.crt", directory);
    FILE *from = fopen(path, "r"), *out = fopen(to, "a");
    size_t length = fread(bytes, 1, sizeof(bytes), from);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    fclose(from);
    fclose(out);
}

static void remove_certificate(const char *directory)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/tls.crt", directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s/tls.key", directory);
    unlink(path);
    assert_int_equal(rmdir(directory), 0);
}

/* Trusted all the same: the two are in one file of authorities. */
static void notices_a_certificate_that_was_changed_in_between(void **state)
{
    (void)state;
    unsigned char digest[EVP_MAX_MD_SIZE];
    char other[] = "/tmp/stream-other-XXXXXX";
    struct http_stream_request request = stage_request();
    request.expected_binding = own_binding(digest);
    assert_non_null(mkdtemp(other));
    certificate_write(other);
    append_file(stage.certificate, other);
    keeping_server_change(stage.server, other);
    stage_run(&request);
    assert_nothing_was_sent(0);
    request.expected_binding = TEXT_NONE;
    stage_run(&request);
    assert_int_equal(stage.fault, FAULT_NONE);
    remove_certificate(other);
}

static void expects_no_certificate_without_tls(void **state)
{
    (void)state;
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct http_stream_request request = stage_request();
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", keeping_server_port(stage.server));
    request.url = text_of(url);
    request.expected_binding = own_binding(digest);
    stage_run(&request);
    assert_int_equal(stage.fault, FAULT_OUTBOUND_CERTIFICATE);
    request.is_handshake_only = true;
    stage_run(&request);
    assert_int_equal(stage.fault, FAULT_OUTBOUND_FAILED);
    assert_int_equal(stage.seen.binding_length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_by_the_hash_of_the_signature_but_by_none_that_is_weak),
        cmocka_unit_test(takes_none_for_nothing),
        cmocka_unit_test_setup_teardown(learns_what_the_server_shows_and_sends_nothing, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(sends_to_the_server_that_shows_what_was_expected, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(sends_nothing_to_one_that_shows_another, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(sends_nothing_on_a_kept_connection_to_one_that_showed_another,
                                        stage_open, stage_close),
        cmocka_unit_test_setup_teardown(notices_a_certificate_that_was_changed_in_between, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(expects_no_certificate_without_tls, stage_open, stage_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
