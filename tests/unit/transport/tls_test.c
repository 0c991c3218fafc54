/* What a TLS listener agrees to. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/ssl.h>
#include <stdlib.h>

#include "stage.h"
#include "tls.h"
#include "wire.h"

static void speaks_tls_1_2_and_1_3_and_nothing_older(void **state)
{
    (void)state;
    static const struct {
        int version;
        bool is_spoken;
    } rows[] = {{TLS1_VERSION, false}, {TLS1_1_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_3_VERSION, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct wire *wire = wire_open_tls_version(stage.tls_port, "h2", rows[i].version);
        assert_int_equal(wire != NULL, rows[i].is_spoken);
        wire_close(wire);
    }
}

static void agrees_on_http2_and_http1_and_on_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *protocol;
        bool is_spoken;
    } rows[] = {{"h2", true},  {"http/1.1", true}, {"http/1.0", false},
                {"h3", false}, {"smtp", false},    {"h", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct wire *wire = wire_open_tls(stage.tls_port, rows[i].protocol);
        assert_int_equal(wire != NULL,
                         rows[i].is_spoken); /* else an alert, not a connection without protocol */
        if (wire != NULL)
            assert_true(wire_agreed_on(wire, rows[i].protocol));
        wire_close(wire);
    }
}

static void remembers_nothing_and_asks_for_tls_1_2_by_itself(void **state)
{
    (void)state;
    SSL_CTX *context;
    char detail[DETAIL_SIZE];
    assert_int_equal(tls_context_create(stage.certificate, stage.key, NULL, &context, detail), FAULT_NONE);
    assert_int_equal(SSL_CTX_get_session_cache_mode(context), SSL_SESS_CACHE_OFF);
    assert_int_equal(SSL_CTX_get_num_tickets(context), 0);
    assert_int_equal(SSL_CTX_get_max_early_data(context), 0);
    assert_int_equal(SSL_CTX_get_min_proto_version(context), TLS1_2_VERSION);
    uint64_t options = SSL_CTX_get_options(context);
    uint64_t wanted = SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;
    assert_int_equal(options & wanted, wanted);
    SSL_CTX_free(context);
}

static void offers_forward_secrecy_and_authenticated_ciphers_only(void **state)
{
    (void)state;
    SSL_CTX *context;
    char detail[DETAIL_SIZE];
    assert_int_equal(tls_context_create(stage.certificate, stage.key, NULL, &context, detail), FAULT_NONE);
    STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(context);
    assert_true(sk_SSL_CIPHER_num(ciphers) > 3);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
        int exchange = SSL_CIPHER_get_kx_nid(cipher);
        assert_true(SSL_CIPHER_is_aead(cipher));
        assert_true(exchange == NID_kx_ecdhe || exchange == NID_kx_any);
    }
    SSL_CTX_free(context);
}

static void tells_what_its_certificate_names_and_until_when_it_holds(void **state)
{
    (void)state;
    SSL_CTX *context;
    char detail[DETAIL_SIZE];
    assert_int_equal(tls_context_create(stage.certificate, stage.key, NULL, &context, detail), FAULT_NONE);
    X509 *certificate = SSL_CTX_get0_certificate(context);
    time_t before = tls_certificate_expiry_s(context) - 1, after = before + 2;
    assert_true(X509_cmp_time(X509_get0_notAfter(certificate), &before) > 0);
    assert_true(X509_cmp_time(X509_get0_notAfter(certificate), &after) < 0);
    assert_true(tls_certificate_names(context, "localhost"));
    assert_true(tls_certificate_names(context, "127.0.0.1"));
    assert_false(tls_certificate_names(context, "127.0.0.2"));
    assert_false(tls_certificate_names(context, "gateway.example"));
    assert_false(tls_certificate_names(context, ""));
    assert_int_equal(server_certificate_expiry_s(stage.server), before + 1);
    assert_true(server_certificate_names(stage.server, "localhost"));
    assert_false(server_certificate_names(stage.server, "gateway.example"));
    SSL_CTX_free(context);
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    setenv("OPENSSL_CONF", "/dev/null", 1); /* what this system asks for is not what is tested */
    const struct CMUnitTest tests[] = {
        STAGE_TEST(speaks_tls_1_2_and_1_3_and_nothing_older),
        STAGE_TEST(agrees_on_http2_and_http1_and_on_nothing_else),
        STAGE_TEST(remembers_nothing_and_asks_for_tls_1_2_by_itself),
        STAGE_TEST(offers_forward_secrecy_and_authenticated_ciphers_only),
        STAGE_TEST(tells_what_its_certificate_names_and_until_when_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
