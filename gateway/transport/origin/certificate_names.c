/* See certificate_names.h. A name with a byte of zero in it is two names to two readers, and so none here. */
#include "origin/certificate_names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <string.h>

void certificate_names_add(struct client_certificate *certificate, enum certificate_name_kind kind,
                           struct text value)
{
    bool is_whole = value.length != 0 && memchr(value.base, '\0', value.length) == NULL;
    if (is_whole && certificate->name_count < CERTIFICATE_NAMES_MAX)
        certificate->names[certificate->name_count++] = (struct certificate_name){kind, value};
}

static void add_subject(struct arena *arena, X509 *x509, struct client_certificate *certificate)
{
    BIO *out = BIO_new(BIO_s_mem());
    INVARIANT(out != NULL);
    char *written;
    if (X509_NAME_print_ex(out, X509_get_subject_name(x509), 0, XN_FLAG_RFC2253) > 0) {
        long length = BIO_get_mem_data(out, &written);
        certificate_names_add(certificate, CERTIFICATE_SUBJECT,
                              arena_copy(arena, (struct text){written, length > 0 ? (size_t)length : 0}));
    }
    BIO_free(out);
}

static void add_string(struct arena *arena, struct client_certificate *certificate,
                       enum certificate_name_kind kind, const ASN1_IA5STRING *string)
{
    struct text value = {(const char *)ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string)};
    certificate_names_add(certificate, kind, arena_copy(arena, value));
}

static void add_address(struct arena *arena, struct client_certificate *certificate,
                        const ASN1_OCTET_STRING *bytes)
{
    char *out = arena_allocate(arena, INET6_ADDRSTRLEN);
    int length = ASN1_STRING_length(bytes);
    if ((length == 4 || length == 16) && inet_ntop(length == 4 ? AF_INET : AF_INET6,
                                                   ASN1_STRING_get0_data(bytes), out, INET6_ADDRSTRLEN) != NULL)
        certificate_names_add(certificate, CERTIFICATE_IP, text_of(out));
}

static void add_alternative(struct arena *arena, struct client_certificate *certificate,
                            const GENERAL_NAME *name)
{
    if (name->type == GEN_DNS)
        add_string(arena, certificate, CERTIFICATE_DNS, name->d.dNSName);
    else if (name->type == GEN_URI)
        add_string(arena, certificate, CERTIFICATE_URI, name->d.uniformResourceIdentifier);
    else if (name->type == GEN_EMAIL)
        add_string(arena, certificate, CERTIFICATE_EMAIL, name->d.rfc822Name);
    else if (name->type == GEN_IPADD)
        add_address(arena, certificate, name->d.iPAddress);
}

void certificate_names_read(struct arena *arena, X509 *x509, struct client_certificate *certificate)
{
    unsigned size = DIGEST_SIZE;
    INVARIANT(X509_digest(x509, EVP_sha256(), certificate->thumbprint, &size) == 1 && size == DIGEST_SIZE);
    add_subject(arena, x509, certificate);
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        add_alternative(arena, certificate, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
}

bool client_certificate_has(const struct client_certificate *certificate, enum certificate_name_kind kind,
                            struct text value)
{
    for (size_t i = 0; i < certificate->name_count; i++) {
        const struct certificate_name *name = &certificate->names[i];
        if (name->kind == kind && (kind == CERTIFICATE_DNS ? text_equal_ignoring_case(name->value, value)
                                                           : text_equal(name->value, value)))
            return true;
    }
    return false;
}
