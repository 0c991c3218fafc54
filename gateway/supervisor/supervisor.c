/* One loop over signals, words from workers, and deadlines. At most one worker is new at a time; those it
 * replaced finish beside it. Documents are read when the program starts and when it is told to reload, at no
 * other time: a worker that dies is replaced by one with the documents it had. */
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

#include "adapter_words.h"
#include "base/clock.h"
#include "base/log.h"
#include "control.h"
#include "programs/restart_delay.h"
#include "resumption.h"
#include "service_manager.h"
#include "signals.h"
#include "supervisor/exit_status.h"
#include "workers.h"

/* A worker ends itself at its deadline; this much later it is killed. */
enum { GRACE_US = 1000 * 1000 };
enum { WAITED_MAX = 1 + WORKERS_MAX + PROGRAMS_MAX + 2 };

struct supervisor {
    struct program program;
    const struct configuration *configuration;
    struct edition good;  /* what the last worker that was ready was started with; none before the first */
    struct edition trial; /* what a worker is starting with that was read for it; none otherwise */
    struct kept_sockets sockets;
    struct workers workers;
    struct programs *programs; /* their adapters */
    struct child *serving;     /* NULL while there is none: dead, to be restarted */
    struct child *successor;   /* starting, to take over from it */
    struct sealing_keeper sealing;
    struct restart_delay delay;
    int64_t restart_at_us; /* 0: not planned */
    int64_t stop_at_us;    /* told to end, serving on until then; 0: not, or over */
    int64_t watchdog_us, next_watchdog_us;
    int signals;
    bool was_ever_ready, is_over;
    bool is_stopping, is_hurried; /* told to end; told so twice */
    bool is_reload_wanted;        /* and begins when no worker is new */
    bool is_worker_wanted;        /* and started once it is known whether there is a key for it */
    bool is_key_given;            /* by an operator, and the successor is started with it */
    bool is_reload_refused;       /* the last one */
    int status;
};

static int64_t seconds_from_now(int64_t seconds)
{
    return clock_monotonic_us() + seconds * 1000 * 1000;
}

static const struct gateway_document *settings_of(const struct supervisor *supervisor)
{
    return edition_settings(supervisor->good.arena != NULL ? &supervisor->good : &supervisor->trial);
}

/* --- documents --- */

static bool open_sockets(struct supervisor *supervisor, const struct gateway_document *settings)
{
    char detail[256] = "";
    if (kept_sockets_open(&supervisor->sockets, settings, detail) == FAULT_NONE)
        return true;
    LOG(LOG_ERROR, "address_not_opened", log_text("reason", text_of(detail)));
    return false;
}

static bool read_trial(struct supervisor *supervisor)
{
    if (!edition_read(&supervisor->trial, supervisor->configuration))
        return false;
    if (open_sockets(supervisor, edition_settings(&supervisor->trial)))
        return true;
    edition_drop(&supervisor->trial);
    return false;
}

static void adopt_trial(struct supervisor *supervisor)
{
    edition_drop(&supervisor->good);
    supervisor->good = supervisor->trial;
    supervisor->trial = (struct edition){.descriptor = -1};
    supervisor->is_reload_refused = false;
}

static void mark_refused(struct supervisor *supervisor)
{
    supervisor->is_reload_refused = true;
    if (supervisor->serving != NULL && supervisor->serving->state == CHILD_READY)
        child_note_refusal(supervisor->serving);
}

static void refuse_reload(struct supervisor *supervisor, const char *reason)
{
    edition_drop(&supervisor->trial);
    if (!workers_has_other(&supervisor->workers, supervisor->serving))
        kept_sockets_close_others(&supervisor->sockets, settings_of(supervisor));
    LOG(LOG_ERROR, "handover_failed", log_text("reason", text_of(reason)));
    mark_refused(supervisor);
    service_manager_tell("READY=1\nSTATUS=serving; the last reload was refused, the log says why");
}

/* --- workers --- */

static const struct edition *next_edition(const struct supervisor *supervisor)
{
    return supervisor->trial.arena != NULL ? &supervisor->trial : &supervisor->good;
}

