/* Writes public keys as JWKs. Numbers as RFC 7518 section 2 wants them: an RSA number without leading zeros, a
 * coordinate as long as its curve. */
#include "keys/public_jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/base64url.h"
#include "base/fault.h"

enum { NUMBER_SIZE_MAX = 1024, ED25519_SIZE = 32 };

struct curve {
    const char *group; /* OpenSSL's name */
    const char *crv;
    int coordinate;
};

static const struct curve curves[] = {
    {"prime256v1", "P-256", 32},
    {"secp384r1", "P-384", 48},
    {"secp521r1", "P-521", 66},
};

static void free_number(BIGNUM **number)
{
    BN_free(*number);
}

static void write_bytes(struct json_writer *writer, const char *name, const unsigned char *bytes, size_t length)
{
    char encoded[BASE64URL_ENCODED_LENGTH(NUMBER_SIZE_MAX)];
    INVARIANT(length <= NUMBER_SIZE_MAX);
    base64url_encode(bytes, length, encoded);
    json_member_text(writer, name, (struct text){encoded, BASE64URL_ENCODED_LENGTH(length)});
}

/* length 0: as few bytes as the number needs. */
static void write_number(struct json_writer *writer, const char *name, const EVP_PKEY *key,
                         const char *parameter, int length)
{
    __attribute__((cleanup(free_number))) BIGNUM *number = NULL;
    unsigned char bytes[NUMBER_SIZE_MAX];
    INVARIANT(EVP_PKEY_get_bn_param(key, parameter, &number) == 1 && BN_num_bytes(number) <= NUMBER_SIZE_MAX);
    if (length == 0)
        length = BN_num_bytes(number);
    INVARIANT(BN_bn2binpad(number, bytes, length) == length);
    write_bytes(writer, name, bytes, (size_t)length);
}

static void write_rsa(struct json_writer *writer, const EVP_PKEY *key)
{
    write_number(writer, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    json_member_text(writer, "kty", TEXT("RSA"));
    write_number(writer, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
}

static void write_ec(struct json_writer *writer, const EVP_PKEY *key)
{
    char group[64];
    const struct curve *curve = NULL;
    INVARIANT(EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1);
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (strcmp(curves[i].group, group) == 0)
            curve = &curves[i];
    INVARIANT(curve != NULL);
    json_member_text(writer, "crv", text_of(curve->crv));
    json_member_text(writer, "kty", TEXT("EC"));
    write_number(writer, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, curve->coordinate);
    write_number(writer, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, curve->coordinate);
}

static void write_ed25519(struct json_writer *writer, const EVP_PKEY *key)
{
    unsigned char bytes[ED25519_SIZE];
    size_t length = sizeof(bytes);
    INVARIANT(EVP_PKEY_get_raw_public_key(key, bytes, &length) == 1 && length == sizeof(bytes));
    json_member_text(writer, "crv", TEXT("Ed25519"));
    json_member_text(writer, "kty", TEXT("OKP"));
    write_bytes(writer, "x", bytes, length);
}

void public_jwk_write(struct json_writer *writer, const EVP_PKEY *key, struct text id, enum algorithm algorithm)
{
    json_begin_object(writer);
    if (EVP_PKEY_is_a(key, "RSA"))
        write_rsa(writer, key);
    else if (EVP_PKEY_is_a(key, "EC"))
        write_ec(writer, key);
    else
        write_ed25519(writer, key);
    json_member_text_if(writer, "kid", id);
    if (algorithm != ALGORITHM_NONE_KNOWN) {
        json_member_text(writer, "alg", algorithm_name(algorithm));
        json_member_text(writer, "use", TEXT("sig"));
    }
    json_end_object(writer);
}
