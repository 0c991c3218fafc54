/* A bump allocator in chunks; the arena itself lies in its first one. Chunks are wiped when the arena goes,
 * because tokens and secrets pass through, and so every chunk that is handed out is zero already. Each thread
 * keeps a few for its next arena: a loop that is busy asks the allocator for nothing. */
#include "base/arena.h"

#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/secret.h"

/* What an ordinary exchange needs fits into a few chunks, and what hardly anything is asked of is small, so
 * that what goes on for hours, such as a stream of events, does not hold much that it never wrote to. A thread
 * keeps those of 32 exchanges and their requests. */
enum {
    FIRST_SIZE = 2 * 1024 - 64,
    SMALL_SIZE = 4 * 1024 - 64, /* of the two behind it */
    CHUNK_SIZE = 8 * 1024 - 64,
    ALIGNMENT = 16,
    FIRSTS_KEPT_MAX = 64,
    KEPT_MAX = 256
};

struct chunk {
    struct chunk *next;
    size_t used; /* none of the bytes behind has been written to */
    size_t size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

struct arena {
    struct chunk *newest;
    struct chunk *large; /* of one allocation each */
};

/* --- chunks that wait for their next arena --- */

struct kept_chunks {
    struct chunk *first;
    unsigned count, limit;
};

struct kept {
    struct kept_chunks firsts, smalls, others;
    bool is_registered;
};

static __thread struct kept own_kept = {
    .firsts.limit = FIRSTS_KEPT_MAX, .smalls.limit = FIRSTS_KEPT_MAX, .others.limit = KEPT_MAX};
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

/* A kept chunk is poison to the address sanitizer, or use after free would go unseen. */
static void keep(struct kept_chunks *kept, struct chunk *chunk)
{
    chunk->next = kept->first;
    kept->first = chunk;
    kept->count++;
    ASAN_POISON_MEMORY_REGION(chunk->bytes, chunk->size);
}

static struct chunk *take(struct kept_chunks *kept)
{
    struct chunk *chunk = kept->first;
    kept->first = chunk->next;
    kept->count--;
    ASAN_UNPOISON_MEMORY_REGION(chunk->bytes, chunk->size);
    return chunk;
}

static void free_kept(void *value)
{
    struct kept *kept = value;
    while (kept->firsts.first != NULL)
        free(take(&kept->firsts));
    while (kept->smalls.first != NULL)
        free(take(&kept->smalls));
    while (kept->others.first != NULL)
        free(take(&kept->others));
}

static void create_thread_end(void)
{
    INVARIANT(pthread_key_create(&thread_end, free_kept) == 0);
}

static void register_thread(struct kept *kept)
{
    if (kept->is_registered)
        return;
    INVARIANT(pthread_once(&thread_end_once, create_thread_end) == 0);
    INVARIANT(pthread_setspecific(thread_end, kept) == 0);
    kept->is_registered = true;
}

/* NULL: none of this size is ever kept. */
static struct kept_chunks *kept_of(size_t size)
{
    return size == FIRST_SIZE   ? &own_kept.firsts
           : size == SMALL_SIZE ? &own_kept.smalls
           : size == CHUNK_SIZE ? &own_kept.others
                                : NULL;
}

static struct chunk *obtain(size_t size)
{
    struct kept_chunks *kept = kept_of(size);
    struct chunk *chunk;
    if (kept != NULL && kept->first != NULL) {
        chunk = take(kept);
    } else {
        chunk = calloc(1, sizeof(*chunk) + size);
        INVARIANT(chunk != NULL);
        chunk->size = size;
    }
    chunk->next = NULL;
    return chunk;
}

static void release(struct chunk *chunk)
{
    struct kept_chunks *kept = kept_of(chunk->size);
    secret_wipe(chunk->bytes, chunk->used);
    chunk->used = 0;
    if (kept == NULL || kept->count == kept->limit) {
        free(chunk);
        return;
    }
    register_thread(&own_kept);
    keep(kept, chunk);
}

static void release_large(struct chunk *chunk)
{
    for (struct chunk *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        release(chunk);
    }
}

/* --- the arena --- */

static size_t rounded(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static void *cut(struct chunk *chunk, size_t size)
{
    void *bytes = chunk->bytes + chunk->used;
    ASAN_UNPOISON_MEMORY_REGION(bytes, rounded(size));
    chunk->used += rounded(size);
    return bytes;
}

struct arena *arena_create(void)
{
    struct chunk *chunk = obtain(FIRST_SIZE);
    struct arena *arena = cut(chunk, sizeof(*arena));
    arena->newest = chunk;
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    release_large(arena->large);
    for (struct chunk *chunk = arena->newest, *next; chunk != NULL; chunk = next) {
        next = chunk->next; /* the arena goes with the last one */
        release(chunk);
    }
}

void arena_empty(struct arena *arena)
{
    struct chunk *chunk = arena->newest;
    release_large(arena->large);
    for (struct chunk *next; chunk->next != NULL; chunk = next) {
        next = chunk->next;
        release(chunk);
    }
    secret_wipe(chunk->bytes, chunk->used);
    chunk->used = 0;
    ASAN_POISON_MEMORY_REGION(chunk->bytes, chunk->size);
    INVARIANT(cut(chunk, sizeof(*arena)) == (void *)arena); /* it lies in its first one */
    arena->newest = chunk;
}

/* What is left of the newest chunk is for what is smaller. */
static void *allocate_large(struct arena *arena, size_t size)
{
    struct chunk *chunk = obtain(rounded(size));
    chunk->next = arena->large;
    arena->large = chunk;
    return cut(chunk, size);
}

void *arena_allocate(struct arena *arena, size_t size)
{
    INVARIANT(size < SIZE_MAX / 2);
    struct chunk *chunk = arena->newest;
    if (chunk->size - chunk->used >= rounded(size))
        return cut(chunk, size);
    if (size > CHUNK_SIZE / 4)
        return allocate_large(arena, size);
    bool is_small = chunk->next == NULL || chunk->next->next == NULL;
    chunk = obtain(is_small ? SMALL_SIZE : CHUNK_SIZE);
    chunk->next = arena->newest;
    arena->newest = chunk;
    return cut(chunk, size);
}

struct text arena_copy(struct arena *arena, struct text text)
{
    char *copy = arena_allocate(arena, text.length + 1);
    if (text.length != 0)
        memcpy(copy, text.base, text.length);
    return (struct text){copy, text.length};
}

struct text arena_join(struct arena *arena, const struct text *parts, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += parts[i].length;
    char *joined = arena_allocate(arena, length + 1), *end = joined;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length != 0)
            memcpy(end, parts[i].base, parts[i].length);
        end += parts[i].length;
    }
    return (struct text){joined, length};
}

struct text arena_print(struct arena *arena, const char *format, ...)
{
    char first[128]; /* most fit, and then printing once is enough */
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(first, sizeof(first), format, arguments);
    va_end(arguments);
    INVARIANT(length >= 0);
    char *text = arena_allocate(arena, (size_t)length + 1);
    if ((size_t)length < sizeof(first)) {
        memcpy(text, first, (size_t)length);
        return (struct text){text, (size_t)length};
    }
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return (struct text){text, (size_t)length};
}

void arena_cleanup(struct arena **arena)
{
    arena_destroy(*arena);
}