/* Without a key it is sealed. */
static struct child *start_worker(struct supervisor *supervisor, const struct secret *key)
{
    const struct inheritance inheritance = {
        .sockets = &supervisor->sockets,
        .edition = next_edition(supervisor),
        .is_reload_refused = supervisor->trial.arena == NULL && supervisor->is_reload_refused,
        .losses = supervisor->workers.losses,
        .sealing_key = key,
        .sealing = &supervisor->sealing,
        .is_key_given = supervisor->is_key_given,
    };
    if (key == NULL)
        sealing_keeper_note(&supervisor->sealing, false);
    return workers_start(&supervisor->workers, supervisor->program.path, supervisor->configuration->path,
                         &inheritance,
                         seconds_from_now(edition_settings(inheritance.edition)->start_deadline_s));
}

static void plan_restart(struct supervisor *supervisor, int64_t lived_ms)
{
    const struct gateway_document *settings = settings_of(supervisor);
    supervisor->delay.first_ms = settings->restart_delay_ms;
    supervisor->delay.longest_ms = 1000 * settings->restart_delay_max_s;
    supervisor->delay.sound_after_ms = 1000 * settings->sound_after_s;
    int64_t delay_ms = restart_delay_after(&supervisor->delay, lived_ms);
    supervisor->restart_at_us = clock_monotonic_us() + 1000 * delay_ms;
    LOG(LOG_WARNING, "worker_restarts", log_number("delay_ms", delay_ms));
    service_manager_tell("STATUS=the worker died and is being restarted");
}

/* Reads the documents for the next worker; false, with everything said, when they are not good. */
static bool prepare_reload(struct supervisor *supervisor)
{
    supervisor->is_reload_wanted = false;
    service_manager_tell_reloading();
    if (read_trial(supervisor))
        return true;
    refuse_reload(supervisor, "the documents have mistakes or an address is taken; those before are served on");
    return false;
}

/* The key first, which may take a command some time. */
static void want_worker(struct supervisor *supervisor)
{
    supervisor->is_worker_wanted = true;
    sealing_keeper_ask(&supervisor->sealing, &edition_settings(next_edition(supervisor))->sealing);
}

static void restart(struct supervisor *supervisor)
{
    supervisor->restart_at_us = 0;
    bool is_reload = supervisor->is_reload_wanted && prepare_reload(supervisor);
    if (!is_reload && !edition_compare_with_disk(&supervisor->good, supervisor->configuration))
        mark_refused(supervisor);
    want_worker(supervisor);
}

static void start_serving(struct supervisor *supervisor, const struct secret *key)
{
    supervisor->serving = start_worker(supervisor, key);
    if (supervisor->serving != NULL)
        return;
    if (supervisor->trial.arena != NULL && supervisor->was_ever_ready)
        refuse_reload(supervisor, "no worker could be started");
    plan_restart(supervisor, -1);
}

static int64_t drain_deadline_us(const struct supervisor *supervisor)
{
    return seconds_from_now(settings_of(supervisor)->drain_deadline_s) + GRACE_US;
}

/* A worker beside the one that serves; when it is ready it takes over. One that is asked for while another is
 * new begins afterwards, with the files as they are then. */
static void begin_succession(struct supervisor *supervisor)
{
    if (!supervisor->is_reload_wanted || supervisor->is_stopping || supervisor->stop_at_us != 0 ||
        supervisor->successor != NULL || supervisor->is_worker_wanted || supervisor->serving == NULL ||
        supervisor->serving->state != CHILD_READY || !prepare_reload(supervisor))
        return;
    want_worker(supervisor);
}

/* The key of an operator is forgotten again; that it was not theirs, or not tried, they are told. */
static void give_up_given_key(struct supervisor *supervisor, const char *why, const char *outcome)
{
    supervisor->is_key_given = false;
    sealing_keeper_refuse(&supervisor->sealing, why);
    if (supervisor->serving == NULL || !supervisor->serving->is_sealed)
        return;
    child_note_sealed(supervisor->serving, supervisor->sealing.failure);
    child_note_offer(supervisor->serving, outcome);
}

