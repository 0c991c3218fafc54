/* Files that hold secrets: opened only where nobody but those who may have put them there can read them. */
#ifndef BASE_PRIVATE_FILE_H
#define BASE_PRIVATE_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether a file is its owner's alone, or root's and, for who is not root, its group's to read: only root puts
 * a file there and says who is in that group, as pods have their secrets (decision 0062). */
bool private_file_is_kept(const struct stat *status);

/* Opens a file for reading. Its name may be a link only where that is root's and this user is not, as those of
 * a mounted Secret are. Never waits for a FIFO. A descriptor that the caller closes, or -1 with errno; ELOOP is
 * a link that is not followed. Looking at what was opened is the caller's. */
int private_file_open(const char *path);

#endif
