/* Eight bytes at a time, for the passes that run over every token: whether any byte of a word is one that wants
 * a closer look. The answer "none" is exact; where it is "some" the bytes are looked at one by one. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORD_SIZE = 8 };

#define WORD_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t word_load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* These set the highest bit of every byte that is meant, and perhaps of others; for bytes beyond ASCII the word
 * itself does. */
static inline uint64_t word_below(uint64_t word, uint8_t limit)
{
    return (word - WORD_OF(limit)) & ~word;
}
static inline uint64_t word_equal(uint64_t word, uint8_t byte)
{
    return word_below(word ^ WORD_OF(byte), 1);
}
static inline bool word_has_any(uint64_t marks)
{
    return (marks & WORD_OF(0x80)) != 0;
}

#endif
