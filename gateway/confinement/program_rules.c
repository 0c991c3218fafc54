/* The system's programs, libraries and what they look up, each named as narrowly as lasts: what an operator
 * puts somewhere below /etc, /usr/local/etc, /opt or /srv is not among them. Nothing can be written. */
#include "program_rules.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"

static const char *const executed_folders[] = {
    "/usr/bin",    "/usr/sbin",  "/usr/lib",       "/usr/lib32",     "/usr/lib64", "/usr/libexec",
    "/usr/libx32", "/usr/games", "/usr/local/bin", "/usr/local/lib", "/lib",       "/lib32",
    "/lib64",      "/bin",       "/sbin",          "/usr/local/sbin"};
/* Name resolution, authorities, time zones, the loader, and how many processors and how much memory there are.
 */
static const char *const read_paths[] = {"/usr/share",           "/usr/local/share",
                                         "/etc/ssl/certs",       "/etc/ssl/openssl.cnf",
                                         "/etc/ca-certificates", "/etc/pki/tls/certs",
                                         "/etc/pki/ca-trust",    "/etc/crypto-policies",
                                         "/etc/resolv.conf",     "/etc/hosts",
                                         "/etc/host.conf",       "/etc/gai.conf",
                                         "/etc/nsswitch.conf",   "/etc/services",
                                         "/etc/protocols",       "/etc/ld.so.cache",
                                         "/etc/ld.so.conf",      "/etc/ld.so.conf.d",
                                         "/etc/ld.so.preload",   "/etc/localtime",
                                         "/etc/timezone",        "/etc/alternatives",
                                         "/etc/mime.types",      "/dev/urandom",
                                         "/dev/random",          "/dev/zero",
                                         "/proc/meminfo",        "/proc/cpuinfo",
                                         "/proc/stat",           "/sys/devices/system/cpu"};
/* Debian keeps a module there that every Python loads as it starts. */
static const char python_settings[] = "/etc/python3*";

static void allow_python_settings(struct rule_set *rules)
{
    glob_t found;
    if (glob(python_settings, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        rule_set_allow(rules, found.gl_pathv[i], RULE_READ);
    globfree(&found);
}

bool program_rules_make(struct rule_set *rules, int version, int executed)
{
    if (!rule_set_begin(rules, version))
        return false;
    for (size_t i = 0; i < sizeof(executed_folders) / sizeof(executed_folders[0]); i++)
        rule_set_allow(rules, executed_folders[i], RULE_READ | RULE_EXECUTE);
    for (size_t i = 0; i < sizeof(read_paths) / sizeof(read_paths[0]); i++)
        rule_set_allow(rules, read_paths[i], RULE_READ);
    allow_python_settings(rules);
    rule_set_allow(rules, "/dev/null", RULE_READ | RULE_WRITE);
    rule_set_allow_descriptor(rules, executed, RULE_READ | RULE_EXECUTE);
    if (!rules->has_failed)
        return true;
    rule_set_end(rules);
    return false;
}

void program_rules_add_own_process(struct rule_set *rules)
{
    int place = open("/proc/self", O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (place < 0)
        return;
    rule_set_allow_descriptor(rules, place, RULE_READ);
    close(place);
}

static bool is_below(const char *path, const char *folder)
{
    char *resolved = realpath(folder, NULL);
    size_t length = resolved == NULL ? 0 : strlen(resolved);
    bool is = resolved != NULL && strncmp(path, resolved, length) == 0 &&
              (path[length] == '/' || path[length] == '\0');
    free(resolved);
    return is;
}

bool program_rules_cover(const char *path)
{
    bool is_covered = false;
    for (size_t i = 0; i < sizeof(executed_folders) / sizeof(executed_folders[0]); i++)
        is_covered = is_covered || is_below(path, executed_folders[i]);
    for (size_t i = 0; i < sizeof(read_paths) / sizeof(read_paths[0]); i++)
        is_covered = is_covered || is_below(path, read_paths[i]);
    return is_covered || strncmp(path, python_settings, sizeof(python_settings) - 2) == 0;
}