/* Beside one that serves. Without a key nothing takes over from a worker that has one. */
static void start_successor(struct supervisor *supervisor, const struct secret *key)
{
    bool is_reload = supervisor->trial.arena != NULL;
    if (key != NULL || (is_reload && supervisor->serving->is_sealed))
        supervisor->successor = start_worker(supervisor, key);
    if (supervisor->successor != NULL)
        return;
    if (is_reload) {
        refuse_reload(supervisor, key == NULL ? supervisor->sealing.failure : "no worker could be started");
        return;
    }
    sealing_keeper_note(&supervisor->sealing, false);
    child_note_sealed(supervisor->serving, supervisor->sealing.failure);
}

static void start_wanted(struct supervisor *supervisor)
{
    if (!supervisor->is_worker_wanted || supervisor->is_stopping ||
        sealing_keeper_is_busy(&supervisor->sealing))
        return;
    supervisor->is_worker_wanted = false;
    SCOPED_SECRET key = sealing_keeper_key(&supervisor->sealing);
    if (supervisor->serving == NULL)
        start_serving(supervisor, key);
    else
        start_successor(supervisor, key);
}

/* A sealed worker is replaced by one with the same documents. */
static bool may_be_unsealed(const struct supervisor *supervisor)
{
    return !supervisor->is_stopping && !supervisor->is_worker_wanted && supervisor->successor == NULL &&
           supervisor->serving != NULL && supervisor->serving->is_sealed &&
           supervisor->serving->state == CHILD_READY;
}

static void take_given_key(struct supervisor *supervisor, const struct child *child, int pipe)
{
    struct secret *key = sealing_key_from_pipe(pipe);
    if (key == NULL || child != supervisor->serving || !may_be_unsealed(supervisor)) {
        secret_destroy(key);
        child_note_offer(child, "untried");
        return;
    }
    sealing_keeper_take(&supervisor->sealing, key, true);
    supervisor->is_key_given = true;
    supervisor->successor = start_worker(supervisor, key);
    if (supervisor->successor == NULL)
        give_up_given_key(supervisor, "no worker could be started with it", "untried");
}

static void want_reload(struct supervisor *supervisor)
{
    supervisor->is_reload_wanted = true;
    if (supervisor->restart_at_us != 0)
        supervisor->restart_at_us = clock_monotonic_us(); /* what is asked for may be what helps */
}

static void take_over(struct supervisor *supervisor)
{
    struct child *old = supervisor->serving;
    supervisor->serving = supervisor->successor;
    supervisor->successor = NULL;
    LOG(LOG_INFO, "handover", log_number("from", old == NULL ? 0 : old->process),
        log_number("to", supervisor->serving->process));
    if (old == NULL)
        return;
    if (old->is_sealed && !supervisor->serving->is_sealed)
        child_note_offer(old, "opened");
    programs_note_draining(supervisor->programs, old->process);
    child_drain(old, drain_deadline_us(supervisor));
}

static void note_ready(struct supervisor *supervisor, struct child *child)
{
    child->state = CHILD_READY;
    child->deadline_us = 0;
    child->ready_us = clock_monotonic_us();
    supervisor->was_ever_ready = true;
    if (!child->is_sealed)
        sealing_keeper_note(&supervisor->sealing, true);
    if (supervisor->trial.arena != NULL)
        adopt_trial(supervisor);
    log_set_level(settings_of(supervisor)->log_level);
    if (child == supervisor->successor)
        take_over(supervisor);
    supervisor->is_key_given = false;
    if (supervisor->stop_at_us != 0)
        child_note_leaving(child);
    service_manager_tell(child->is_sealed ? "READY=1\nSTATUS=sealed; dragoman seal status says why"
                         : supervisor->is_reload_refused
                             ? "READY=1\nSTATUS=serving; the last reload was refused, the log says why"
                             : "READY=1\nSTATUS=serving");
    LOG(LOG_INFO, "worker_ready", log_number("process", child->process));
}

/* When the old worker is gone: sockets nobody wants any more close, and a program that was replaced, and has
 * shown by now that it serves, is executed in our place too. */
