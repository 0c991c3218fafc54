/* OpenSSL's allocator: the C library's, but for what it does when there is none left. Called by main(). */
#include "base/crypto_memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/fault.h"

static void *resize(void *memory, size_t size, const char *file, int line)
{
    if (size == 0) { /* what OpenSSL's own does */
        free(memory);
        return NULL;
    }
    void *resized = realloc(memory, size);
    if (resized == NULL)
        fault_invariant_broken("OpenSSL has memory", file, line);
    return resized;
}

static void *allocate(size_t size, const char *file, int line)
{
    return resize(NULL, size, file, line);
}

static void release(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

void crypto_memory_ends_process(void)
{
    INVARIANT(CRYPTO_set_mem_functions(allocate, resize, release) == 1);
}
