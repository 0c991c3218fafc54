/* One adapter's program through its starts and ends; programs.c has many of them. */
#ifndef PROGRAMS_PROGRAM_H
#define PROGRAMS_PROGRAM_H

#include "process/program_child.h"
#include "process/program_output.h"
#include "programs/programs.h"
#include "programs/restart_delay.h"

enum program_state {
    PROGRAM_NONE,
    PROGRAM_RUNNING,
    PROGRAM_ENDING, /* told to end, and not started again */
    PROGRAM_WAITING /* to be started again */
};

struct program {
    enum program_state state;
    pid_t owner, process;
    bool is_owner_draining, is_owner_gone;
    bool is_isolated; /* false: not, and that is waived */
    bool is_killed;   /* because the worker asked */
    struct program_plan plan;
    struct program_plan next; /* of another document, when this one has ended */
    int64_t instance;
    int64_t started_us, due_us; /* due: to be started, or to be killed; 0: nothing */
    bool has_own_user;
    unsigned slot; /* of its user id */
    int claim;     /* that holds the user id for it; -1: it has none of its own */
    struct restart_delay delay;
    struct program_output output;
};

/* Starts what its plan says; the gateway's end of its socket goes to *socket. False, with a detail. */
bool program_launch(struct program *program, const struct programs_keys *keys, struct confinement_layers layers,
                    int64_t instance, int *socket, char *detail);
/* SIGTERM now, and what that does not end is due to be killed. */
void program_end(struct program *program, int64_t now_us);
/* Its process has died: that is reaped, and what came of it killed. detail says of what. */
void program_bury(struct program *program, char *detail);
uid_t program_user(const struct program *program);

#endif
