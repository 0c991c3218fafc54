/* Secret bytes: locked, left out of core dumps, wiped. Both are properties of whole pages, so each secret has
 * its own; there are few, and none is made per request. */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/private_file.h"

struct secret {
    size_t length;
    unsigned char bytes[];
};

struct secret *secret_create(const void *bytes, size_t length)
{
    INVARIANT(length < SIZE_MAX / 2);
    size_t size = sizeof(struct secret) + length;
    struct secret *secret = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    INVARIANT(secret != MAP_FAILED);
    /* Best effort: a container may have no lock budget, and that must not stop the gateway. */
    (void)mlock(secret, size);
    (void)madvise(secret, size, MADV_DONTDUMP);
    secret->length = length;
    if (length != 0)
        memcpy(secret->bytes, bytes, length);
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
    size_t size = sizeof(*secret) + secret->length;
    secret_wipe(secret, size);
    munmap(secret, size);
}

void secret_wipe(void *bytes, size_t length)
{
    if (length != 0)
        explicit_bzero(bytes, length);
}

bool secret_equal(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

void secret_cleanup(struct secret **secret)
{
    secret_destroy(*secret);
}

/* -1 for a file that others could read or put in its place. */
static ssize_t read_private_file(const char *path, char *bytes, size_t size)
{
    struct stat status;
    ssize_t length = -1;
    int file = private_file_open(path);
    if (file < 0)
        return -1;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && private_file_is_kept(&status))
        length = read(file, bytes, size);
    close(file);
    return length;
}

enum fault secret_read_file(const char *path, struct secret **secret)
{
    char bytes[SECRET_FILE_BYTES_MAX + 1];
    ssize_t length = read_private_file(path, bytes, sizeof(bytes));
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
        length--;
    bool is_good = length >= 0 && length <= SECRET_FILE_BYTES_MAX;
    if (is_good)
        *secret = secret_create(bytes, (size_t)length);
    secret_wipe(bytes, sizeof(bytes));
    return is_good ? FAULT_NONE : FAULT_FILE_UNREADABLE;
}
