/* Randomness and the identifiers made of it. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t length); /* from the system's generator; aborts if there is none */

/* A time-ordered identifier: 48 bits of milliseconds and 80 random bits as 26 characters of Crockford base32
 * (the shape known as ULID), zero-terminated. Records, credentials (jti) and leases are named by it, so that a
 * range of time is a range of keys. */
enum { IDENTIFIER_LENGTH = 26, IDENTIFIER_SIZE = 27 };
void identifier_make(int64_t wall_us, char out[IDENTIFIER_SIZE]);
/* The milliseconds in an identifier, or -1 if it is not one. */
int64_t identifier_time_ms(const char *base, size_t length);

#endif
