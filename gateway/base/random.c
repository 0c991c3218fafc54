/* Random bytes from OpenSSL's per-thread generator, and time-ordered identifiers. What is short comes out of a
 * small supply of each thread: the generator's cost is per call. Bytes are wiped as they are given out, and a
 * child process begins without a supply. */
#include "base/random.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

#include "base/fault.h"
#include "base/secret.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { SUPPLY = 512, SHORT = 32 };

struct supply {
    unsigned char bytes[SUPPLY];
    size_t left; /* at the end */
};

static __thread struct supply own_supply;
static pthread_once_t fork_noted = PTHREAD_ONCE_INIT;

static void generate(void *out, size_t length)
{
    INVARIANT(length <= INT32_MAX && RAND_bytes(out, (int)length) == 1);
}

/* In the child there is only the thread that forked; two processes must not share what comes next. */
static void drop_supply(void)
{
    secret_wipe(&own_supply, sizeof(own_supply));
}

static void note_forks(void)
{
    INVARIANT(pthread_atfork(NULL, NULL, drop_supply) == 0);
}

void random_bytes(void *out, size_t length)
{
    struct supply *supply = &own_supply;
    if (length > SHORT) {
        generate(out, length);
        return;
    }
    if (supply->left < length) {
        INVARIANT(pthread_once(&fork_noted, note_forks) == 0);
        generate(supply->bytes, SUPPLY);
        supply->left = SUPPLY;
    }
    unsigned char *next = supply->bytes + SUPPLY - supply->left;
    memcpy(out, next, length);
    secret_wipe(next, length);
    supply->left -= length;
}

void identifier_make(int64_t wall_us, char out[IDENTIFIER_SIZE])
{
    uint64_t milliseconds = (uint64_t)wall_us / 1000;
    unsigned char entropy[16];
    random_bytes(entropy, sizeof(entropy));
    for (int i = 9; i >= 0; i--) {
        out[i] = alphabet[milliseconds & 31];
        milliseconds >>= 5;
    }
    for (int i = 0; i < 16; i++)
        out[10 + i] = alphabet[entropy[i] & 31];
    out[IDENTIFIER_LENGTH] = '\0';
}

int64_t identifier_time_ms(const char *base, size_t length)
{
    if (length != IDENTIFIER_LENGTH || base[0] > '7')
        return -1;
    int64_t milliseconds = 0;
    for (int i = 0; i < IDENTIFIER_LENGTH; i++) {
        const char *digit = base[i] == '\0' ? NULL : strchr(alphabet, base[i]);
        if (digit == NULL)
            return -1;
        if (i < 10)
            milliseconds = milliseconds << 5 | (digit - alphabet);
    }
    return milliseconds;
}
