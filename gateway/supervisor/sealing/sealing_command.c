/* It runs as we do, in a process group of its own that is killed as a whole. What it prints is the key or is
 * wiped; what it complains of goes into the log with a limit, as it is our operators' program. */
#include "sealing_command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/sealing_key.h"
#include "programs/trusted_folder.h"
#include "sealing_source.h"
#include "supervisor/supervisor.h"

enum { VARIABLES_MAX = 40, NOT_EXECUTED = 127, LOOK_MS = 20 };

/* --- start --- */

/* Who can change the program, or put another one in its place, has the key. */
static bool check_program(const char *path, char *detail)
{
    struct stat status;
    char resolved[PATH_MAX];
    if (realpath(path, resolved) == NULL || stat(resolved, &status) != 0) {
        snprintf(detail, SEALING_COMMAND_DETAIL, "%.300s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode) || access(resolved, X_OK) != 0) {
        snprintf(detail, SEALING_COMMAND_DETAIL, "%.300s is no program that can be executed", path);
        return false;
    }
    return trusted_file(resolved, &status, detail);
}

static void add_variable(struct arena *arena, char **environment, size_t *count, const char *name)
{
    const char *value = getenv(name);
    if (value != NULL && *count < VARIABLES_MAX)
        environment[(*count)++] = (char *)(uintptr_t)arena_print(arena, "%s=%s", name, value).base;
}

static char **make_environment(struct arena *arena, const struct sealing_document *settings)
{
    char **environment = ARENA_ARRAY(arena, char *, VARIABLES_MAX + 1);
    size_t count = 0;
    add_variable(arena, environment, &count, "PATH");
    add_variable(arena, environment, &count, "HOME");
    add_variable(arena, environment, &count, "LANG");
    for (size_t i = 0; i < settings->command_environment.count; i++)
        add_variable(arena, environment, &count, settings->command_environment.items[i].base);
    environment[count] = NULL;
    return environment;
}

/* Between fork and exec: only calls that are safe there. */
__attribute__((noreturn)) static void become_command(pid_t parent, int output, int errors,
                                                     char *const *arguments, char *const *environment)
{
    sigset_t none;
    sigemptyset(&none);
    int nothing = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 ||
        dup2(errors, 2) < 0)
        _exit(NOT_EXECUTED);
    (void)close_range(3, ~0U, 0);
    (void)setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(arguments[0], arguments, environment);
    _exit(NOT_EXECUTED);
}

