/* See forwarded_certificate.h. */
#include "origin/forwarded_certificate.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/percent.h"
#include "origin/certificate_names.h"

/* What one element says. */
struct element {
    struct text hash, certificate, subject;
    struct text names[CERTIFICATE_NAMES_MAX];
    enum certificate_name_kind kinds[CERTIFICATE_NAMES_MAX];
    size_t name_count;
};

/* --- the grammar --- */

/* A quoted value has backslashes before quotation marks and backslashes. */
static bool take_quoted(struct arena *arena, struct text *rest, struct text *value)
{
    char *out = arena_allocate(arena, rest->length);
    size_t length = 0, at = 1;
    for (; at < rest->length && rest->base[at] != '"'; at++) {
        if (rest->base[at] == '\\' && ++at == rest->length)
            return false;
        out[length++] = rest->base[at];
    }
    if (at == rest->length)
        return false;
    *value = (struct text){out, length};
    *rest = (struct text){rest->base + at + 1, rest->length - at - 1};
    return true;
}

static bool take_value(struct arena *arena, struct text *rest, struct text *value)
{
    size_t end = 0;
    if (rest->length != 0 && rest->base[0] == '"')
        return take_quoted(arena, rest, value);
    while (end < rest->length && rest->base[end] != ';' && rest->base[end] != ',' && rest->base[end] != '"')
        end++;
    *value = (struct text){rest->base, end};
    *rest = (struct text){rest->base + end, rest->length - end};
    return true;
}

static bool keep_once(struct text *place, struct text value)
{
    bool is_first = place->base == NULL;
    *place = value;
    return is_first;
}

static bool keep_name(struct element *element, enum certificate_name_kind kind, struct text value)
{
    if (element->name_count == CERTIFICATE_NAMES_MAX)
        return false;
    element->kinds[element->name_count] = kind;
    element->names[element->name_count++] = value;
    return true;
}

static bool keep(struct element *element, struct text key, struct text value)
{
    if (text_equal_ignoring_case(key, TEXT("Hash")))
        return keep_once(&element->hash, value);
    if (text_equal_ignoring_case(key, TEXT("Cert")))
        return keep_once(&element->certificate, value);
    if (text_equal_ignoring_case(key, TEXT("Subject")))
        return keep_once(&element->subject, value);
    if (text_equal_ignoring_case(key, TEXT("URI")))
        return keep_name(element, CERTIFICATE_URI, value);
    if (text_equal_ignoring_case(key, TEXT("DNS")))
        return keep_name(element, CERTIFICATE_DNS, value);
    return text_is_token(key); /* By, Chain, and what newer ones say */
}

static bool take_element(struct arena *arena, struct text *rest, struct element *element)
{
    *element = (struct element){0};
    for (;;) {
        const char *equals = rest->length == 0 ? NULL : memchr(rest->base, '=', rest->length);
        if (equals == NULL)
            return false;
        struct text key = {rest->base, (size_t)(equals - rest->base)}, value;
        while (key.length != 0 && key.base[0] == ' ') /* behind a comma */
            key = (struct text){key.base + 1, key.length - 1};
        *rest = (struct text){equals + 1, rest->length - (size_t)(equals + 1 - rest->base)};
        if (!take_value(arena, rest, &value) || !keep(element, key, value))
            return false;
        if (rest->length == 0 || rest->base[0] == ',')
            return true;
        if (rest->base[0] != ';')
            return false;
        *rest = (struct text){rest->base + 1, rest->length - 1};
    }
}

/* --- the certificate --- */

/* What stands between the first BEGIN and END lines, without white space. */
static struct text pem_body(struct arena *arena, struct text pem)
{
    struct text begin = TEXT("-----BEGIN CERTIFICATE-----"), end = TEXT("-----END CERTIFICATE-----");
    char *out = arena_allocate(arena, pem.length + 1);
    size_t length = 0, at = begin.length;
    if (!text_starts_with(pem, begin))
        return TEXT_NONE;
    for (; at < pem.length && pem.base[at] != '-'; at++)
        if (strchr(" \t\r\n", pem.base[at]) == NULL)
            out[length++] = pem.base[at];
    struct text rest = {pem.base + at, pem.length - at};
    return text_starts_with(rest, end) ? (struct text){out, length} : TEXT_NONE;
}

static X509 *read_pem(struct arena *arena, struct text encoded)
{
    struct text pem, body;
    if (!percent_decode(arena, encoded, &pem)) /* not as in a form: base64 has plus signs */
        return NULL;
    body = pem_body(arena, pem);
    if (body.length == 0 || body.length % 4 != 0)
        return NULL;
    unsigned char *der = arena_allocate(arena, body.length);
    int size = EVP_DecodeBlock(der, (const unsigned char *)body.base, (int)body.length);
    for (size_t i = body.length; size > 0 && i > body.length - 2 && body.base[i - 1] == '='; i--)
        size--; /* it counts the padding's bytes */
    const unsigned char *at = der;
    X509 *x509 = size <= 0 ? NULL : d2i_X509(NULL, &at, size);
    if (x509 != NULL && at != der + size) {
        X509_free(x509);
        x509 = NULL;
    }
    return x509;
}

static bool read_hash(struct text hexadecimal, unsigned char hash[DIGEST_SIZE])
{
    for (size_t i = 0; i < hexadecimal.length && hexadecimal.length == 2 * DIGEST_SIZE; i++) {
        int digit = text_hexadecimal_value(hexadecimal.base[i]);
        if (digit < 0)
            return false;
        hash[i / 2] = (unsigned char)(i % 2 == 0 ? digit << 4 : hash[i / 2] | digit);
    }
    return hexadecimal.length == 2 * DIGEST_SIZE;
}

/* With the certificate itself there, its own names count. */
static bool take_certificate(struct arena *arena, const struct element *element,
                             struct client_certificate *certificate)
{
    unsigned char hash[DIGEST_SIZE];
    X509 *x509 = read_pem(arena, element->certificate);
    if (x509 == NULL)
        return false;
    certificate_names_read(arena, x509, certificate);
    X509_free(x509);
    return element->hash.base == NULL ||
           (read_hash(element->hash, hash) && memcmp(hash, certificate->thumbprint, DIGEST_SIZE) == 0);
}

static bool take_facts(struct arena *arena, const struct element *element,
                       struct client_certificate *certificate)
{
    if (!read_hash(element->hash, certificate->thumbprint))
        return false;
    certificate_names_add(certificate, CERTIFICATE_SUBJECT, arena_copy(arena, element->subject));
    for (size_t i = 0; i < element->name_count; i++)
        certificate_names_add(certificate, element->kinds[i], arena_copy(arena, element->names[i]));
    return true;
}

bool forwarded_certificate_read(struct arena *arena, struct text header, struct client_certificate *certificate)
{
    struct element *element = ARENA_NEW(arena, struct element);
    *certificate = (struct client_certificate){.is_verified = true};
    if (header.length > FORWARDED_CERTIFICATE_BYTES_MAX)
        return false;
    while (take_element(arena, &header, element)) {
        if (header.length == 0)
            return element->certificate.base != NULL ? take_certificate(arena, element, certificate)
                                                     : take_facts(arena, element, certificate);
        header = (struct text){header.base + 1, header.length - 1};
    }
    return false;
}
