/* The file that holds the sealing key: one line, owner-only. Private to keys/; seal.c calls it. */
#ifndef KEYS_SEALING_KEY_FILE_H
#define KEYS_SEALING_KEY_FILE_H

#include "base/fault.h"
#include "base/secret.h"

enum { SEALING_KEY_SIZE = 32, SEALING_KEY_DETAIL_SIZE = 256 };

/* FILE_UNREADABLE with the reason in detail: not there, a symbolic link, not a regular file, open to group or
 * others, another user's, or not one line with a key. */
MUST_USE enum fault sealing_key_file_read(const char *path, struct secret **key, char *detail);
/* A new random key in a new file, mode 0600, on disk when this returns. */
MUST_USE enum fault sealing_key_file_make(const char *path, char *detail);

#endif
