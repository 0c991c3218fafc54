/* Where it stands, and whether it is still the same file. */
#include "program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void program_find(struct program *program, const char *name)
{
    char folder[PATH_MAX / 2];
    ssize_t length = -1;
    memset(program, 0, sizeof(*program));
    if (name[0] == '/')
        snprintf(program->path, sizeof(program->path), "%s", name);
    else if (strchr(name, '/') != NULL && getcwd(folder, sizeof(folder)) != NULL)
        snprintf(program->path, sizeof(program->path), "%.2047s/%.2047s", folder, name);
    else /* found through PATH */
        length = readlink("/proc/self/exe", program->path, sizeof(program->path) - 1);
    if (length > 0)
        program->path[length] = '\0';
    if (stat(program->path, &program->status) != 0)
        memset(&program->status, 0, sizeof(program->status));
}

bool program_has_changed(const struct program *program)
{
    struct stat now;
    const struct stat *then = &program->status;
    return stat(program->path, &now) == 0 &&
           (now.st_dev != then->st_dev || now.st_ino != then->st_ino || now.st_size != then->st_size ||
            now.st_mtim.tv_sec != then->st_mtim.tv_sec || now.st_mtim.tv_nsec != then->st_mtim.tv_nsec);
}