bool sealing_command_start(struct sealing_command *command, const struct sealing_document *settings,
                           char *detail)
{
    int output[2], errors[2];
    SCOPED_ARENA arena = arena_create();
    char **arguments = ARENA_ARRAY(arena, char *, settings->command.count + 1);
    for (size_t i = 0; i < settings->command.count; i++)
        arguments[i] = (char *)(uintptr_t)arena_copy(arena, settings->command.items[i]).base;
    arguments[settings->command.count] = NULL;
    *command = (struct sealing_command){.output = -1, .errors = -1};
    if (!check_program(arguments[0], detail))
        return false;
    INVARIANT(pipe2(output, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0);
    char **environment = make_environment(arena, settings);
    pid_t parent = getpid(), process = fork();
    if (process == 0)
        become_command(parent, output[1], errors[1], arguments, environment);
    close(output[1]);
    close(errors[1]);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    command->output = output[0];
    command->errors = errors[0];
    command->process = process;
    command->deadline_us = clock_monotonic_us() + 1000 * 1000 * settings->command_timeout_s;
    if (process > 0)
        return true;
    snprintf(detail, SEALING_COMMAND_DETAIL, "no process for it: %s", strerror(errno));
    sealing_command_end(command);
    return false;
}

/* --- while it runs --- */

void sealing_command_wait_for(const struct sealing_command *command, struct pollfd waited[2])
{
    bool is_running = command->process > 0;
    waited[0] = (struct pollfd){.fd = is_running ? command->output : -1, .events = POLLIN};
    waited[1] = (struct pollfd){.fd = is_running ? command->errors : -1, .events = POLLIN};
}

/* What is beyond the limit is read and forgotten, so that the program can end. */
static void read_some(int *descriptor, char *kept, size_t size, size_t *length)
{
    char beyond[256];
    for (;;) {
        bool has_room = *length < size;
        ssize_t count = *descriptor < 0 ? -1
                        : has_room      ? read(*descriptor, kept + *length, size - *length)
                                        : read(*descriptor, beyond, sizeof(beyond));
        if (count > 0 && has_room)
            *length += (size_t)count;
        if (count > 0 || (count < 0 && *descriptor >= 0 && errno == EINTR))
            continue;
        if (count == 0) {
            close(*descriptor);
            *descriptor = -1;
        }
        break;
    }
    secret_wipe(beyond, sizeof(beyond));
}

void sealing_command_hear(struct sealing_command *command)
{
    if (command->process <= 0)
        return;
    read_some(&command->output, command->printed, sizeof(command->printed), &command->printed_length);
    read_some(&command->errors, command->complained, sizeof(command->complained), &command->complained_length);
}

void sealing_command_look(struct sealing_command *command, int64_t now_us)
{
    if (command->process <= 0 || command->is_late || now_us < command->deadline_us)
        return;
    command->is_late = true;
    kill(-command->process, SIGKILL);
    kill(command->process, SIGKILL);
}

/* --- the end --- */

static void log_complaint(const struct sealing_command *command)
{
    if (command->complained_length != 0)
        LOG(LOG_WARNING, "sealing_command_said",
            log_text("text", (struct text){command->complained, command->complained_length}));
}

static void describe_end(const struct sealing_command *command, int status, char *detail)
{
    if (command->is_late)
        snprintf(detail, SEALING_COMMAND_DETAIL, "the command did not end within sealing.commandTimeout");
    else if (WIFSIGNALED(status))
        snprintf(detail, SEALING_COMMAND_DETAIL, "the command ended by a signal: %s",
                 strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        snprintf(detail, SEALING_COMMAND_DETAIL, "the command ended with status %d; the log has what it said",
                 WEXITSTATUS(status));
    else
        snprintf(detail, SEALING_COMMAND_DETAIL,
                 "the command printed something else than one line of 64 hexadecimal digits or 43 base64url "
                 "characters");
}

bool sealing_command_reap(struct sealing_command *command, pid_t process, struct secret **key, char *detail)
{
    int status = 0;
    if (command->process <= 0 || command->process != process)
        return false;
    kill(-process, SIGKILL); /* what it may leave behind */
    if (waitpid(process, &status, 0) != process)
        return false;
    sealing_command_hear(command);
    bool is_fine = WIFEXITED(status) && WEXITSTATUS(status) == 0 && !command->is_late;
    *key = is_fine && command->printed_length <= SEALING_KEY_LINE_MAX
               ? sealing_key_parse((struct text){command->printed, command->printed_length})
               : NULL;
    if (*key == NULL)
        describe_end(command, status, detail);
    log_complaint(command);
    command->process = 0;
    sealing_command_end(command);
    return true;
}

void sealing_command_end(struct sealing_command *command)
{
    if (command->process > 0) {
        kill(-command->process, SIGKILL);
        kill(command->process, SIGKILL);
        (void)waitpid(command->process, NULL, 0);
    }
    if (command->output >= 0)
        close(command->output);
    if (command->errors >= 0)
        close(command->errors);
    secret_wipe(command->printed, sizeof(command->printed));
    *command = (struct sealing_command){.output = -1, .errors = -1};
}

static struct secret *run(const struct sealing_document *settings, char *detail)
{
    struct sealing_command command;
    struct secret *key = NULL;
    struct pollfd waited[2];
    if (!sealing_command_start(&command, settings, detail))
        return NULL;
    pid_t process = command.process;
    for (siginfo_t dead = {0}; dead.si_pid == 0;) {
        sealing_command_wait_for(&command, waited);
        (void)poll(waited, 2, LOOK_MS);
        sealing_command_hear(&command);
        sealing_command_look(&command, clock_monotonic_us());
        INVARIANT(waitid(P_PID, (id_t)process, &dead, WEXITED | WNOHANG | WNOWAIT) == 0);
    }
    (void)sealing_command_reap(&command, process, &key, detail);
    return key;
}

struct secret *sealing_key_bring(const struct sealing_document *settings, char *detail)
{
    switch (sealing_source_of(settings)) {
    case SEALING_COMMAND:
        return run(settings, detail);
    case SEALING_MANUAL:
        snprintf(detail, SEALING_DETAIL_SIZE,
                 "spec.sealing.manual leaves the key to an operator; name it here by a document with "
                 "sealing.keyFile");
        return NULL;
    default:
        return sealing_source_read(settings, detail);
    }
}
