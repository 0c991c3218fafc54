/* A worker's rules; how they are made is rule_set.c's. */
#include "file_rules.h"

#include "rule_set.h"

/* Name resolution, time zones, certificate authorities, and what is loaded late: name service modules,
 * OpenSSL's. Files in /etc are replaced by others of their name, so that naming them one by one would not last.
 */
static void allow_system(struct rule_set *rules)
{
    static const char *const folders[] = {
        "/etc",         "/usr",        "/lib",     "/lib64", "/sys/devices/system/cpu",
        "/dev/urandom", "/dev/random", "/dev/zero"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        rule_set_allow(rules, folders[i], RULE_READ);
    rule_set_allow_beside(rules, "/etc/resolv.conf", RULE_READ);
    rule_set_allow(rules, "/dev/null", RULE_READ | RULE_WRITE);
}

static void allow_requested(struct rule_set *rules, const struct confinement_request *request)
{
    for (size_t i = 0; i < request->path_count; i++) {
        const struct confined_path *path = &request->paths[i];
        if (path->use == CONFINED_READ)
            rule_set_allow(rules, path->path, RULE_READ);
        else
            rule_set_allow_beside(rules, path->path,
                                  path->use == CONFINED_READ_BESIDE ? RULE_READ : RULE_KEEP_FILES);
    }
    if (request->is_sanitized)
        rule_set_allow(rules, "/", RULE_READ);
}

int file_rules_apply(const struct confinement_request *request)
{
    struct rule_set rules;
    int version = rule_set_version_of_kernel();
    if (!rule_set_begin(&rules, version))
        return 0;
    allow_system(&rules);
    allow_requested(&rules, request);
    if (!rule_set_apply(&rules))
        version = 0;
    rule_set_end(&rules);
    return version;
}
