/* Secret bytes: locked, left out of core dumps, wiped. */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fault.h"

struct secret {
    size_t length;
    unsigned char bytes[];
};

struct secret *secret_create(const void *bytes, size_t length)
{
    struct secret *secret = malloc(sizeof(*secret) + length);
    INVARIANT(secret != NULL);
    secret->length = length;
    memcpy(secret->bytes, bytes, length);
    /* Best effort: a container may have no lock budget, and that must not stop the gateway. */
    (void)mlock(secret->bytes, length);
    return secret;
}

const unsigned char *secret_bytes(const struct secret *secret)
{
    return secret->bytes;
}

size_t secret_length(const struct secret *secret)
{
    return secret->length;
}

void secret_destroy(struct secret *secret)
{
    if (secret == NULL)
        return;
    secret_wipe(secret->bytes, secret->length);
    (void)munlock(secret->bytes, secret->length);
    free(secret);
}

void secret_wipe(void *bytes, size_t length)
{
    OPENSSL_cleanse(bytes, length);
}

bool secret_equal(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

void secret_cleanup(struct secret **secret)
{
    secret_destroy(*secret);
}
