/* One loop over signals, words from workers, and deadlines. At most one worker is new at a time; those it
 * replaced finish beside it. */
#include "supervisor/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "child.h"
#include "control.h"
#include "restart_delay.h"
#include "resumption.h"
#include "service_manager.h"
#include "supervisor/exit_status.h"

enum {
    CHILDREN_MAX = 8,
    /* A worker ends itself at its deadline; this much later it is killed. */
    GRACE_US = 1000 * 1000
};

struct supervisor {
    struct program program;
    const char *configuration;
    struct arena *arena; /* of the settings */
    const struct gateway_document *settings;
    struct kept_sockets sockets;
    struct child children[CHILDREN_MAX];
    struct child *serving;   /* NULL while there is none: dead, to be restarted */
    struct child *successor; /* starting, to take over from it */
    struct restart_delay delay;
    int64_t restart_at_us; /* 0: not planned */
    int64_t watchdog_us, next_watchdog_us;
    int signals;
    bool was_ever_ready, is_stopping, is_over;
    int status;
};

static int64_t seconds_from_now(int64_t seconds)
{
    return clock_monotonic_us() + seconds * 1000 * 1000;
}

/* --- settings and sockets --- */

/* The last good settings stay where the new ones have mistakes. */
static bool read_settings(struct supervisor *supervisor)
{
    struct documents documents;
    struct arena *arena = arena_create();
    char *path = (char *)(uintptr_t)supervisor->configuration;
    documents_init(&documents, arena);
    if (!start_documents_read(&documents, &path, 1, false)) {
        arena_destroy(arena);
        return false;
    }
    if (supervisor->arena != NULL)
        arena_destroy(supervisor->arena);
    supervisor->arena = arena;
    supervisor->settings = documents_gateway(&documents);
    supervisor->delay.first_ms = supervisor->settings->restart_delay_ms;
    supervisor->delay.longest_ms = 1000 * supervisor->settings->restart_delay_max_s;
    supervisor->delay.sound_after_ms = 1000 * supervisor->settings->sound_after_s;
    return true;
}

static bool open_sockets(struct supervisor *supervisor)
{
    char detail[256] = "";
    if (kept_sockets_open(&supervisor->sockets, supervisor->settings, detail) == FAULT_NONE)
        return true;
    fprintf(stderr, "listen: %s\n", detail);
    return false;
}

/* --- workers --- */

static struct child *start_worker(struct supervisor *supervisor)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *child = &supervisor->children[i];
        if (child->state != CHILD_NONE)
            continue;
        return child_start(child, supervisor->program.path, supervisor->configuration, &supervisor->sockets,
                           seconds_from_now(supervisor->settings->start_deadline_s))
                   ? child
                   : NULL;
    }
    LOG(LOG_WARNING, "worker_not_started", log_text("reason", TEXT("too many old ones are still draining")));
    return NULL;
}

static void plan_restart(struct supervisor *supervisor, int64_t lived_ms)
{
    int64_t delay_ms = restart_delay_after(&supervisor->delay, lived_ms);
    supervisor->restart_at_us = clock_monotonic_us() + 1000 * delay_ms;
    LOG(LOG_WARNING, "worker_restarts", log_number("delay_ms", delay_ms));
    service_manager_tell("STATUS=the worker died and is being restarted");
}

static void restart(struct supervisor *supervisor)
{
    supervisor->restart_at_us = 0;
    /* What may have changed on disk since is what the worker will read; an address it wants must be open. */
    if (read_settings(supervisor))
        (void)open_sockets(supervisor);
    supervisor->serving = start_worker(supervisor);
    if (supervisor->serving == NULL)
        plan_restart(supervisor, -1);
}

static void drain(struct supervisor *supervisor, struct child *child)
{
    child_drain(child, seconds_from_now(supervisor->settings->drain_deadline_s) + GRACE_US);
}

/* A worker beside the one that serves; when it is ready it takes over. */
static void begin_succession(struct supervisor *supervisor)
{
    if (supervisor->is_stopping || supervisor->successor != NULL || supervisor->serving == NULL ||
        supervisor->serving->state != CHILD_READY) {
        LOG(LOG_WARNING, "handover_refused",
            log_text("reason", TEXT("a worker is starting or ending already")));
        return;
    }
    if (!read_settings(supervisor) || !open_sockets(supervisor)) {
        LOG(LOG_ERROR, "handover_failed",
            log_text("reason",
                     TEXT("the documents have mistakes or an address is taken; the old worker stays")));
        return;
    }
    supervisor->successor = start_worker(supervisor);
}

