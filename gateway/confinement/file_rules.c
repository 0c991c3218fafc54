/* Landlock through its three system calls; the C library has no names for them, and the headers of Debian 12
 * end at version 2. Everything that the running kernel can refuse is refused, unless a rule below lets it be.
 */
#include "file_rules.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* landlock(7), by the version that brought them. */
#define ACCESS_VERSION_1   ((UINT64_C(1) << 13) - 1)
#define ACCESS_REFER       (UINT64_C(1) << 13) /* 2 */
#define ACCESS_TRUNCATE    (UINT64_C(1) << 14) /* 3 */
#define ACCESS_IOCTL       (UINT64_C(1) << 15) /* 5 */
#define NETWORK_BIND       UINT64_C(1)         /* 4 */
#define SCOPE_ABSTRACT     UINT64_C(1)         /* 6 */
#define SCOPE_SIGNAL       UINT64_C(2)         /* 6 */
#define ACCESS_OF_ONE_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)

static const uint64_t may_read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t may_write = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                                  LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | ACCESS_TRUNCATE;

/* struct landlock_ruleset_attr as of version 6; older kernels are told a shorter one. */
struct rule_set {
    uint64_t files, network, scope;
};

struct building {
    int rules;
    uint64_t handled;
    bool has_failed;
};

static int version_of_kernel(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 1 ? 0 : (int)version;
}

static int make_rules(int version, uint64_t *handled)
{
    struct rule_set set = {
        .files = ACCESS_VERSION_1, .network = NETWORK_BIND, .scope = SCOPE_ABSTRACT | SCOPE_SIGNAL};
    set.files |= version >= 2 ? ACCESS_REFER : 0;
    set.files |= version >= 3 ? ACCESS_TRUNCATE : 0;
    set.files |= version >= 5 ? ACCESS_IOCTL : 0;
    *handled = set.files;
    size_t size = version >= 6   ? sizeof(set)
                  : version >= 4 ? offsetof(struct rule_set, scope)
                                 : sizeof(set.files);
    return (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
}

static void allow(struct building *building, const char *path, uint64_t access)
{
    struct stat status;
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0)
        return;
    if (fstat(place, &status) == 0 && !S_ISDIR(status.st_mode))
        access &= ACCESS_OF_ONE_FILE;
    struct landlock_path_beneath_attr rule = {.allowed_access = access & building->handled, .parent_fd = place};
    if (syscall(SYS_landlock_add_rule, building->rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        building->has_failed = true;
    close(place);
}

static void allow_beside(struct building *building, const char *file, uint64_t access)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(file, '/');
    if (slash == NULL)
        snprintf(folder, sizeof(folder), ".");
    else
        snprintf(folder, sizeof(folder), "%.*s", slash == file ? 1 : (int)(slash - file), file);
    allow(building, folder, access);
    /* A link may lead to another folder, as to the resolver's file in /run. */
    char *target = realpath(file, NULL);
    if (target != NULL) {
        *(strrchr(target, '/') + (strrchr(target, '/') == target)) = '\0';
        allow(building, target, access);
    }
    free(target);
}

/* Name resolution, time zones, certificate authorities, and what is loaded late: name service modules,
 * OpenSSL's. Files in /etc are replaced by others of their name, so that naming them one by one would not last.
 */
static void allow_system(struct building *building)
{
    static const char *const folders[] = {
        "/etc",         "/usr",        "/lib",     "/lib64", "/sys/devices/system/cpu",
        "/dev/urandom", "/dev/random", "/dev/zero"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        allow(building, folders[i], may_read);
    allow_beside(building, "/etc/resolv.conf", may_read);
    allow(building, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
}

static void allow_requested(struct building *building, const struct confinement_request *request)
{
    for (size_t i = 0; i < request->path_count; i++) {
        const struct confined_path *path = &request->paths[i];
        if (path->use == CONFINED_READ)
            allow(building, path->path, may_read);
        else
            allow_beside(building, path->path, path->use == CONFINED_READ_BESIDE ? may_read : may_write);
    }
    if (request->is_sanitized)
        allow(building, "/", may_read);
}

int file_rules_apply(const struct confinement_request *request)
{
    struct building building = {0};
    int version = version_of_kernel();
    if (version == 0)
        return 0;
    building.rules = make_rules(version, &building.handled);
    if (building.rules < 0)
        return 0;
    allow_system(&building);
    allow_requested(&building, request);
    if (building.has_failed || syscall(SYS_landlock_restrict_self, building.rules, 0) != 0)
        version = 0;
    close(building.rules);
    return version;
}
