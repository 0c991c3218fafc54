/* Sets of four entries, the one used last in front. Where a token belongs follows from its digest, so whoever
 * shows many good tokens can push others out of a set; that costs the others one signature check each. */
#include "token_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "runtime/metrics.h"

enum { WAYS = 4 };

struct entry {
    unsigned char digest[DIGEST_SIZE];
    uint64_t key_serial; /* 0: empty */
};

struct memory {
    size_t capacity;
    size_t set_count;
    struct entry (*sets)[WAYS];
    bool is_registered;
};

static __thread struct memory own;
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static void forget_all(void *value)
{
    struct memory *memory = value;
    free(memory->sets);
    memory->sets = NULL;
    memory->capacity = memory->set_count = 0;
}

static void create_thread_end(void)
{
    INVARIANT(pthread_key_create(&thread_end, forget_all) == 0);
}

static void resize(struct memory *memory, size_t capacity)
{
    forget_all(memory);
    if (!memory->is_registered) {
        INVARIANT(pthread_once(&thread_end_once, create_thread_end) == 0);
        INVARIANT(pthread_setspecific(thread_end, memory) == 0);
        memory->is_registered = true;
    }
    memory->capacity = capacity;
    memory->set_count = (capacity + WAYS - 1) / WAYS;
    if (memory->set_count == 0)
        return;
    memory->sets = calloc(memory->set_count, sizeof(memory->sets[0]));
    INVARIANT(memory->sets != NULL);
}

/* NULL where nothing is to be remembered. */
static struct entry *set_of(size_t capacity, const unsigned char digest[DIGEST_SIZE])
{
    struct memory *memory = &own;
    if (memory->capacity != capacity)
        resize(memory, capacity);
    if (memory->set_count == 0)
        return NULL;
    uint64_t number;
    memcpy(&number, digest, sizeof(number));
    return memory->sets[number % memory->set_count];
}

static void put_in_front(struct entry *set, int index, struct entry entry)
{
    memmove(set + 1, set, (size_t)index * sizeof(*set));
    set[0] = entry;
}

bool token_memory_has(size_t capacity, const unsigned char digest[DIGEST_SIZE], uint64_t key_serial)
{
    struct entry *set = set_of(capacity, digest);
    for (int i = 0; set != NULL && key_serial != 0 && i < WAYS; i++) {
        if (set[i].key_serial != key_serial || memcmp(set[i].digest, digest, DIGEST_SIZE) != 0)
            continue;
        put_in_front(set, i, set[i]);
        return true;
    }
    return false;
}

void token_memory_add(size_t capacity, const unsigned char digest[DIGEST_SIZE], uint64_t key_serial)
{
    struct entry *set = set_of(capacity, digest);
    if (set == NULL || key_serial == 0 || token_memory_has(capacity, digest, key_serial))
        return;
    metric_add(METRIC_TOKENS_FORGOTTEN, set[WAYS - 1].key_serial != 0);
    struct entry entry = {.key_serial = key_serial};
    memcpy(entry.digest, digest, DIGEST_SIZE);
    put_in_front(set, WAYS - 1, entry);
}