static void finish_succession(struct supervisor *supervisor)
{
    struct child *serving = supervisor->serving;
    if (supervisor->is_stopping || serving == NULL || serving->state != CHILD_READY ||
        workers_has_other(&supervisor->workers, serving))
        return;
    kept_sockets_close_others(&supervisor->sockets, settings_of(supervisor));
    if (supervisor->is_reload_wanted || !program_has_changed(&supervisor->program))
        return;
    const struct inheritance inheritance = {&supervisor->sockets,
                                            &supervisor->good,
                                            supervisor->is_reload_refused,
                                            supervisor->workers.losses,
                                            .sealing = &supervisor->sealing,
                                            .programs = supervisor->programs};
    LOG(LOG_INFO, "program_changed", log_text("program", text_of(supervisor->program.path)));
    resumption_execute(&supervisor->program, supervisor->configuration, &inheritance, serving);
    program_find(&supervisor->program, supervisor->program.path); /* not tried again until it changes again */
}

/* Since it was ready; what it was silent for at its end is no life. */
static int64_t lived_us(const struct child *died)
{
    return clock_monotonic_us() - died->ready_us - (died->is_given_up ? died->silence.lasted_us : 0);
}

/* A worker that ended before it was ready: the end of another says nothing of a key that is tried. If it was
 * for its key, it is sealed instead; true if that is so. */
static bool note_key_wrong(struct supervisor *supervisor, const struct child *died)
{
    static const char wrong_key[] = "the key does not open what is sealed in the store";
    bool is_wrong = died->exit_status == EXIT_STATUS_KEY_WRONG;
    if (supervisor->is_key_given) {
        give_up_given_key(supervisor,
                          is_wrong ? wrong_key : "the worker that was started with it ended; the log says why",
                          is_wrong ? "wrong" : "untried");
        return true;
    }
    if (!is_wrong)
        return false;
    sealing_keeper_refuse(&supervisor->sealing, wrong_key);
    if (supervisor->serving == NULL && !supervisor->is_stopping)
        start_serving(supervisor, NULL);
    else if (supervisor->serving != NULL && supervisor->serving->is_sealed)
        child_note_sealed(supervisor->serving, wrong_key);
    return supervisor->serving != NULL;
}

/* place: where it was; it is empty now. */
static void note_death(struct supervisor *supervisor, const struct child *place, const struct child *died)
{
    bool is_successor = place == supervisor->successor;
    if (place == supervisor->successor) {
        supervisor->successor = NULL;
    } else if (place == supervisor->serving) {
        supervisor->serving = supervisor->successor;
        supervisor->successor = NULL;
    }
    bool is_for_key = died->state == CHILD_STARTING && note_key_wrong(supervisor, died);
    if (died->state == CHILD_STARTING && supervisor->was_ever_ready && supervisor->trial.arena != NULL &&
        !(is_for_key && !is_successor))
        refuse_reload(supervisor,
                      "the new worker ended before it was ready; the documents before are served on");
    if (!supervisor->is_stopping && !supervisor->was_ever_ready && !is_for_key) {
        supervisor->is_over = true;
        supervisor->status = EXIT_STATUS_FAILED;
    } else if (!supervisor->is_stopping && supervisor->serving == NULL && supervisor->restart_at_us == 0) {
        plan_restart(supervisor, died->ready_us == 0 ? -1 : lived_us(died) / 1000);
    }
    finish_succession(supervisor);
}

static void reap(struct supervisor *supervisor)
{
    struct child died;
    siginfo_t dead = {0};
    while (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0) {
        pid_t process = dead.si_pid;
        dead.si_pid = 0;
        if (programs_reap(supervisor->programs, process) || sealing_keeper_reap(&supervisor->sealing, process))
            continue;
        const struct child *place = workers_reap(&supervisor->workers, process, &died);
        if (place == NULL)
            continue;
        programs_note_gone(supervisor->programs, process);
        note_death(supervisor, place, &died);
    }
}

/* --- events --- */

static void stop(struct supervisor *supervisor)
{
    bool is_again = supervisor->is_stopping;
    supervisor->is_stopping = true;
    supervisor->restart_at_us = supervisor->stop_at_us = 0;
    service_manager_tell("STOPPING=1\nSTATUS=draining");
    LOG(LOG_INFO, "stopping", log_text("how", is_again ? TEXT("at once") : TEXT("draining")));
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (supervisor->workers.places[i].state != CHILD_NONE)
            programs_note_draining(supervisor->programs, supervisor->workers.places[i].process);
    if (is_again)
        workers_kill(&supervisor->workers);
    else
        workers_drain(&supervisor->workers, drain_deadline_us(supervisor));
    /* Nobody accepts any more: who comes now is to be refused at once and to try another gateway. */
    kept_sockets_shut(&supervisor->sockets);
    supervisor->is_hurried = is_again;
}

