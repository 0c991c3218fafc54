/* Landlock keeps what none of its rules lets be read; another user, what has no mode for others on its way. */
#include "kept_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* As somebody who is neither its owner nor of its group, and so in each folder above. What cannot be looked at
 * is taken for open. */
static bool is_open_to_others(const char *resolved)
{
    char path[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof(path), "%s", resolved);
    if (stat(path, &status) != 0)
        return true;
    if ((status.st_mode & (S_IROTH | S_IWOTH)) == 0)
        return false;
    for (char *slash; (slash = strrchr(path, '/')) != NULL && slash != path;) {
        *slash = '\0';
        if (stat(path, &status) == 0 && (status.st_mode & S_IXOTH) == 0)
            return false;
    }
    return true;
}

bool kept_files_are_safe(const struct program_plan *plan, const struct program_confinement *confinement,
                         bool has_own_user, char *detail)
{
    char resolved[PATH_MAX];
    if (confinement->filter == NULL) {
        snprintf(detail, PROGRAM_DETAIL_SIZE,
                 "this kernel filters no system calls (seccomp), so nothing keeps it from the network and from "
                 "other processes");
        return false;
    }
    for (size_t i = 0; i < plan->kept_files.count; i++) {
        const char *path = plan->kept_files.items[i].base;
        if (realpath(path, resolved) == NULL)
            continue; /* not there yet, and nobody but us makes it */
        bool is_kept = (confinement->rules >= 0 && !program_confinement_lets_read(resolved)) ||
                       (has_own_user && !is_open_to_others(resolved));
        if (is_kept)
            continue;
        snprintf(detail, PROGRAM_DETAIL_SIZE,
                 "%.200s would be readable by it: %s; isolation: none in its document and in the Gateway's "
                 "starts it all the same",
                 path,
                 confinement->rules >= 0 ? "it lies where every program may read"
                 : has_own_user          ? "this kernel has no Landlock, and its mode lets others read it"
                                : "this kernel has no Landlock, and the gateway does not run as root, who "
                                  "could give it a user of its own");
        return false;
    }
    return true;
}

bool kept_files_include(const struct program_plan *plan, const char *path)
{
    char resolved[PATH_MAX], kept[PATH_MAX];
    if (realpath(path, resolved) == NULL)
        return false;
    for (size_t i = 0; i < plan->kept_files.count; i++)
        if (realpath(plan->kept_files.items[i].base, kept) != NULL && strcmp(kept, resolved) == 0)
            return true;
    if (plan->store_folder == NULL || realpath(plan->store_folder, kept) == NULL)
        return false;
    size_t length = strlen(kept);
    return strncmp(resolved, kept, length) == 0 && resolved[length] == '/';
}
