/* See private_file.h: who may read what holds a secret, and how it is opened. Called for client secrets and
 * passwords, the sealing key and TLS keys alike. */
#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { OPENED = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

bool private_file_is_kept(const struct stat *status)
{
    if ((status->st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return true;
    bool is_roots = status->st_uid == 0 && geteuid() != 0;
    return is_roots && (status->st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) == 0;
}

static bool is_link_of_root(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && status.st_uid == 0;
}

int private_file_open(const char *path)
{
    int file = open(path, OPENED | O_NOFOLLOW);
    if (file >= 0 || errno != ELOOP)
        return file;
    if (geteuid() != 0 && is_link_of_root(path))
        return open(path, OPENED);
    errno = ELOOP;
    return -1;
}
