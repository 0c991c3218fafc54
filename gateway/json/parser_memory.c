/* A block is preceded by its size. One that came from the region is never reused before the run ends: yajl
 * makes five of them for an ordinary document and frees them only at the end. */
#include "parser_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/secret.h"

enum { HEADER = 16 };

static bool is_in_region(const struct parser_memory *memory, const void *block)
{
    uintptr_t address = (uintptr_t)block;
    return address >= (uintptr_t)memory->region &&
           address < (uintptr_t)(memory->region + sizeof(memory->region));
}

static size_t size_of(const void *block)
{
    size_t size;
    memcpy(&size, (const unsigned char *)block - HEADER, sizeof(size));
    return size;
}

static void *allocate(void *context, size_t size)
{
    struct parser_memory *memory = context;
    INVARIANT(size < SIZE_MAX / 2);
    size_t whole = HEADER + ((size + HEADER - 1) & ~(size_t)(HEADER - 1));
    unsigned char *start;
    if (whole <= sizeof(memory->region) - memory->used) {
        start = memory->region + memory->used;
        memory->used += whole;
    } else {
        start = malloc(whole);
        INVARIANT(start != NULL);
    }
    memcpy(start, &size, sizeof(size));
    return start + HEADER;
}

static void release(void *context, void *block)
{
    if (block == NULL || is_in_region(context, block))
        return;
    unsigned char *start = (unsigned char *)block - HEADER;
    secret_wipe(block, size_of(block));
    free(start);
}

static void *resize(void *context, void *block, size_t size)
{
    void *larger = allocate(context, size);
    if (block != NULL) {
        size_t kept = size_of(block) < size ? size_of(block) : size;
        memcpy(larger, block, kept);
        release(context, block);
    }
    return larger;
}

yajl_alloc_funcs parser_memory_functions(struct parser_memory *memory)
{
    return (yajl_alloc_funcs){.malloc = allocate, .realloc = resize, .free = release, .ctx = memory};
}

void parser_memory_wipe(struct parser_memory *memory)
{
    secret_wipe(memory->region, memory->used);
    memory->used = 0;
}