/* Balancers learn by their probes that we are going, and by then nobody new is sent to us. Told so once more,
 * we go at once. */
static void leave(struct supervisor *supervisor)
{
    int64_t delay_s = settings_of(supervisor)->stop_delay_s;
    if (supervisor->is_stopping || supervisor->stop_at_us != 0 || supervisor->serving == NULL || delay_s == 0) {
        stop(supervisor);
        return;
    }
    supervisor->stop_at_us = seconds_from_now(delay_s);
    service_manager_tell("STOPPING=1\nSTATUS=not ready any more, serving on for stopDelay");
    LOG(LOG_INFO, "leaving", log_number("delay_s", delay_s));
    if (supervisor->serving->state == CHILD_READY)
        child_note_leaving(supervisor->serving);
}

static void on_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo signal;
    while (read(supervisor->signals, &signal, sizeof(signal)) == sizeof(signal)) {
        if (signal.ssi_signo == SIGCHLD)
            reap(supervisor);
        else if (signal.ssi_signo == SIGHUP || signal.ssi_signo == SIGUSR2)
            want_reload(supervisor);
        else
            leave(supervisor);
    }
}

/* Those it was started with; one that drains may have older ones than these. */
static const struct documents *documents_of(const struct supervisor *supervisor, const struct child *child)
{
    bool is_on_trial = child->state == CHILD_STARTING && supervisor->trial.arena != NULL;
    return &(is_on_trial ? &supervisor->trial : &supervisor->good)->documents;
}

/* One at a time: a worker that never stops talking must not keep us from signals and deadlines. */
static void on_word(struct supervisor *supervisor, struct child *child)
{
    struct control_message message;
    int received = child->state == CHILD_NONE ? -1 : control_receive(child->control, &message, false);
    child->is_mute = child->is_mute || received == 0;
    if (received != 1)
        return;
    if (adapter_words_take(supervisor->programs, child->process, documents_of(supervisor, child), &message))
        return;
    if (strcmp(message.word, "unseal") == 0 && message.descriptor_count == 1) {
        take_given_key(supervisor, child, message.descriptors[0]);
        return;
    }
    control_close_descriptors(&message);
    if (strcmp(message.word, "ready") == 0 && child->state == CHILD_STARTING)
        note_ready(supervisor, child);
    else if (strcmp(message.word, "pulse") == 0)
        child_note_pulse(child);
    else if (strncmp(message.word, "silent ", 7) == 0)
        child_note_silent_loops(child, message.word + 7);
}

static int wait_ms(const struct supervisor *supervisor)
{
    const struct sealing_keeper *sealing = &supervisor->sealing;
    const int64_t others[] = {
        supervisor->restart_at_us,
        supervisor->stop_at_us,
        supervisor->next_watchdog_us,
        programs_next_look_us(supervisor->programs),
        sealing_keeper_is_busy(sealing) && !sealing->command.is_late ? sealing->command.deadline_us : 0,
        may_be_unsealed(supervisor) ? sealing->next_us : 0};
    int64_t next_us = workers_next_look_us(&supervisor->workers);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i] != 0 && (next_us == 0 || others[i] < next_us))
            next_us = others[i];
    if (next_us == 0)
        return -1;
    int64_t left_us = next_us - clock_monotonic_us();
    return left_us <= 0 ? 0 : (int)(left_us / 1000) + 1;
}

static void on_deadlines(struct supervisor *supervisor)
{
    int64_t now_us = clock_monotonic_us();
    workers_look(&supervisor->workers, now_us);
    programs_look(supervisor->programs, now_us);
    sealing_command_look(&supervisor->sealing.command, now_us);
    if (may_be_unsealed(supervisor) && supervisor->sealing.next_us != 0 &&
        supervisor->sealing.next_us <= now_us)
        want_worker(supervisor);
    if (supervisor->stop_at_us != 0 && supervisor->stop_at_us <= now_us)
        stop(supervisor);
    if (supervisor->restart_at_us != 0 && supervisor->restart_at_us <= now_us)
        restart(supervisor);
    if (supervisor->next_watchdog_us != 0 && supervisor->next_watchdog_us <= now_us) {
        if (!workers_has_given_up(&supervisor->workers))
            service_manager_tell("WATCHDOG=1");
        supervisor->next_watchdog_us = now_us + supervisor->watchdog_us;
    }
}

