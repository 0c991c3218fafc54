/* Which tokens' signatures were checked already: by the SHA-256 of the whole token and the serial of the very
 * key it was checked with, in a bounded table of each thread. It answers for the signature alone: time,
 * audience, revocation, replay and policy are never asked of it. A key that was removed or read anew takes what
 * it vouched for along, because nobody asks with its serial any more. Used by verification.c. */
#ifndef TRUST_TOKEN_MEMORY_H
#define TRUST_TOKEN_MEMORY_H

#include <stdint.h>

#include "base/digest.h"

/* capacity: tokens remembered on this thread, rounded up to a multiple of four; 0 remembers none and forgets
 * what there was, and so does a capacity other than the last. */
bool token_memory_has(size_t capacity, const unsigned char digest[DIGEST_SIZE], uint64_t key_serial);
/* Pushes out the one of its neighbours that was asked for longest ago. */
void token_memory_add(size_t capacity, const unsigned char digest[DIGEST_SIZE], uint64_t key_serial);

#endif