static void take_over(struct supervisor *supervisor)
{
    struct child *old = supervisor->serving;
    supervisor->serving = supervisor->successor;
    supervisor->successor = NULL;
    LOG(LOG_INFO, "handover", log_number("from", old == NULL ? 0 : old->process),
        log_number("to", supervisor->serving->process));
    if (old != NULL)
        drain(supervisor, old);
}

static void note_ready(struct supervisor *supervisor, struct child *child)
{
    child->state = CHILD_READY;
    child->deadline_us = 0;
    child->ready_us = clock_monotonic_us();
    supervisor->was_ever_ready = true;
    if (child == supervisor->successor)
        take_over(supervisor);
    service_manager_tell("READY=1\nSTATUS=serving");
    LOG(LOG_INFO, "worker_ready", log_number("process", child->process));
}

static bool has_other_children(const struct supervisor *supervisor, const struct child *child)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (&supervisor->children[i] != child && supervisor->children[i].state != CHILD_NONE)
            return true;
    return false;
}

/* When the old worker is gone: sockets nobody wants any more close, and a program that was replaced, and has
 * shown by now that it serves, is executed in our place too. */
static void finish_succession(struct supervisor *supervisor)
{
    struct child *serving = supervisor->serving;
    if (supervisor->is_stopping || serving == NULL || serving->state != CHILD_READY ||
        has_other_children(supervisor, serving))
        return;
    kept_sockets_close_others(&supervisor->sockets, supervisor->settings);
    if (!program_has_changed(&supervisor->program))
        return;
    LOG(LOG_INFO, "program_changed", log_text("program", text_of(supervisor->program.path)));
    resumption_execute(&supervisor->program, supervisor->configuration, &supervisor->sockets, serving);
    program_find(&supervisor->program, supervisor->program.path); /* not tried again until it changes again */
}

static void log_death(const struct child *child, int status)
{
    LOG(child->state == CHILD_DRAINING && status == 0 ? LOG_INFO : LOG_ERROR, "worker_ended",
        log_number("process", child->process),
        WIFSIGNALED(status) ? log_text("signal", text_of(strsignal(WTERMSIG(status))))
                            : log_number("status", WEXITSTATUS(status)));
}

static void note_death(struct supervisor *supervisor, struct child *child, int status)
{
    struct child died = *child;
    log_death(child, status);
    child_forget(child);
    if (child == supervisor->successor) {
        supervisor->successor = NULL;
        LOG(LOG_ERROR, "handover_failed", log_text("reason", TEXT("the new worker ended before it was ready")));
    }
    if (child == supervisor->serving) {
        supervisor->serving = supervisor->successor;
        supervisor->successor = NULL;
    }
    if (supervisor->is_stopping) {
        supervisor->is_over = !has_other_children(supervisor, child);
    } else if (!supervisor->was_ever_ready) {
        supervisor->is_over = true;
        supervisor->status = EXIT_STATUS_FAILED;
    } else if (supervisor->serving == NULL && supervisor->restart_at_us == 0) {
        plan_restart(supervisor, died.ready_us == 0 ? -1 : (clock_monotonic_us() - died.ready_us) / 1000);
    }
    finish_succession(supervisor);
}

static void reap(struct supervisor *supervisor)
{
    int status;
    pid_t process;
    while ((process = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < CHILDREN_MAX; i++)
            if (supervisor->children[i].state != CHILD_NONE && supervisor->children[i].process == process)
                note_death(supervisor, &supervisor->children[i], status);
}

/* --- events --- */

static void stop(struct supervisor *supervisor)
{
    bool is_again = supervisor->is_stopping;
    supervisor->is_stopping = true;
    supervisor->restart_at_us = 0;
    service_manager_tell("STOPPING=1\nSTATUS=draining");
    LOG(LOG_INFO, "stopping", log_text("how", is_again ? TEXT("at once") : TEXT("draining")));
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *child = &supervisor->children[i];
        if (child->state == CHILD_NONE)
            continue;
        if (is_again)
            child_kill(child);
        else if (child->state != CHILD_DRAINING)
            drain(supervisor, child);
    }
    supervisor->is_over = !has_other_children(supervisor, NULL);
}

static void on_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo signal;
    while (read(supervisor->signals, &signal, sizeof(signal)) == sizeof(signal)) {
        if (signal.ssi_signo == SIGCHLD)
            reap(supervisor);
        else if (signal.ssi_signo == SIGHUP || signal.ssi_signo == SIGUSR2)
            begin_succession(supervisor);
        else
            stop(supervisor);
    }
}