/* Adapters are given their time to end, but nobody who hurries us is made to wait for that. */
static bool has_ended(const struct supervisor *supervisor)
{
    return supervisor->is_over || (supervisor->is_stopping && !workers_has_other(&supervisor->workers, NULL) &&
                                   (supervisor->is_hurried || programs_are_none(supervisor->programs)));
}

static void run_once(struct supervisor *supervisor)
{
    struct pollfd waited[WAITED_MAX] = {{.fd = supervisor->signals, .events = POLLIN}};
    workers_wait_for(&supervisor->workers, waited + 1);
    programs_wait_for(supervisor->programs, waited + 1 + WORKERS_MAX);
    sealing_command_wait_for(&supervisor->sealing.command, waited + WAITED_MAX - 2);
    if (poll(waited, WAITED_MAX, wait_ms(supervisor)) > 0) {
        sealing_command_hear(&supervisor->sealing.command);
        programs_hear(supervisor->programs, waited + 1 + WORKERS_MAX);
        for (size_t i = 0; i < WORKERS_MAX; i++)
            if ((waited[1 + i].revents & (POLLIN | POLLHUP)) != 0)
                on_word(supervisor, &supervisor->workers.places[i]);
        if (waited[0].revents != 0)
            on_signal(supervisor);
    }
    on_deadlines(supervisor);
    begin_succession(supervisor);
    start_wanted(supervisor);
}

/* --- start --- */

static bool begin(struct supervisor *supervisor)
{
    bool is_resumed = resumption_take(&supervisor->sockets, &supervisor->good, &supervisor->is_reload_refused,
                                      &supervisor->workers.losses, &supervisor->workers.places[0],
                                      &supervisor->sealing, supervisor->programs);
    if (!is_resumed) {
        bool is_read = read_trial(supervisor);
        if (is_read) {
            want_worker(supervisor);
            start_wanted(supervisor);
        }
        return is_read;
    }
    supervisor->serving = &supervisor->workers.places[0];
    sealing_keeper_resume(&supervisor->sealing, &settings_of(supervisor)->sealing,
                          !supervisor->serving->is_sealed);
    supervisor->was_ever_ready = true;
    service_manager_tell("READY=1\nSTATUS=serving");
    LOG(LOG_INFO, "resumed", log_number("worker", supervisor->serving->process));
    reap(supervisor); /* what died while no program was there to hear it */
    return true;
}

int supervisor_run(const char *program, const struct configuration *configuration)
{
    static const int watched[] = {SIGTERM, SIGINT, SIGCHLD, SIGHUP, SIGUSR2};
    struct supervisor *supervisor = calloc(1, sizeof(*supervisor));
    INVARIANT(supervisor != NULL);
    supervisor->configuration = configuration;
    supervisor->signals = signals_watch(watched, sizeof(watched) / sizeof(watched[0]));
    supervisor->watchdog_us = service_manager_watchdog_us();
    supervisor->next_watchdog_us = supervisor->watchdog_us == 0 ? 0 : clock_monotonic_us();
    program_find(&supervisor->program, program);
    sealing_keeper_init(&supervisor->sealing);
    supervisor->programs = adapter_words_create(&supervisor->workers, &supervisor->sealing);
    if (begin(supervisor))
        while (!has_ended(supervisor))
            run_once(supervisor);
    else
        supervisor->status = EXIT_STATUS_FAILED;
    int status = supervisor->status;
    programs_destroy(supervisor->programs);
    sealing_keeper_end(&supervisor->sealing);
    kept_sockets_close(&supervisor->sockets);
    close(supervisor->signals);
    edition_drop(&supervisor->trial);
    edition_drop(&supervisor->good);
    free(supervisor);
    return status;
}
