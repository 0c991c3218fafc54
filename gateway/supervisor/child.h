/* One worker process as its parent sees it: started, ready, told to drain, dead. */
#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H

#include <sys/types.h>

#include "edition.h"
#include "kept_sockets.h"
#include "losses.h"
#include "programs/programs.h"
#include "sealing/sealing_keeper.h"
#include "silence.h"

enum { CHILD_SILENT_SIZE = 640 }; /* room for the names of WORKER_THREADS_MAX loops */

enum child_state { CHILD_NONE, CHILD_STARTING, CHILD_READY, CHILD_DRAINING };

struct child {
    enum child_state state;
    pid_t process;
    int control;
    int64_t ready_us;    /* monotonic */
    int64_t deadline_us; /* when it is killed; 0: no deadline */
    struct silence silence;
    char silent[CHILD_SILENT_SIZE]; /* which of its loops, as it says itself; empty: it says nothing of them */
    bool is_mute;     /* its words have ended, which is no event of its own: its death comes as a signal */
    bool is_given_up; /* killed because it was silent, and not dead yet */
    bool is_sealed;   /* it has no key, and only says so */
    int exit_status;  /* once it has died; -1: by a signal */
};

/* What a worker is started with. */
struct inheritance {
    const struct kept_sockets *sockets;
    const struct edition *edition;
    bool is_reload_refused; /* it serves, but not what was asked for last */
    struct losses losses;
    const struct secret *sealing_key; /* NULL: it is sealed */
    const struct sealing_keeper *sealing;
    bool is_key_given;         /* just now, by an operator */
    struct programs *programs; /* for a program in our place alone: no worker is told of the others' adapters */
};

/* Executes the program as a worker and hands it all that; false, with a log line, when that cannot be done.
 * The worker dies with us, whatever we die of. The configuration's path is there for people to see. */
bool child_start(struct child *child, const char *program, const char *configuration,
                 const struct inheritance *inheritance, int64_t deadline_us);
/* Tells it that a reload was refused while it serves on. */
void child_note_refusal(const struct child *child);
/* Tells it that it is going to be drained: it is not ready any more. */
void child_note_leaving(const struct child *child);
/* Tells it of all that were lost before it. */
void child_note_losses(const struct child *child, const struct losses *losses);
/* Tells a sealed one why there is still no key, and what became of the one it handed on: "opened", "wrong" or
 * "untried". */
void child_note_sealed(const struct child *child, const char *failure);
void child_note_offer(const struct child *child, const char *outcome);
/* Asks it to finish what it has begun and end. */
void child_drain(struct child *child, int64_t deadline_us);
void child_kill(struct child *child);
/* A pulse, which begins or ends a silence, or what a worker says of its silent loops. */
void child_note_pulse(struct child *child);
void child_note_silent_loops(struct child *child, const char *loops);
/* A look at a worker that should pulse: kills it, with a log line, when it was silent for too long. */
void child_check_silence(struct child *child, int64_t now_us);
/* After it was reaped. */
void child_forget(struct child *child);

#endif
