/* Starting, asking, killing. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control.h"
#include "supervisor/exit_status.h"

/* Between fork and exec: only calls that are safe there. */
__attribute__((noreturn)) static void become_worker(int control, pid_t parent, const char *program,
                                                    const char *configuration)
{
    char *const arguments[] = {"dragomand", "worker", "--config", (char *)(uintptr_t)configuration, NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_STATUS_NOT_EXECUTED);
    if (control == CONTROL_DESCRIPTOR)
        fcntl(control, F_SETFD, 0);
    else if (dup2(control, CONTROL_DESCRIPTOR) < 0)
        _exit(EXIT_STATUS_NOT_EXECUTED);
    execv(program, arguments);
    _exit(EXIT_STATUS_NOT_EXECUTED);
}

static bool tell_losses(int control, const struct losses *losses)
{
    char numbers[LOSSES_SIZE], word[CONTROL_WORD_SIZE];
    losses_print(losses, numbers);
    snprintf(word, sizeof(word), "lost %s", numbers);
    return control_send(control, text_of(word), NULL, 0);
}

/* "sealing-key SOURCE SINCE" with the key, and " given" behind it if an operator gave it; "sealed SOURCE SINCE
 * FAILURE". */
static bool tell_key(int control, const struct inheritance *inheritance)
{
    char word[CONTROL_WORD_SIZE];
    const struct sealing_keeper *sealing = inheritance->sealing;
    const char *source = sealing_keeper_source(sealing);
    if (inheritance->sealing_key == NULL) {
        snprintf(word, sizeof(word), "sealed %s %lld %s", source, (long long)sealing->since_s,
                 sealing->failure);
        return control_send(control, text_of(word), NULL, 0);
    }
    int key = sealing_key_pipe(inheritance->sealing_key);
    snprintf(word, sizeof(word), "sealing-key %s %lld%s", source, (long long)sealing->since_s,
             inheritance->is_key_given ? " given" : "");
    bool is_told = key >= 0 && control_send(control, text_of(word), &key, 1);
    if (key >= 0)
        close(key);
    return is_told;
}

/* Not what only the worker before it serves: nobody would accept from it, and its address stay taken. */
static bool hand_over(int control, const struct inheritance *inheritance)
{
    char word[CONTROL_WORD_SIZE];
    const struct gateway_document *settings = edition_settings(inheritance->edition);
    for (size_t i = 0; i < inheritance->sockets->count; i++) {
        const struct kept_socket *socket = &inheritance->sockets->items[i];
        if (!kept_socket_is_wanted(socket, settings))
            continue;
        snprintf(word, sizeof(word), "socket %s", socket->name);
        if (!control_send(control, text_of(word), socket->descriptors, socket->count))
            return false;
    }
    if (inheritance->is_reload_refused && !control_send(control, TEXT("refused"), NULL, 0))
        return false;
    return tell_losses(control, &inheritance->losses) && tell_key(control, inheritance) &&
           control_send(control, TEXT("documents"), &inheritance->edition->descriptor, 1) &&
           control_send(control, TEXT("start"), NULL, 0);
}

bool child_start(struct child *child, const char *program, const char *configuration,
                 const struct inheritance *inheritance, int64_t deadline_us)
{
    int pair[2];
    pid_t parent = getpid(), process = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        LOG(LOG_ERROR, "worker_not_started", log_text("reason", text_of(strerror(errno))));
        return false;
    }
    bool is_ready = hand_over(pair[0], inheritance);
    if (is_ready)
        process = fork();
    if (process == 0)
        become_worker(pair[1], parent, program, configuration);
    close(pair[1]);
    if (process < 0) {
        LOG(LOG_ERROR, "worker_not_started", log_text("reason", text_of(strerror(errno))));
        close(pair[0]);
        return false;
    }
    *child = (struct child){
        .state = CHILD_STARTING,
        .process = process,
        .control = pair[0],
        .deadline_us = deadline_us,
        .is_sealed = inheritance->sealing_key == NULL,
        .silence = {.deadline_us = 1000000 * edition_settings(inheritance->edition)->silence_deadline_s},
    };
    LOG(LOG_INFO, "worker_started", log_number("process", process));
    return true;
}

void child_note_refusal(const struct child *child)
{
    (void)control_send(child->control, TEXT("refused"), NULL, 0);
}

void child_note_leaving(const struct child *child)
{
    (void)control_send(child->control, TEXT("leaving"), NULL, 0);
}

void child_note_losses(const struct child *child, const struct losses *losses)
{
    (void)tell_losses(child->control, losses);
}

void child_note_sealed(const struct child *child, const char *failure)
{
    char word[CONTROL_WORD_SIZE];
    snprintf(word, sizeof(word), "still-sealed %s", failure);
    (void)control_send(child->control, text_of(word), NULL, 0);
}

void child_note_offer(const struct child *child, const char *outcome)
{
    char word[CONTROL_WORD_SIZE];
    snprintf(word, sizeof(word), "unseal %s", outcome);
    (void)control_send(child->control, text_of(word), NULL, 0);
}

void child_drain(struct child *child, int64_t deadline_us)
{
    child->state = CHILD_DRAINING;
    child->deadline_us = deadline_us;
    kill(child->process, SIGTERM);
    LOG(LOG_INFO, "worker_draining", log_number("process", child->process));
}

void child_kill(struct child *child)
{
    child->deadline_us = 0;
    kill(child->process, SIGKILL);
}

void child_note_pulse(struct child *child)
{
    silence_break(&child->silence, clock_monotonic_us());
    child->silent[0] = '\0';
}

void child_note_silent_loops(struct child *child, const char *loops)
{
    snprintf(child->silent, sizeof(child->silent), "%s", loops);
}

void child_check_silence(struct child *child, int64_t now_us)
{
    if (child->state != CHILD_READY || child->is_given_up || !silence_is_too_long(&child->silence, now_us))
        return;
    LOG(LOG_ERROR, "worker_killed", log_number("process", child->process),
        log_text("reason", TEXT("it was silent for silenceDeadline")),
        log_text("silent",
                 child->silent[0] != '\0' ? text_of(child->silent) : TEXT("all of it, or what speaks for it")),
        log_number("silent_ms", child->silence.lasted_us / 1000));
    child->is_given_up = true;
    child_kill(child);
}

void child_forget(struct child *child)
{
    close(child->control);
    *child = (struct child){.state = CHILD_NONE};
}
