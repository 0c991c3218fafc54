/* Signing keys that an operator keeps in files: PEM, unencrypted, each its owner's alone. The first one of an
 * algorithm signs, the others are published. */
#ifndef KEYS_KEY_FILES_H
#define KEYS_KEY_FILES_H

#include "base/arena.h"
#include "base/fault.h"
#include "keys/algorithm.h"

enum { KEY_FILES_MAX = 16, KEY_FILES_DETAIL_SIZE = 256 };

struct key_file {
    struct text id; /* kid, as of any signing key */
    enum algorithm algorithm;
    EVP_PKEY *key;
};

struct key_files {
    struct key_file items[KEY_FILES_MAX];
    size_t count;
    struct arena *arena;
};

/* Each key has to fit exactly one of the algorithms, which is the one that it signs. FILE_UNREADABLE or
 * KEY_INVALID, and detail says which file and why. Zeroed before; key_files_close in any case. */
MUST_USE enum fault key_files_read(const struct text *paths, size_t count, const enum algorithm *algorithms,
                                   size_t algorithm_count, struct key_files *files, char *detail);
void key_files_close(struct key_files *files);

#endif
