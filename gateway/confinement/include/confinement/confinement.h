/* Takes away from this process what it will never need: files through Landlock, system calls through seccomp.
 * What remains is what a worker does: serve, fetch, store. It only ever takes away; nothing here gives
 * anything. Called by a worker before its first thread starts. */
#ifndef CONFINEMENT_CONFINEMENT_H
#define CONFINEMENT_CONFINEMENT_H

#include <stdbool.h>
#include <stddef.h>

enum confined_use {
    CONFINED_READ,        /* a file, or a folder and all below it */
    CONFINED_READ_BESIDE, /* the folder a file stands in: it may be replaced by another of its name */
    CONFINED_WRITE_BESIDE /* the same, to read, write, make and remove files in */
};

struct confined_path {
    enum confined_use use;
    const char *path; /* one that does not exist, or may not be looked at, gives nothing */
};

struct confinement_request {
    const struct confined_path *paths; /* beside what the C library needs to resolve names and load its parts */
    size_t path_count;
    /* A sanitizer stops threads, walks /proc and reads its own program: all files may be read, and its system
     * calls are let through. Writing stays confined. */
    bool is_sanitized;
};

struct confinement {
    int landlock_version;      /* of the kernel's interface; 0: files are not confined */
    bool filters_system_calls; /* refused ones fail with ENOSYS */
};

/* Confines the calling thread and every thread it starts, for good. It needs PR_SET_NO_NEW_PRIVS. A layer that
 * the kernel does not have, or does not let us use, is left out and reported so; none is ever half there. */
struct confinement confinement_enter(const struct confinement_request *request);

#endif
