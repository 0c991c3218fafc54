/* A set of Landlock's rules while it is made (landlock(7)): whatever the kernel's interface can refuse is
 * refused, unless a rule lets it be. Who may open what is said in file_rules.c and program_rules.c. */
#ifndef CONFINEMENT_RULE_SET_H
#define CONFINEMENT_RULE_SET_H

#include <stdbool.h>
#include <stdint.h>

/* Rights; those of a later version than the kernel's are left out of what is asked for. */
#define RULE_READ    (UINT64_C(1) << 2 | UINT64_C(1) << 3) /* of files and of folders */
#define RULE_WRITE   (UINT64_C(1) << 1)                    /* into files that are there */
#define RULE_EXECUTE (UINT64_C(1) << 0)
/* To read, write, make and remove files. */
#define RULE_KEEP_FILES                                                                                        \
    (RULE_READ | RULE_WRITE | UINT64_C(1) << 5 | UINT64_C(1) << 8 | UINT64_C(1) << 14 /* truncate */)

struct rule_set {
    int descriptor; /* -1: there is none */
    uint64_t handled;
    bool has_failed;
};

/* 0: the kernel has none, or does not let us use it. */
int rule_set_version_of_kernel(void);
/* Of this version, at most the kernel's; false if there is none. */
bool rule_set_begin(struct rule_set *set, int version);
/* A path that does not exist gives nothing. */
void rule_set_allow(struct rule_set *set, const char *path, uint64_t access);
/* The folder a file stands in, and the one it leads to if it is a link. */
void rule_set_allow_beside(struct rule_set *set, const char *file, uint64_t access);
/* The same of something open. Makes system calls and nothing else, so that it can be called after a fork. */
void rule_set_allow_descriptor(struct rule_set *set, int descriptor, uint64_t access);
/* Only system calls, too. False when nothing applies. */
bool rule_set_apply(const struct rule_set *set);
void rule_set_end(struct rule_set *set);

#endif
