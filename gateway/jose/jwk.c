/* Reads public JWKs into keys that verify, once each: every check on a key is made here, so that verifying a
 * token has none left to forget. Writing is keys/public_jwk.h's; thumbprints are thumbprint.c's. */
#include "jose/jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "jose/jws.h"
#include "jwk_members.h"
#include "keys/public_jwk.h"

enum { KEY_OPERATIONS_MAX = 8, EXPONENT_MIN = 65537, UNCOMPRESSED_POINT = 4 };

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_key_context(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

static void free_number(BIGNUM **number)
{
    BN_free(*number);
}

static void free_builder(OSSL_PARAM_BLD **builder)
{
    OSSL_PARAM_BLD_free(*builder);
}

static void free_parameters(OSSL_PARAM **parameters)
{
    OSSL_PARAM_free(*parameters);
}

#define SCOPED_KEY         __attribute__((cleanup(free_key))) EVP_PKEY *
#define SCOPED_KEY_CONTEXT __attribute__((cleanup(free_key_context))) EVP_PKEY_CTX *
#define SCOPED_NUMBER      __attribute__((cleanup(free_number))) BIGNUM *
#define SCOPED_BUILDER     __attribute__((cleanup(free_builder))) OSSL_PARAM_BLD *
#define SCOPED_PARAMETERS  __attribute__((cleanup(free_parameters))) OSSL_PARAM *

/* RFC 7517 sections 4.2 and 4.3: absent, or for signatures. Doubled operations are not allowed. */
static bool is_for_verifying(const struct json_value *jwk)
{
    const struct json_value *use = json_member(jwk, TEXT("use"));
    if (use != NULL && !text_is(json_string(use), "sig"))
        return false;
    const struct json_value *operations = json_member(jwk, TEXT("key_ops"));
    if (operations == NULL)
        return true;
    if (operations->kind != JSON_ARRAY || operations->count > KEY_OPERATIONS_MAX)
        return false;
    bool may_verify = false;
    for (const struct json_value *one = operations->first; one != NULL; one = one->next) {
        if (!json_is_string(one))
            return false;
        for (const struct json_value *other = one->next; other != NULL; other = other->next)
            if (json_equal(one, other))
                return false;
        may_verify |= text_is(one->text, "verify");
    }
    return may_verify;
}

/* A private member means that the key is in more hands than its owner's; "k" is a shared secret, which verifies
 * what any of its holders wrote. */
static bool has_secrets(const struct json_value *jwk)
{
    static const char *const secrets[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (json_member(jwk, text_of(secrets[i])) != NULL)
            return true;
    return false;
}

static bool read_id(const struct json_value *jwk, struct text *id)
{
    const struct json_value *kid = json_member(jwk, TEXT("kid"));
    *id = json_string(kid);
    return kid == NULL || (id->base != NULL && id->length != 0 && id->length <= JWS_KEY_ID_BYTES_MAX &&
                           text_is_printable(*id));
}

static enum algorithm only_algorithm(const struct jwk_members *members, enum algorithm rsa_algorithm)
{
    switch (members->kind) {
    case JWK_RSA:
        return rsa_algorithm;
    case JWK_OKP:
        return ALGORITHM_EDDSA;
    case JWK_EC:
        break;
    }
    if (members->curve->coordinate == 32)
        return ALGORITHM_ES256;
    return members->curve->coordinate == 48 ? ALGORITHM_ES384 : ALGORITHM_ES512;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM *parameters)
{
    SCOPED_KEY_CONTEXT context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return NULL;
    return key;
}

static EVP_PKEY *make_rsa(const struct jwk_members *members)
{
    unsigned exponent = 0;
    for (size_t i = 0; i < members->exponent_length; i++)
        exponent = exponent << 8 | members->exponent[i];
    /* FIPS 186-5 section 5.4: odd and above 2^16; four bytes keep verifying cheap. An even modulus is no RSA
     * modulus. */
    bool is_odd = (exponent & members->modulus[members->modulus_length - 1] & 1) != 0;
    if (exponent < EXPONENT_MIN || !is_odd)
        return NULL;
    SCOPED_NUMBER n = BN_bin2bn(members->modulus, (int)members->modulus_length, NULL);
    SCOPED_NUMBER e = BN_bin2bn(members->exponent, (int)members->exponent_length, NULL);
    SCOPED_BUILDER builder = OSSL_PARAM_BLD_new();
    if (n == NULL || e == NULL || builder == NULL ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return NULL;
    SCOPED_PARAMETERS parameters = OSSL_PARAM_BLD_to_param(builder);
    return parameters == NULL ? NULL : make_key("RSA", parameters);
}

/* RFC 7518 section 6.2.1 leaves it to us that the point is on its curve: off it, a verifier can be led onto
 * another. This OpenSSL refuses such a point while it makes the key; that no other version may let it through
 * is said here. */
static bool is_on_curve(EVP_PKEY *key)
{
    SCOPED_KEY_CONTEXT context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    return context != NULL && EVP_PKEY_public_check(context) == 1;
}

static EVP_PKEY *make_ec(const struct jwk_members *members)
{
    size_t coordinate = members->curve->coordinate;
    unsigned char point[1 + 2 * JWK_COORDINATE_SIZE_MAX] = {UNCOMPRESSED_POINT};
    memcpy(point + 1, members->x, coordinate);
    memcpy(point + 1 + coordinate, members->y, coordinate);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)members->curve->crv, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * coordinate),
        OSSL_PARAM_construct_end(),
    };
    SCOPED_KEY key = make_key("EC", parameters);
    if (key == NULL || !is_on_curve(key))
        return NULL;
    EVP_PKEY *checked = key;
    key = NULL;
    return checked;
}

static EVP_PKEY *make_public(const struct jwk_members *members)
{
    switch (members->kind) {
    case JWK_RSA:
        return make_rsa(members);
    case JWK_EC:
        return make_ec(members);
    case JWK_OKP:
        break;
    }
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, members->x, members->curve->coordinate);
}

enum fault jwk_read(const struct json_value *jwk, enum algorithm rsa_algorithm, struct public_key *key)
{
    struct jwk_members members;
    *key = (struct public_key){0};
    if (!jwk_members_read(jwk, &members) || has_secrets(jwk) || !is_for_verifying(jwk) ||
        !read_id(jwk, &key->id))
        return FAULT_KEY_INVALID;
    const struct json_value *alg = json_member(jwk, TEXT("alg"));
    key->algorithm = alg != NULL ? algorithm_parse(json_string(alg)) : only_algorithm(&members, rsa_algorithm);
    key->key = make_public(&members);
    if (algorithm_fits_key(key->algorithm, key->key))
        return FAULT_NONE;
    public_key_dispose(key);
    ERR_clear_error();
    return FAULT_KEY_INVALID;
}

void public_key_dispose(struct public_key *key)
{
    EVP_PKEY_free(key->key);
    *key = (struct public_key){0};
}

void jwk_write(struct json_writer *writer, const EVP_PKEY *key, struct text id, enum algorithm algorithm)
{
    public_jwk_write(writer, key, id, algorithm);
}
