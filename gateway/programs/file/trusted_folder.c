/* Links are resolved once, by the C library; then every folder from / down is opened in the one above it, which
 * follows no link any more, and looked at while it is open. */
#include "programs/trusted_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool trusted_status(const struct stat *status, const char *path, char *detail)
{
    if (status->st_uid != 0 && status->st_uid != geteuid()) {
        snprintf(detail, PROGRAM_DETAIL_SIZE,
                 "%.300s belongs to user %u, who is neither root nor the gateway's user", path,
                 (unsigned)status->st_uid);
        return false;
    }
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        snprintf(
            detail, PROGRAM_DETAIL_SIZE, "%.300s has mode %04o; only its owner may be able to write it (%s)",
            path, (unsigned)(status->st_mode & 07777),
            (status->st_mode & S_ISVTX) != 0 ? "it is for everybody: take a folder elsewhere" : "chmod go-w");
        return false;
    }
    return true;
}

/* From one folder into the next; the first is closed. */
static int go_down(int folder, const char *name, const char *path, char *detail)
{
    struct stat status;
    int next = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    if (folder >= 0)
        close(folder);
    if (next < 0) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "%.300s: %s", path, strerror(error));
        errno = error;
        return -1;
    }
    if (fstat(next, &status) == 0 && trusted_status(&status, path, detail))
        return next;
    close(next);
    errno = EPERM;
    return -1;
}

bool trusted_folder_open(struct trusted_folder *folder, const char *path, char *detail)
{
    char *end, *name;
    if (realpath(path, folder->path) == NULL) {
        int error = errno;
        snprintf(detail, PROGRAM_DETAIL_SIZE, "%.300s: %s", path, strerror(error));
        errno = error;
        return false;
    }
    folder->descriptor = go_down(AT_FDCWD, "/", "/", detail);
    for (name = folder->path + 1; folder->descriptor >= 0 && *name != '\0'; name = end + (*end == '/')) {
        end = strchrnul(name, '/');
        char behind = *end;
        *end = '\0';
        folder->descriptor = go_down(folder->descriptor, name, folder->path, detail);
        *end = behind;
    }
    return folder->descriptor >= 0;
}

void trusted_folder_close(struct trusted_folder *folder)
{
    close(folder->descriptor);
}

bool trusted_file(const char *resolved, const struct stat *status, char *detail)
{
    struct trusted_folder folder;
    char above[PATH_MAX];
    if (!trusted_status(status, resolved, detail))
        return false;
    snprintf(above, sizeof(above), "%.*s", (int)(strrchr(resolved, '/') - resolved), resolved);
    if (!trusted_folder_open(&folder, above[0] == '\0' ? "/" : above, detail))
        return false;
    trusted_folder_close(&folder);
    return true;
}
