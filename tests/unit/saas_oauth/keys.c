/* OpenSSL alone, so that what is tested is not tested with itself. */
#include "keys.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/base64url.h"
#include "base/buffer.h"

EVP_PKEY *keys_make(struct arena *arena, struct text *pem)
{
    char *bytes;
    EVP_PKEY *key = EVP_EC_gen("P-256");
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
    return key;
}

static bool verify(EVP_PKEY *key, struct text input, const unsigned char *raw)
{
    unsigned char der[80], *end = der;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    ECDSA_SIG_set0(pair, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
    int length = i2d_ECDSA_SIG(pair, &end);
    ECDSA_SIG_free(pair);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good =
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(context, der, (size_t)length, (const unsigned char *)input.base, input.length) == 1;
    EVP_MD_CTX_free(context);
    return is_good;
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
    unsigned char signature[128];
    size_t length;
    struct text rest = token, first = text_cut(&rest, '.'), second = text_cut(&rest, '.');
    const struct text input = {token.base, first.length + 1 + second.length};
    return rest.length < 100 && base64url_decode(rest, signature, &length) && length == 64 &&
           read_part(arena, first, header) && read_part(arena, second, claims) && verify(key, input, signature);
}
