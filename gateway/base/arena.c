/* A bump allocator in chunks. Chunks are wiped before they are freed, because tokens and secrets pass
 * through. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/secret.h"

enum { CHUNK_SIZE = 16 * 1024 - 64, ALIGNMENT = 16 };

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

struct arena {
    struct chunk *newest;
};

static struct chunk *add_chunk(struct arena *arena, size_t size)
{
    struct chunk *chunk = malloc(sizeof(*chunk) + size);
    INVARIANT(chunk != NULL);
    chunk->next = arena->newest;
    chunk->used = 0;
    chunk->size = size;
    arena->newest = chunk;
    return chunk;
}

struct arena *arena_create(void)
{
    struct arena *arena = calloc(1, sizeof(*arena));
    INVARIANT(arena != NULL);
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    for (struct chunk *chunk = arena->newest, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        secret_wipe(chunk->bytes, chunk->used);
        free(chunk);
    }
    free(arena);
}

void *arena_allocate(struct arena *arena, size_t size)
{
    INVARIANT(size < SIZE_MAX / 2);
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct chunk *chunk = arena->newest;
    if (chunk == NULL || chunk->size - chunk->used < rounded)
        chunk = add_chunk(arena, rounded > CHUNK_SIZE ? rounded : CHUNK_SIZE);
    void *bytes = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return memset(bytes, 0, size);
}

struct text arena_copy(struct arena *arena, struct text text)
{
    char *copy = arena_allocate(arena, text.length + 1);
    if (text.length != 0)
        memcpy(copy, text.base, text.length);
    return (struct text){copy, text.length};
}

struct text arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    INVARIANT(length >= 0);
    char *text = arena_allocate(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return (struct text){text, (size_t)length};
}

void arena_cleanup(struct arena **arena)
{
    arena_destroy(*arena);
}
