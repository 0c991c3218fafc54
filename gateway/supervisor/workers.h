/* The children as a set: a place for each, what they have to be watched for, and how many were lost. Which of
 * them serves and which takes over is supervisor.c's. */
#ifndef SUPERVISOR_WORKERS_H
#define SUPERVISOR_WORKERS_H

#include <poll.h>

#include "child.h"

enum { WORKERS_MAX = 8 };

struct workers {
    struct child places[WORKERS_MAX];
    struct losses losses; /* of those that served and ended unasked */
};

/* Starts one as child_start does, in a free place; NULL, with a log line, when that cannot be done. */
struct child *workers_start(struct workers *workers, const char *program, const char *configuration,
                            const struct inheritance *inheritance, int64_t deadline_us);
/* Whether there is any but this one, which may be NULL. */
bool workers_has_other(const struct workers *workers, const struct child *child);
/* Reaps this process, which has died. If it was one of them: says so in the log, counts it, leaves its place
 * empty and returns that, with what it was in *died; otherwise NULL. */
struct child *workers_reap(struct workers *workers, pid_t process, struct child *died);
/* NULL if there is none. */
struct child *workers_find(struct workers *workers, pid_t process);
/* Asks all that have not been asked to end by then. */
void workers_drain(struct workers *workers, int64_t deadline_us);
void workers_kill(struct workers *workers);

/* Descriptors of those that may have something to say, in the order of their places. */
void workers_wait_for(const struct workers *workers, struct pollfd waited[WORKERS_MAX]);
/* When one of them has to be looked at; monotonic, 0: not at all. */
int64_t workers_next_look_us(const struct workers *workers);
/* Kills, with a log line each, those that were silent for too long or are late. */
void workers_look(struct workers *workers, int64_t now_us);
/* One that was silent and that not even being killed has ended: this is beyond us. */
bool workers_has_given_up(const struct workers *workers);

#endif
