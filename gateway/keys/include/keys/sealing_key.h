/* The sealing key itself: 32 bytes, written as one line of 64 hexadecimal digits or 43 base64url characters.
 * Which of the ways to it is taken is the supervisor's business; seal.h has what is done with it. */
#ifndef KEYS_SEALING_KEY_H
#define KEYS_SEALING_KEY_H

#include "base/fault.h"
#include "base/secret.h"

enum { SEALING_KEY_SIZE = 32, SEALING_KEY_LINE_MAX = 2 * SEALING_KEY_SIZE + 1, SEALING_KEY_DETAIL_SIZE = 256 };

/* NULL for anything else; a line end is no part of it. The caller wipes the line. */
struct secret *sealing_key_parse(struct text line);
/* FILE_UNREADABLE with the reason in detail: not there, a symbolic link, not a regular file, open to others
 * (base/private_file.h), another user's, or not one line with a key. */
MUST_USE enum fault sealing_key_read_file(const char *path, struct secret **key, char *detail);
/* A new random key in a new file, mode 0600, on disk when this returns. */
MUST_USE enum fault sealing_key_make_file(const char *path, char *detail);

#endif
