/* SHA-256 by OpenSSL's one-shot calls. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "base/fault.h"

void digest_sha256(struct text text, unsigned char out[DIGEST_SIZE])
{
    SHA256((const unsigned char *)text.base, text.length, out);
}

void digest_parts(const struct text *parts, size_t count, unsigned char out[DIGEST_SIZE])
{
    static __thread EVP_MD_CTX *context;
    if (context == NULL)
        context = EVP_MD_CTX_new();
    INVARIANT(context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    for (size_t i = 0; i < count; i++) {
        unsigned char length[8];
        for (int byte = 0; byte < 8; byte++)
            length[byte] = (unsigned char)((uint64_t)parts[i].length >> (56 - 8 * byte));
        INVARIANT(EVP_DigestUpdate(context, length, sizeof(length)) == 1);
        INVARIANT(EVP_DigestUpdate(context, parts[i].base, parts[i].length) == 1);
    }
    INVARIANT(EVP_DigestFinal_ex(context, out, NULL) == 1);
}

void digest_hmac(struct text key, struct text text, unsigned char out[DIGEST_SIZE])
{
    unsigned int length = DIGEST_SIZE;
    INVARIANT(HMAC(EVP_sha256(), key.base, (int)key.length, (const unsigned char *)text.base, text.length, out,
                   &length) != NULL);
}

void digest_hex(const unsigned char digest[DIGEST_SIZE], char out[2 * DIGEST_SIZE + 1])
{
    for (int i = 0; i < DIGEST_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
