/* Landlock through its three system calls; the C library has no names for them, and the headers of Debian 12
 * end at version 2. */
#include "rule_set.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* landlock(7), by the version that brought them. */
#define ACCESS_VERSION_1 ((UINT64_C(1) << 13) - 1)
#define ACCESS_REFER     (UINT64_C(1) << 13) /* 2 */
#define ACCESS_TRUNCATE  (UINT64_C(1) << 14) /* 3 */
#define ACCESS_IOCTL     (UINT64_C(1) << 15) /* 5 */
#define NETWORK_BIND     UINT64_C(1)         /* 4 */
#define SCOPE_ABSTRACT   UINT64_C(1)         /* 6 */
#define SCOPE_SIGNAL     UINT64_C(2)         /* 6 */
#define ACCESS_OF_ONE_FILE                                                                                     \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |               \
     ACCESS_TRUNCATE)

_Static_assert(RULE_READ == (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR), "landlock(7)");
_Static_assert(RULE_WRITE == LANDLOCK_ACCESS_FS_WRITE_FILE, "landlock(7)");
_Static_assert(RULE_EXECUTE == LANDLOCK_ACCESS_FS_EXECUTE, "landlock(7)");
_Static_assert(RULE_KEEP_FILES == (RULE_READ | RULE_WRITE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                   LANDLOCK_ACCESS_FS_REMOVE_FILE | ACCESS_TRUNCATE),
               "landlock(7)");

/* struct landlock_ruleset_attr as of version 6; older kernels are told a shorter one. */
struct attributes {
    uint64_t files, network, scope;
};

int rule_set_version_of_kernel(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 1 ? 0 : (int)version;
}

bool rule_set_begin(struct rule_set *set, int version)
{
    struct attributes attributes = {
        .files = ACCESS_VERSION_1, .network = NETWORK_BIND, .scope = SCOPE_ABSTRACT | SCOPE_SIGNAL};
    *set = (struct rule_set){.descriptor = -1};
    if (version == 0)
        return false;
    attributes.files |= version >= 2 ? ACCESS_REFER : 0;
    attributes.files |= version >= 3 ? ACCESS_TRUNCATE : 0;
    attributes.files |= version >= 5 ? ACCESS_IOCTL : 0;
    size_t size = version >= 6   ? sizeof(attributes)
                  : version >= 4 ? offsetof(struct attributes, scope)
                                 : sizeof(attributes.files);
    set->handled = attributes.files;
    set->descriptor = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    return set->descriptor >= 0;
}

void rule_set_allow_descriptor(struct rule_set *set, int descriptor, uint64_t access)
{
    struct stat status;
    if (fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode))
        access &= ACCESS_OF_ONE_FILE;
    struct landlock_path_beneath_attr rule = {.allowed_access = access & set->handled, .parent_fd = descriptor};
    if (syscall(SYS_landlock_add_rule, set->descriptor, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        set->has_failed = true;
}

void rule_set_allow(struct rule_set *set, const char *path, uint64_t access)
{
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0)
        return;
    rule_set_allow_descriptor(set, place, access);
    close(place);
}

void rule_set_allow_beside(struct rule_set *set, const char *file, uint64_t access)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(file, '/');
    if (slash == NULL)
        snprintf(folder, sizeof(folder), ".");
    else
        snprintf(folder, sizeof(folder), "%.*s", slash == file ? 1 : (int)(slash - file), file);
    rule_set_allow(set, folder, access);
    /* A link may lead to another folder, as to the resolver's file in /run. */
    char *target = realpath(file, NULL);
    if (target != NULL) {
        *(strrchr(target, '/') + (strrchr(target, '/') == target)) = '\0';
        rule_set_allow(set, target, access);
    }
    free(target);
}

bool rule_set_apply(const struct rule_set *set)
{
    return set->descriptor >= 0 && !set->has_failed &&
           syscall(SYS_landlock_restrict_self, set->descriptor, 0) == 0;
}

void rule_set_end(struct rule_set *set)
{
    if (set->descriptor >= 0)
        close(set->descriptor);
    set->descriptor = -1;
}
