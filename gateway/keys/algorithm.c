/* Signing and verifying over OpenSSL's EVP: the table of what each JOSE name means, and one-shot operations on
 * a digest with the contexts of context_cache.c. Nothing here chooses an algorithm: the caller's key record
 * did. */
#include "keys/algorithm.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/digest.h"
#include "context_cache.h"
#include "ecdsa_signature.h"

enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192, GROUP_NAME_SIZE = 64 };

struct algorithm_row {
    const char *name;
    const char *key_type;
    const char *group; /* EC alone */
    size_t coordinate; /* bytes of R and of S; EC alone */
    size_t hash_size;  /* of SHA-2; 0: the algorithm hashes by itself (RFC 8032) */
};

static const struct algorithm_row rows[ALGORITHM_COUNT] = {
    [ALGORITHM_RS256] = {"RS256", "RSA", NULL, 0, 32},
    [ALGORITHM_RS384] = {"RS384", "RSA", NULL, 0, 48},
    [ALGORITHM_RS512] = {"RS512", "RSA", NULL, 0, 64},
    [ALGORITHM_PS256] = {"PS256", "RSA", NULL, 0, 32},
    [ALGORITHM_PS384] = {"PS384", "RSA", NULL, 0, 48},
    [ALGORITHM_PS512] = {"PS512", "RSA", NULL, 0, 64},
    [ALGORITHM_ES256] = {"ES256", "EC", "prime256v1", 32, 32},
    [ALGORITHM_ES384] = {"ES384", "EC", "secp384r1", 48, 48},
    [ALGORITHM_ES512] = {"ES512", "EC", "secp521r1", 66, 64},
    [ALGORITHM_EDDSA] = {"EdDSA", "ED25519", NULL, 0, 0},
    [ALGORITHM_ED25519] = {"Ed25519", "ED25519", NULL, 0, 0},
};

static bool is_known(enum algorithm algorithm)
{
    return algorithm > ALGORITHM_NONE_KNOWN && algorithm < ALGORITHM_COUNT;
}

enum algorithm algorithm_parse(struct text name)
{
    for (enum algorithm algorithm = ALGORITHM_RS256; algorithm < ALGORITHM_COUNT; algorithm++)
        if (text_is(name, rows[algorithm].name))
            return algorithm;
    return ALGORITHM_NONE_KNOWN;
}

struct text algorithm_name(enum algorithm algorithm)
{
    return is_known(algorithm) ? text_of(rows[algorithm].name) : TEXT_NONE;
}

bool algorithm_is_same(enum algorithm a, enum algorithm b)
{
    bool both_ed25519 =
        (a == ALGORITHM_EDDSA || a == ALGORITHM_ED25519) && (b == ALGORITHM_EDDSA || b == ALGORITHM_ED25519);
    return a != ALGORITHM_NONE_KNOWN && (a == b || both_ed25519);
}

static bool is_in_group(const EVP_PKEY *key, const char *group)
{
    char name[GROUP_NAME_SIZE];
    size_t length = 0;
    return EVP_PKEY_get_group_name(key, name, sizeof(name), &length) == 1 && strcmp(name, group) == 0;
}

bool algorithm_fits_key(enum algorithm algorithm, const EVP_PKEY *key)
{
    if (!is_known(algorithm) || key == NULL)
        return false;
    const struct algorithm_row *row = &rows[algorithm];
    if (!EVP_PKEY_is_a(key, row->key_type))
        return false;
    /* RFC 7518 sections 3.3 and 3.5: 2048 bits or larger. The upper bound is ours: verifying costs by the
     * square. */
    if (strcmp(row->key_type, "RSA") == 0)
        return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN && EVP_PKEY_get_bits(key) <= RSA_BITS_MAX;
    return row->group == NULL || is_in_group(key, row->group);
}

