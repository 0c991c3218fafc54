/* From a process of ours to the adapter's: what it is handed, what is taken from it, exec. */
#ifndef PROGRAMS_PROGRAM_CHILD_H
#define PROGRAMS_PROGRAM_CHILD_H

#include <sys/types.h>

#include "confinement/program_confinement.h"
#include "file/program_image.h"

enum { PROGRAM_FILES_MAX = 17, PROGRAM_SOCKETS_MAX = 4, PROGRAM_SOCKET = 3 };

struct program_start {
    const struct program_image *image;
    const struct program_confinement *confinement;
    const struct adapter_document *document;
    int socket, output;
    int files[PROGRAM_FILES_MAX]; /* its descriptors from 4 on */
    size_t file_count;
    int listener;                     /* its descriptor behind the files; -1: it has none */
    int sockets[PROGRAM_SOCKETS_MAX]; /* connected ones, behind that */
    size_t socket_count;
    bool has_own_user;
    uid_t user;
};

/* Its process, which runs what it should when this returns; -1, with a detail, when it does not. */
pid_t program_child_start(const struct program_start *start, char *detail);
/* Ends a process that was not reaped yet and all that came of it and is of its group, which it cannot leave. */
void program_child_kill(pid_t process);
/* Ends whatever still runs as this user, who is nobody else. */
void program_child_kill_user(uid_t user);

#endif
