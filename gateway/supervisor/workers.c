/* One place after the other: there are few, and they are looked through a few times a second. */
#include "workers.h"

#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"

struct child *workers_start(struct workers *workers, const char *program, const char *configuration,
                            const struct inheritance *inheritance, int64_t deadline_us)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct child *child = &workers->places[i];
        if (child->state == CHILD_NONE)
            return child_start(child, program, configuration, inheritance, deadline_us) ? child : NULL;
    }
    LOG(LOG_WARNING, "worker_not_started", log_text("reason", TEXT("too many old ones are still draining")));
    return NULL;
}

bool workers_has_other(const struct workers *workers, const struct child *child)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (&workers->places[i] != child && workers->places[i].state != CHILD_NONE)
            return true;
    return false;
}

/* --- death --- */

static void log_death(const struct child *child, int status)
{
    LOG(child->state == CHILD_DRAINING && status == 0 ? LOG_INFO : LOG_ERROR, "worker_ended",
        log_number("process", child->process),
        WIFSIGNALED(status) ? log_text("signal", text_of(strsignal(WTERMSIG(status))))
                            : log_number("status", WEXITSTATUS(status)));
}

/* Counts it, and tells the one that is starting already, if there is one. */
static void note_loss(struct workers *workers, const struct child *died)
{
    (*(died->is_given_up ? &workers->losses.silent : &workers->losses.died))++;
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (workers->places[i].state == CHILD_STARTING)
            child_note_losses(&workers->places[i], &workers->losses);
}

struct child *workers_find(struct workers *workers, pid_t process)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (workers->places[i].state != CHILD_NONE && workers->places[i].process == process)
            return &workers->places[i];
    return NULL;
}

struct child *workers_reap(struct workers *workers, pid_t process, struct child *died)
{
    int status;
    struct child *place = workers_find(workers, process);
    if (waitpid(process, &status, WNOHANG) != process || place == NULL)
        return NULL;
    *died = *place;
    died->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    log_death(died, status);
    child_forget(place);
    if (died->state == CHILD_READY)
        note_loss(workers, died);
    return place;
}

/* --- the end --- */

void workers_drain(struct workers *workers, int64_t deadline_us)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct child *child = &workers->places[i];
        if (child->state == CHILD_STARTING || child->state == CHILD_READY)
            child_drain(child, deadline_us);
    }
}

void workers_kill(struct workers *workers)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (workers->places[i].state != CHILD_NONE)
            child_kill(&workers->places[i]);
}

/* --- watching --- */

void workers_wait_for(const struct workers *workers, struct pollfd waited[WORKERS_MAX])
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        const struct child *child = &workers->places[i];
        /* One that drains still has adapters. */
        bool is_heard = child->state != CHILD_NONE && !child->is_mute;
        waited[i] = (struct pollfd){.fd = is_heard ? child->control : -1, .events = POLLIN};
    }
}

static int64_t sooner(int64_t one_us, int64_t other_us)
{
    if (one_us == 0 || other_us == 0)
        return one_us + other_us;
    return one_us < other_us ? one_us : other_us;
}

int64_t workers_next_look_us(const struct workers *workers)
{
    int64_t next_us = 0;
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        const struct child *child = &workers->places[i];
        if (child->state != CHILD_NONE)
            next_us = sooner(next_us, child->deadline_us);
        if (child->state == CHILD_READY && !child->is_given_up)
            next_us = sooner(next_us, silence_next_look_us(&child->silence));
    }
    return next_us;
}

void workers_look(struct workers *workers, int64_t now_us)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct child *child = &workers->places[i];
        child_check_silence(child, now_us);
        if (child->state == CHILD_NONE || child->deadline_us == 0 || child->deadline_us > now_us)
            continue;
        LOG(LOG_ERROR, "worker_killed", log_number("process", child->process),
            log_text("reason", child->state == CHILD_DRAINING ? TEXT("it did not end within drainDeadline")
                                                              : TEXT("it was not ready within startDeadline")));
        child_kill(child);
    }
}

bool workers_has_given_up(const struct workers *workers)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (workers->places[i].state != CHILD_NONE && workers->places[i].is_given_up)
            return true;
    return false;
}
