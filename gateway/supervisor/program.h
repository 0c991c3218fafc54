/* The program file we were started from: executed again for every worker, and in our own place when it has been
 * replaced. */
#ifndef SUPERVISOR_PROGRAM_H
#define SUPERVISOR_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct program {
    char path[PATH_MAX]; /* absolute */
    struct stat status;  /* as it was when this process started */
};

/* name is argv[0]: a path is followed through links anew each time, so that moving a link is an upgrade too. */
void program_find(struct program *program, const char *name);
bool program_has_changed(const struct program *program);

#endif
