/* An archive of public test vectors, unpacked in a folder of its own for as long as a group of tests runs. */
#ifndef KIT_ARCHIVE_H
#define KIT_ARCHIVE_H

#include <stdbool.h>

struct archive {
    char folder[64];
    bool is_unpacked; /* false: there are no vectors here, which has been said */
};

/* name: below the folder that DRAGOMAN_VECTORS names. 0, also without vectors; -1 when it cannot be unpacked.
 */
int archive_unpack(struct archive *archive, const char *name);
/* 0 when nothing is left of it. */
int archive_remove(const struct archive *archive);

#endif
