/* Random bytes from OpenSSL's per-thread generator, and time-ordered identifiers. */
#include "base/random.h"

#include <openssl/rand.h>
#include <string.h>

#include "base/fault.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void random_bytes(void *out, size_t length)
{
    INVARIANT(length <= INT32_MAX && RAND_bytes(out, (int)length) == 1);
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
