/* By the tar and rm of the system: what is unpacked is public and small. */
#include "archive.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

static int run(char *const arguments[])
{
    pid_t child;
    int status;
    if (posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ) != 0)
        return -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int archive_unpack(struct archive *archive, const char *name)
{
    char path[4096];
    const char *vectors = getenv("DRAGOMAN_VECTORS");
    archive->is_unpacked = false;
    if (vectors == NULL) {
        printf("DRAGOMAN_VECTORS is not set: no %s\n", name);
        return 0;
    }
    snprintf(path, sizeof(path), "%s/%s", vectors, name);
    snprintf(archive->folder, sizeof(archive->folder), "/tmp/dragoman-vectors-XXXXXX");
    if (mkdtemp(archive->folder) == NULL)
        return -1;
    archive->is_unpacked = true;
    return run((char *[]){"tar", "-xzf", path, "-C", archive->folder, NULL});
}

int archive_remove(const struct archive *archive)
{
    return archive->is_unpacked ? run((char *[]){"rm", "-rf", (char *)archive->folder, NULL}) : 0;
}
