/* OpenSSL alone, so that what is tested is not tested with itself. */
#include "keys.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/base64url.h"
#include "base/buffer.h"

static void write_pem(struct arena *arena, EVP_PKEY *key, struct text *pem)
{
    char *bytes;
    BIO *out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    long length = BIO_get_mem_data(out, &bytes);
    struct buffer escaped = buffer_in(arena, 1024);
    for (long i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            buffer_append(&escaped, TEXT("\\n"));
        else
            buffer_append_byte(&escaped, bytes[i]);
    }
    BIO_free(out);
    *pem = arena_copy(arena, buffer_text(&escaped));
}

EVP_PKEY *keys_make(struct arena *arena, struct text *pem)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    write_pem(arena, key, pem);
    return key;
}

EVP_PKEY *keys_make_rsa(struct arena *arena, struct text *pem)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    write_pem(arena, key, pem);
    return key;
}

static bool verify_bytes(EVP_PKEY *key, struct text input, const unsigned char *signature, size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good =
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, signature, length, (const unsigned char *)input.base, input.length) == 1;
    EVP_MD_CTX_free(context);
    return is_good;
}

/* The two numbers of ES256 as OpenSSL wants them. */
static bool verify_pair(EVP_PKEY *key, struct text input, const unsigned char *raw)
{
    unsigned char der[80], *end = der;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
    int length = i2d_ECDSA_SIG(pair, &end);
    ECDSA_SIG_free(pair);
    return verify_bytes(key, input, der, (size_t)length);
}

static bool verify(EVP_PKEY *key, struct text algorithm, struct text input, const unsigned char *signature,
                   size_t length)
{
    if (EVP_PKEY_is_a(key, "RSA"))
        return text_is(algorithm, "RS256") && verify_bytes(key, input, signature, length);
    return text_is(algorithm, "ES256") && length == 64 && verify_pair(key, input, signature);
}

static bool read_part(struct arena *arena, struct text part, const struct json_value **value)
{
    size_t length;
    unsigned char *decoded = arena_allocate(arena, part.length + 1);
    return base64url_decode(part, decoded, &length) &&
           json_parse(arena, (struct text){(const char *)decoded, length}, &json_limits_token, value) ==
               FAULT_NONE;
}

bool keys_verify(struct arena *arena, EVP_PKEY *key, struct text token, const struct json_value **header,
                 const struct json_value **claims)
{
    unsigned char signature[512];
    size_t length;
    struct text rest = token, first = text_cut(&rest, '.'), second = text_cut(&rest, '.');
    const struct text input = {token.base, first.length + 1 + second.length};
    return rest.length < sizeof(signature) && base64url_decode(rest, signature, &length) &&
           read_part(arena, first, header) && read_part(arena, second, claims) &&
           verify(key, json_text_of(*header, "alg"), input, signature, length);
}