static void free_message_context(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

/* RFC 8037 section 3.1: PureEdDSA, which takes the message whole. */
static bool sign_message(enum algorithm algorithm, EVP_PKEY *key, struct text input, unsigned char *signature,
                         size_t *length)
{
    __attribute__((cleanup(free_message_context))) EVP_MD_CTX *context = EVP_MD_CTX_new();
    return algorithm_fits_key(algorithm, key) && context != NULL &&
           EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
           EVP_DigestSign(context, signature, length, (const unsigned char *)input.base, input.length) == 1;
}

static bool verify_message(enum algorithm algorithm, EVP_PKEY *key, struct text input, struct text signature)
{
    __attribute__((cleanup(free_message_context))) EVP_MD_CTX *context = EVP_MD_CTX_new();
    return algorithm_fits_key(algorithm, key) && context != NULL &&
           EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
           EVP_DigestVerify(context, (const unsigned char *)signature.base, signature.length,
                            (const unsigned char *)input.base, input.length) == 1;
}

static bool sign_digest(enum algorithm algorithm, EVP_PKEY *key, struct text input, unsigned char *signature,
                        size_t *length)
{
    const struct algorithm_row *row = &rows[algorithm];
    EVP_PKEY_CTX *context = context_cache_take(algorithm, key, CONTEXT_SIGN);
    if (context == NULL)
        return false;
    unsigned char digest[EVP_MAX_MD_SIZE];
    digest_sha2(row->hash_size, input, digest);
    if (row->coordinate == 0) {
        *length = SIGNATURE_SIZE_MAX;
        return EVP_PKEY_sign(context, signature, length, digest, row->hash_size) == 1;
    }
    unsigned char der[ECDSA_DER_SIZE_MAX];
    size_t der_length = sizeof(der);
    *length = 2 * row->coordinate;
    return EVP_PKEY_sign(context, der, &der_length, digest, row->hash_size) == 1 &&
           ecdsa_signature_from_der(der, der_length, row->coordinate, signature);
}

static bool verify_digest(enum algorithm algorithm, EVP_PKEY *key, struct text input, struct text signature)
{
    const struct algorithm_row *row = &rows[algorithm];
    const unsigned char *bytes = (const unsigned char *)signature.base;
    size_t length = signature.length;
    unsigned char der[ECDSA_DER_SIZE_MAX];
    EVP_PKEY_CTX *context = context_cache_take(algorithm, key, CONTEXT_VERIFY);
    if (context == NULL)
        return false;
    if (row->coordinate != 0) {
        if (!ecdsa_signature_to_der(signature, row->coordinate, der, &length))
            return false;
        bytes = der;
    } else if (length != (size_t)EVP_PKEY_get_size(key)) {
        /* RFC 8017 sections 8.1.2 and 8.2.2, step 1: OpenSSL's PSS takes a shorter one as a number with leading
         * zeros, and then one token has two spellings. */
        return false;
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    digest_sha2(row->hash_size, input, digest);
    return EVP_PKEY_verify(context, bytes, length, digest, row->hash_size) == 1;
}

bool algorithm_sign(enum algorithm algorithm, EVP_PKEY *key, struct text input, unsigned char *signature,
                    size_t *length)
{
    *length = SIGNATURE_SIZE_MAX;
    if (is_known(algorithm) && key != NULL &&
        (rows[algorithm].hash_size == 0 ? sign_message(algorithm, key, input, signature, length)
                                        : sign_digest(algorithm, key, input, signature, length)))
        return true;
    *length = 0;
    ERR_clear_error();
    return false;
}

bool algorithm_verify(enum algorithm algorithm, EVP_PKEY *key, struct text input, struct text signature)
{
    if (is_known(algorithm) && key != NULL &&
        (rows[algorithm].hash_size == 0 ? verify_message(algorithm, key, input, signature)
                                        : verify_digest(algorithm, key, input, signature)))
        return true;
    /* A failed call leaves its reasons in the thread's queue, where the next reader (TLS) would take them for
     * its own. */
    ERR_clear_error();
    return false;
}