static void on_word(struct supervisor *supervisor, struct child *child)
{
    struct control_message message;
    while (child->state != CHILD_NONE && control_receive(child->control, &message, false) == 1) {
        for (size_t i = 0; i < message.descriptor_count; i++)
            close(message.descriptors[i]);
        if (strcmp(message.word, "ready") == 0 && child->state == CHILD_STARTING)
            note_ready(supervisor, child);
    }
}

static void sooner(int64_t *next_us, int64_t candidate_us)
{
    if (candidate_us != 0 && (*next_us == 0 || candidate_us < *next_us))
        *next_us = candidate_us;
}

static int wait_ms(const struct supervisor *supervisor)
{
    int64_t next_us = 0;
    sooner(&next_us, supervisor->restart_at_us);
    sooner(&next_us, supervisor->next_watchdog_us);
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (supervisor->children[i].state != CHILD_NONE)
            sooner(&next_us, supervisor->children[i].deadline_us);
    if (next_us == 0)
        return -1;
    int64_t left_us = next_us - clock_monotonic_us();
    return left_us <= 0 ? 0 : (int)(left_us / 1000) + 1;
}

static void on_deadlines(struct supervisor *supervisor)
{
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        struct child *child = &supervisor->children[i];
        if (child->state == CHILD_NONE || child->deadline_us == 0 || child->deadline_us > now_us)
            continue;
        LOG(LOG_ERROR, "worker_killed", log_number("process", child->process),
            log_text("reason", child->state == CHILD_DRAINING ? TEXT("it did not end within drainDeadline")
                                                              : TEXT("it was not ready within startDeadline")));
        child_kill(child);
    }
    if (supervisor->restart_at_us != 0 && supervisor->restart_at_us <= now_us)
        restart(supervisor);
    if (supervisor->next_watchdog_us != 0 && supervisor->next_watchdog_us <= now_us) {
        service_manager_tell("WATCHDOG=1");
        supervisor->next_watchdog_us = now_us + supervisor->watchdog_us;
    }
}

static void run_once(struct supervisor *supervisor)
{
    struct pollfd waited[1 + CHILDREN_MAX] = {{.fd = supervisor->signals, .events = POLLIN}};
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        const struct child *child = &supervisor->children[i];
        /* The end of a worker's words is no event of its own: its death comes as a signal. */
        bool is_heard = child->state == CHILD_STARTING || child->state == CHILD_READY;
        waited[1 + i] = (struct pollfd){.fd = is_heard ? child->control : -1, .events = POLLIN};
    }
    if (poll(waited, 1 + CHILDREN_MAX, wait_ms(supervisor)) > 0) {
        for (size_t i = 0; i < CHILDREN_MAX; i++)
            if ((waited[1 + i].revents & POLLIN) != 0)
                on_word(supervisor, &supervisor->children[i]);
        if (waited[0].revents != 0)
            on_signal(supervisor);
    }
    on_deadlines(supervisor);
}

/* --- start --- */

static int watch_signals(void)
{
    static const int watched[] = {SIGTERM, SIGINT, SIGCHLD, SIGHUP, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
        sigaddset(&set, watched[i]);
    sigprocmask(SIG_SETMASK, &set, NULL);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    INVARIANT(signals >= 0);
    return signals;
}

static bool begin(struct supervisor *supervisor)
{
    bool is_resumed = resumption_take(&supervisor->sockets, &supervisor->children[0]);
    if (!read_settings(supervisor))
        return false;
    if (!open_sockets(supervisor))
        return false;
    supervisor->serving = is_resumed ? &supervisor->children[0] : start_worker(supervisor);
    if (is_resumed) {
        supervisor->was_ever_ready = true;
        service_manager_tell("READY=1\nSTATUS=serving");
        LOG(LOG_INFO, "resumed", log_number("worker", supervisor->serving->process));
        reap(supervisor); /* what died while no program was there to hear it */
    }
    return supervisor->serving != NULL || supervisor->was_ever_ready;
}

int supervisor_run(const char *program, const char *configuration)
{
    struct supervisor *supervisor = calloc(1, sizeof(*supervisor));
    INVARIANT(supervisor != NULL);
    supervisor->configuration = configuration;
    supervisor->signals = watch_signals();
    supervisor->watchdog_us = service_manager_watchdog_us();
    supervisor->next_watchdog_us = supervisor->watchdog_us == 0 ? 0 : clock_monotonic_us();
    program_find(&supervisor->program, program);
    if (begin(supervisor))
        while (!supervisor->is_over)
            run_once(supervisor);
    else
        supervisor->status = EXIT_STATUS_FAILED;
    int status = supervisor->status;
    kept_sockets_close(&supervisor->sockets);
    close(supervisor->signals);
    if (supervisor->arena != NULL)
        arena_destroy(supervisor->arena);
    free(supervisor);
    return status;
}
