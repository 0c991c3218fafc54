/* The SHA-2 family and HMAC-SHA-256. Per-thread contexts inside; no allocation per call after the first. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/text.h"

enum { DIGEST_SIZE = 32 };

void digest_sha256(struct text text, unsigned char out[DIGEST_SIZE]);
/* Of a whole file from its beginning, whatever its offset, which stays as it is; false, with errno, when it
 * cannot be read. */
bool digest_sha256_file(int descriptor, unsigned char out[DIGEST_SIZE]);
/* SHA-256, -384 or -512 by the size of its result in bytes: 32, 48 or 64. */
void digest_sha2(size_t size, struct text text, unsigned char *out);
/* Hashes several parts, each preceded by its length, so that ("ab","c") and ("a","bc") differ. */
void digest_parts(const struct text *parts, size_t count, unsigned char out[DIGEST_SIZE]);
void digest_hmac(struct text key, struct text text, unsigned char out[DIGEST_SIZE]);
/* Lower-case hexadecimal, zero-terminated. */
void digest_hex(const unsigned char digest[DIGEST_SIZE], char out[2 * DIGEST_SIZE + 1]);

#endif
