/* Strict base64url without padding (RFC 4648 section 5, RFC 7515 section 2): one spelling per byte string, so
 * that a token can be a cache or replay key. */
#ifndef BASE_BASE64URL_H
#define BASE_BASE64URL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"

#define BASE64URL_ENCODED_LENGTH(bytes)      (((bytes)*4 + 2) / 3)
#define BASE64URL_DECODED_LENGTH(characters) ((characters)*3 / 4)

/* Writes BASE64URL_ENCODED_LENGTH(length) characters, no terminator. */
void base64url_encode(const void *bytes, size_t length, char *out);
/* Into the arena, zero-terminated. */
struct text base64url_encode_text(struct arena *arena, const void *bytes, size_t length);
/* So many random bytes in that spelling, which is all that is left of them. */
struct text base64url_random(struct arena *arena, size_t bytes);
/* Whether there is no character of another alphabet; that it is whole is for base64url_decode to say. */
bool base64url_has_alphabet(struct text text);
/* False on padding, white space, any other alphabet, a length of 4n+1 or leftover bits that are not zero. out
 * needs BASE64URL_DECODED_LENGTH(text.length) bytes. */
bool base64url_decode(struct text text, unsigned char *out, size_t *length);
/* Plain base64, in its own alphabet and padded (RFC 4648 section 4), which is for what others read: HTTP Basic,
 * hashes of a content security policy. */
void base64_append(struct buffer *out, const void *bytes, size_t length);
/* The same alphabet read as strictly: whole groups of four, the last one padded, one spelling per byte string.
 * out needs BASE64URL_DECODED_LENGTH(text.length) bytes. */
bool base64_decode(struct text text, unsigned char *out, size_t *length);

#endif
