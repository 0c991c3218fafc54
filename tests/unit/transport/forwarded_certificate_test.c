/* X-Forwarded-Client-Cert as Envoy writes it, and HAProxy when told to: the last element, read in one way or
 * not at all. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "origin/forwarded_certificate.h"

#define HASH "00112233445566778899AABBccddeeff00112233445566778899aabbccddeeff"

struct made {
    char *pem, *encoded, hash[2 * DIGEST_SIZE + 1];
};

static void add_names(X509 *x509, const char *names)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static char *percent(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = calloc(3, strlen(text) + 1), *at = out;
    for (; *text != '\0'; text++) {
        if (strchr(" \n+/=", *text) == NULL) {
            *at++ = *text;
            continue;
        }
        *at++ = '%';
        *at++ = digits[(unsigned char)*text >> 4];
        *at++ = digits[(unsigned char)*text & 15];
    }
    return out;
}

/* A certificate with every kind of name. */
static struct made make_certificate(void)
{
    struct made made = {0};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    assert_int_equal(X509_set_version(x509, 2), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Corp, Inc", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"agent", -1, -1, 0);
    add_names(x509, "URI:spiffe://x/agent,DNS:a.example,IP:192.0.2.7,IP:2001:db8::7,email:a@example.org");
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    BIO *out = BIO_new(BIO_s_mem());
    char *bytes;
    assert_int_equal(PEM_write_bio_X509(out, x509), 1);
    long length = BIO_get_mem_data(out, &bytes);
    made.pem = strndup(bytes, (size_t)length);
    made.encoded = percent(made.pem);
    unsigned char digest[DIGEST_SIZE];
    X509_digest(x509, EVP_sha256(), digest, NULL);
    digest_hex(digest, made.hash);
    BIO_free(out);
    X509_free(x509);
    EVP_PKEY_free(key);
    return made;
}

static void free_made(struct made *made)
{
    free(made->pem);
    free(made->encoded);
}

static void has_the_names_that_are_in_the_certificate(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct client_certificate read;
    struct made made = make_certificate();
    struct text header =
        arena_print(arena, "By=x;Hash=%s;Cert=\"%s\";URI=spiffe://x/lie;DNS=lie", made.hash, made.encoded);
    assert_true(forwarded_certificate_read(arena, header, &read));
    assert_true(read.is_verified);
    assert_true(client_certificate_has(&read, CERTIFICATE_SUBJECT, TEXT("CN=agent,O=Corp\\, Inc")));
    assert_true(client_certificate_has(&read, CERTIFICATE_URI, TEXT("spiffe://x/agent")));
    assert_true(client_certificate_has(&read, CERTIFICATE_DNS, TEXT("A.example")));
    assert_true(client_certificate_has(&read, CERTIFICATE_IP, TEXT("192.0.2.7")));
    assert_true(client_certificate_has(&read, CERTIFICATE_IP, TEXT("2001:db8::7")));
    assert_true(client_certificate_has(&read, CERTIFICATE_EMAIL, TEXT("a@example.org")));
    assert_false(client_certificate_has(&read, CERTIFICATE_URI, TEXT("spiffe://x/Agent")));
    assert_false(client_certificate_has(&read, CERTIFICATE_URI, TEXT("spiffe://x/lie")));
    assert_false(client_certificate_has(&read, CERTIFICATE_EMAIL, TEXT("a.example")));
    /* As HAProxy writes it: one line, and its plus signs as they are. */
    char *line = strdup(made.pem), *to = line + strlen("-----BEGIN CERTIFICATE-----\n");
    for (char *from = to; *from != '\0' && *from != '-'; from++)
        if (*from != '\n')
            *to++ = *from;
    *to = '\0';
    header = arena_print(arena, "Cert=\"-----BEGIN%%20CERTIFICATE-----%%0A%s%%0A-----END%%20CERTIFICATE-----\"",
                         line + strlen("-----BEGIN CERTIFICATE-----\n"));
    assert_true(forwarded_certificate_read(arena, header, &read));
    assert_true(client_certificate_has(&read, CERTIFICATE_IP, TEXT("192.0.2.7")));
    header = arena_print(arena, "Hash=" HASH ";Cert=\"%s\"", made.encoded);
    assert_false(forwarded_certificate_read(arena, header, &read));
    header = arena_print(arena, "Cert=\"%sAAAA\"", made.encoded);
    assert_true(
        forwarded_certificate_read(arena, header, &read)); /* behind the end line: the next of a chain */
    free(line);
    free_made(&made);
}

static void has_what_is_said_where_the_certificate_is_not_there(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct client_certificate read;
    assert_true(forwarded_certificate_read(
        arena, TEXT("By=spiffe://x/y;Hash=" HASH ";Subject=\"CN=\\\"a\\\";,O=b\";URI=spiffe://x/z;DNS=a;DNS=b"),
        &read));
    assert_int_equal(read.thumbprint[0], 0x00);
    assert_int_equal(read.thumbprint[10], 0xaa);
    assert_true(client_certificate_has(&read, CERTIFICATE_SUBJECT, TEXT("CN=\"a\";,O=b")));
    assert_true(client_certificate_has(&read, CERTIFICATE_DNS, TEXT("a")));
    assert_true(client_certificate_has(&read, CERTIFICATE_DNS, TEXT("b")));
    assert_true(client_certificate_has(&read, CERTIFICATE_URI, TEXT("spiffe://x/z")));
}

static void of_several_the_last_counts(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct client_certificate read;
    assert_true(forwarded_certificate_read(
        arena, TEXT("Hash=" HASH ";URI=first;Subject=\"a,b;c\", hash=" HASH ";uri=last"), &read));
    assert_true(client_certificate_has(&read, CERTIFICATE_URI, TEXT("last")));
    assert_int_equal(read.name_count, 1);
}

static void is_refused_where_it_can_be_read_in_none_or_two_ways(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct client_certificate read;
    static const char *const bad[] = {
        "",
        "x",
        "URI=a",
        "Hash=12",
        "Hash=" HASH ";",
        "Hash=" HASH ",",
        "Hash=" HASH ";Hash=" HASH,
        "Hash=" HASH ";Subject=\"a",
        "Hash=" HASH ";Subject=\"a\"b",
        "Hash=" HASH ";Subject=a;Subject=b",
        "Hash=" HASH ";=a",
        "Hash=" HASH ";U RI=a",
        "Hash=" HASH "0",
        "Hash=" HASH ";Cert=\"%4\"",
        "Hash=" HASH ";Cert=\"x\"",
        "Cert=\"-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----\"",
        "Hash=" HASH ";Subject=\"\\",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (forwarded_certificate_read(arena, text_of(bad[i]), &read))
            fail_msg("taken: %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_names_that_are_in_the_certificate),
        cmocka_unit_test(has_what_is_said_where_the_certificate_is_not_there),
        cmocka_unit_test(of_several_the_last_counts),
        cmocka_unit_test(is_refused_where_it_can_be_read_in_none_or_two_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
