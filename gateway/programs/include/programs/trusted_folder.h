/* A folder that only root and the user we run as could have put anything into. */
#ifndef PROGRAMS_TRUSTED_FOLDER_H
#define PROGRAMS_TRUSTED_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

enum { PROGRAM_DETAIL_SIZE = 512 };

struct trusted_folder {
    int descriptor;
    char path[PATH_MAX]; /* links resolved */
};

/* False, with a detail of PROGRAM_DETAIL_SIZE bytes, for one that it is not, or that is not there (errno is
 * ENOENT then, and otherwise something else). */
bool trusted_folder_open(struct trusted_folder *folder, const char *path, char *detail);
void trusted_folder_close(struct trusted_folder *folder);
/* The same of what lies in one. */
bool trusted_status(const struct stat *status, const char *path, char *detail);
/* A file, by its path without links, and the folders above it. */
bool trusted_file(const char *resolved, const struct stat *status, char *detail);

#endif
