/* Sealing at rest: AES-256-GCM and HMAC under keys derived from the one in the sealing key file (HKDF, RFC
 * 5869), one key per purpose. Reading that key is sealing_key.c's business. Called by the key ring, client
 * authentication and whoever keeps a secret in the store. */
#include "keys/seal.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "keys/sealing_key.h"

enum {
    VERSION = 1,
    VERSION_SIZE = 1,
    NONCE_SIZE = 12,
    TAG_SIZE = 16,
    OVERHEAD = VERSION_SIZE + NONCE_SIZE + TAG_SIZE
};
enum { SEALED_SIZE_MAX = 1024 * 1024, ROW_SIZE_MAX = 1024 };

/* Its key is kept: every request that comes with a secret needs it, and deriving it costs more than the hash.
 */
static const char frequent_purpose[] = "client-secret";

struct sealer {
    struct secret *master;
    struct secret *sealing;
    struct secret *frequent;
};

static void free_cipher(EVP_CIPHER_CTX **context)
{
    EVP_CIPHER_CTX_free(*context);
}
#define SCOPED_CIPHER __attribute__((cleanup(free_cipher))) EVP_CIPHER_CTX *

/* Another purpose is another key: a keyed hash never runs under the key that seals. */
static void derive(const struct secret *master, const char *purpose, unsigned char key[SEALING_KEY_SIZE])
{
    char info[128];
    int length = snprintf(info, sizeof(info), "dragoman 1 %s", purpose);
    INVARIANT(length > 0 && (size_t)length < sizeof(info));
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret_bytes(master),
                                          secret_length(master)),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, (size_t)length),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *hkdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(hkdf);
    EVP_KDF_free(hkdf);
    INVARIANT(context != NULL && EVP_KDF_derive(context, key, SEALING_KEY_SIZE, parameters) == 1);
    EVP_KDF_CTX_free(context);
}

static struct secret *derive_secret(const struct secret *master, const char *purpose)
{
    unsigned char key[SEALING_KEY_SIZE];
    derive(master, purpose, key);
    struct secret *secret = secret_create(key, sizeof(key));
    secret_wipe(key, sizeof(key));
    return secret;
}

struct secret *sealer_derive(const struct sealer *sealer, const char *purpose, struct text name)
{
    char named[96];
    int length = snprintf(named, sizeof(named), "%s %.*s", purpose, TEXT_ARGUMENTS(name));
    INVARIANT(length > 0 && (size_t)length < sizeof(named));
    return derive_secret(sealer->master, named);
}

enum fault sealer_open(const char *path, struct sealer **sealer, char *detail)
{
    struct secret *master = NULL;
    TRY(sealing_key_read_file(path, &master, detail));
    *sealer = sealer_create(master);
    return FAULT_NONE;
}

struct sealer *sealer_create(struct secret *master)
{
    struct sealer *sealer = calloc(1, sizeof(*sealer));
    INVARIANT(sealer != NULL);
    sealer->master = master;
    sealer->sealing = derive_secret(master, "seal");
    sealer->frequent = derive_secret(master, "hash client-secret");
    return sealer;
}

void sealer_key_id(const struct sealer *sealer, char id[SEALER_KEY_ID_SIZE])
{
    unsigned char hash[DIGEST_SIZE];
    sealer_keyed_hash(sealer, "key-id", TEXT_NONE, hash);
    for (size_t i = 0; i < (SEALER_KEY_ID_SIZE - 1) / 2; i++)
        snprintf(id + 2 * i, 3, "%02x", hash[i]);
}

enum fault sealer_make_file(const char *path, char *detail)
{
    return sealing_key_make_file(path, detail);
}

void sealer_destroy(struct sealer *sealer)
{
    if (sealer == NULL)
        return;
    secret_destroy(sealer->master);
    secret_destroy(sealer->sealing);
    secret_destroy(sealer->frequent);
    free(sealer);
}

struct text seal(const struct sealer *sealer, struct arena *arena, struct text plain, struct text row)
{
    INVARIANT(plain.length <= SEALED_SIZE_MAX - OVERHEAD && row.length <= ROW_SIZE_MAX);
    unsigned char *out = arena_allocate(arena, plain.length + OVERHEAD);
    unsigned char *nonce = out + VERSION_SIZE, *body = nonce + NONCE_SIZE;
    out[0] = VERSION;
    random_bytes(nonce, NONCE_SIZE);
    int written = 0, last = 0;
    SCOPED_CIPHER context = EVP_CIPHER_CTX_new();
    INVARIANT(context != NULL &&
              EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), secret_bytes(sealer->sealing), nonce, NULL) == 1);
    INVARIANT(EVP_EncryptUpdate(context, NULL, &written, (const unsigned char *)row.base, (int)row.length) ==
              1);
    INVARIANT(
        EVP_EncryptUpdate(context, body, &written, (const unsigned char *)plain.base, (int)plain.length) == 1);
    INVARIANT(EVP_EncryptFinal_ex(context, body + written, &last) == 1);
    INVARIANT((size_t)(written + last) == plain.length);
    INVARIANT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, body + plain.length) == 1);
    return (struct text){(const char *)out, plain.length + OVERHEAD};
}

static bool decrypt(const struct sealer *sealer, struct text sealed, struct text row, unsigned char *plain)
{
    const unsigned char *nonce = (const unsigned char *)sealed.base + VERSION_SIZE, *body = nonce + NONCE_SIZE;
    int length = (int)(sealed.length - OVERHEAD), written = 0, last = 0;
    unsigned char tag[TAG_SIZE];
    memcpy(tag, body + length, TAG_SIZE);
    SCOPED_CIPHER context = EVP_CIPHER_CTX_new();
    return context != NULL &&
           EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), secret_bytes(sealer->sealing), nonce, NULL) == 1 &&
           EVP_DecryptUpdate(context, NULL, &written, (const unsigned char *)row.base, (int)row.length) == 1 &&
           EVP_DecryptUpdate(context, plain, &written, body, length) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
           EVP_DecryptFinal_ex(context, plain + written, &last) == 1;
}

enum fault unseal(const struct sealer *sealer, struct text sealed, struct text row, struct secret **plain)
{
    if (sealed.length < OVERHEAD || sealed.length > SEALED_SIZE_MAX || sealed.base[0] != VERSION ||
        row.length > ROW_SIZE_MAX)
        return FAULT_SEAL_BROKEN;
    size_t length = sealed.length - OVERHEAD;
    unsigned char *bytes = malloc(length + 1);
    INVARIANT(bytes != NULL);
    bool is_whole = decrypt(sealer, sealed, row, bytes);
    if (is_whole)
        *plain = secret_create(bytes, length);
    else
        ERR_clear_error();
    secret_wipe(bytes, length);
    free(bytes);
    return is_whole ? FAULT_NONE : FAULT_SEAL_BROKEN;
}

void sealer_keyed_hash(const struct sealer *sealer, const char *purpose, struct text text,
                       unsigned char out[DIGEST_SIZE])
{
    if (strcmp(purpose, frequent_purpose) == 0) {
        digest_hmac((struct text){(const char *)secret_bytes(sealer->frequent), SEALING_KEY_SIZE}, text, out);
        return;
    }
    char named[96];
    int length = snprintf(named, sizeof(named), "hash %s", purpose);
    INVARIANT(length > 0 && (size_t)length < sizeof(named));
    unsigned char key[SEALING_KEY_SIZE];
    derive(sealer->master, named, key);
    digest_hmac((struct text){(const char *)key, sizeof(key)}, text, out);
    secret_wipe(key, sizeof(key));
}
