/* Between fork and exec there are only system calls: where this is called there may be threads. Whatever fails
 * there is told through a pipe that closes by itself when the program is executed. */
#include "program_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PLACES_MAX = PROGRAM_SOCKET + 1 + PROGRAM_FILES_MAX + PROGRAM_SOCKETS_MAX + 2,
    PARKED_FROM = 64, /* beyond all places */
    ARGUMENTS_MAX = IMAGE_ARGUMENTS_MAX + 3,
    EXEC_WAIT_MS = 10 * 1000
};

/* What could not be done, as the parent is told it. */
enum step {
    STEP_PARENT,
    STEP_SESSION,
    STEP_DESCRIPTORS,
    STEP_LIMITS,
    STEP_USER,
    STEP_PRIVILEGES,
    STEP_CONFINEMENT,
    STEP_EXECUTE
};
static const char *const steps[] = {"its parent has gone",
                                    "it cannot be given a session",
                                    "it cannot be given its descriptors",
                                    "it cannot be limited",
                                    "it cannot become a user of its own",
                                    "its privileges cannot be taken away",
                                    "it cannot be confined",
                                    "it cannot be executed"};

struct failure {
    enum step step;
    int error;
};

struct becoming {
    const struct program_start *start;
    int sources[PLACES_MAX]; /* in the order of their places, from 0 */
    int count;
    int executed, report;
    struct program_confinement confinement; /* its descriptor moves too */
    pid_t parent;
    char *const *arguments, *const *environment;
};

static bool put_in_places(struct becoming *becoming)
{
    for (int i = 0; i < becoming->count; i++)
        if ((becoming->sources[i] = fcntl(becoming->sources[i], F_DUPFD_CLOEXEC, PARKED_FROM)) < 0)
            return false;
    becoming->executed = fcntl(becoming->executed, F_DUPFD_CLOEXEC, PARKED_FROM);
    becoming->report = fcntl(becoming->report, F_DUPFD_CLOEXEC, PARKED_FROM);
    if (becoming->executed < 0 || becoming->report < 0)
        return false;
    if (becoming->confinement.rules >= 0 &&
        (becoming->confinement.rules = fcntl(becoming->confinement.rules, F_DUPFD_CLOEXEC, PARKED_FROM)) < 0)
        return false;
    for (int i = 0; i < becoming->count; i++)
        if (dup2(becoming->sources[i], i) < 0)
            return false;
    return true;
}

static bool limit(int resource, uint64_t most)
{
    const struct rlimit limits = {most, most};
    return setrlimit((__rlimit_resource_t)resource, &limits) == 0;
}

/* One byte and not none: less than any dump in a file, and the one limit by which a program that the system
 * pipes dumps to is given none either (core(5)). A process that was started with none cannot have it. */
static bool limit_dumps(void)
{
    return limit(RLIMIT_CORE, 1) || limit(RLIMIT_CORE, 0);
}

/* Memory is what it can write: address space would count what runtimes only reserve, which is gigabytes. */
static bool set_limits(const struct program_start *start)
{
    const struct adapter_document *document = start->document;
    return limit_dumps() && limit(RLIMIT_FSIZE, 0) &&
           limit(RLIMIT_DATA, (uint64_t)document->memory_mib << 20) &&
           limit(RLIMIT_NOFILE, (uint64_t)document->open_files) &&
           (!start->has_own_user || limit(RLIMIT_NPROC, (uint64_t)document->processes));
}

/* One thread alone changes, so the calls themselves and not the C library's, which would look for others. */
static bool become_user(uid_t user)
{
    prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                 SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
    for (int i = 0; prctl(PR_CAPBSET_DROP, i) == 0; i++)
        ;
    return syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, user, user, user) == 0 &&
           syscall(SYS_setresuid, user, user, user) == 0;
}

/* Those a service manager gave to us included (capabilities(7), ambient). */
static bool drop_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return syscall(SYS_capset, &header, none) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static void forget_signals(void)
{
    sigset_t none;
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    for (int i = 1; i < NSIG; i++)
        sigaction(i, &usual, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns the step that failed. */
static enum step become(struct becoming *becoming)
{
    const struct program_start *start = becoming->start;
    forget_signals();
    umask(077);
    if (setsid() < 0 || chdir("/") != 0)
        return STEP_SESSION;
    if (!put_in_places(becoming))
        return STEP_DESCRIPTORS;
    if (start->has_own_user && !become_user(start->user))
        return STEP_USER;
    /* After the user, which forgets it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != becoming->parent)
        return STEP_PARENT;
    if (!drop_privileges())
        return STEP_PRIVILEGES;
    if (!program_confinement_enter(&becoming->confinement))
        return STEP_CONFINEMENT;
    if (!set_limits(start)) /* late, as all that opens anything is over */
        return STEP_LIMITS;
    if (close_range((unsigned)becoming->count, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return STEP_DESCRIPTORS;
    execveat(becoming->executed, "", becoming->arguments, becoming->environment, AT_EMPTY_PATH);
    return STEP_EXECUTE;
}

__attribute__((noreturn)) static void run_child(struct becoming *becoming)
{
    struct failure failure = {.step = become(becoming), .error = errno};
    ssize_t written = write(becoming->report, &failure, sizeof(failure));
    (void)written;
    _exit(127);
}

/* --- in the parent --- */

/* False when it is executed. One that hangs before that, on a file that is not there any more, is not waited
 * for. */
static bool has_failed(int report, struct failure *failure)
{
    struct pollfd waited = {.fd = report, .events = POLLIN};
    ssize_t length;
    if (poll(&waited, 1, EXEC_WAIT_MS) == 0) {
        *failure = (struct failure){STEP_EXECUTE, ETIMEDOUT};
        return true;
    }
    do
        length = read(report, failure, sizeof(*failure));
    while (length < 0 && errno == EINTR);
    return length == sizeof(*failure);
}

static pid_t fork_child(struct becoming *becoming, int listening, char *detail)
{
    struct failure failure;
    pid_t process = fork();
    if (process == 0)
        run_child(becoming);
    close(becoming->report);
    if (process < 0) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "no process: %s", strerror(errno));
    } else if (has_failed(listening, &failure)) {
        kill(process, SIGKILL);
        waitpid(process, NULL, 0);
        process = -1;
        snprintf(detail, PROGRAM_DETAIL_SIZE, "%s: %s", steps[failure.step], strerror(failure.error));
    }
    close(listening);
    return process;
}

pid_t program_child_start(const struct program_start *start, char *detail)
{
    static char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/", NULL};
    char script[32];
    char *arguments[ARGUMENTS_MAX] = {(char *)(uintptr_t)start->image->path};
    int report[2], nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct becoming becoming = {.start = start,
                                .sources = {nothing, start->output, start->output, start->socket},
                                .count = PROGRAM_SOCKET + 1,
                                .executed = start->image->executed,
                                .confinement = *start->confinement,
                                .parent = getpid(),
                                .arguments = arguments,
                                .environment = environment};
    for (size_t i = 0; i < start->file_count; i++)
        becoming.sources[becoming.count++] = start->files[i];
    if (start->listener >= 0)
        becoming.sources[becoming.count++] = start->listener;
    for (size_t i = 0; i < start->socket_count; i++)
        becoming.sources[becoming.count++] = start->sockets[i];
    for (size_t i = 0; i < start->image->option_count; i++)
        arguments[1 + i] = (char *)(uintptr_t)start->image->options[i];
    if (start->image->script >= 0) {
        snprintf(script, sizeof(script), "/proc/self/fd/%d", becoming.count);
        arguments[1 + start->image->option_count] = script;
        becoming.sources[becoming.count++] = start->image->script;
    }
    pid_t process = -1;
    if (nothing < 0 || pipe2(report, O_CLOEXEC) != 0) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "no descriptors: %s", strerror(errno));
    } else {
        becoming.report = report[1];
        process = fork_child(&becoming, report[0], detail);
    }
    if (nothing >= 0)
        close(nothing);
    return process;
}

void program_child_kill(pid_t process)
{
    kill(-process, SIGKILL);
}

/* kill(2) of -1 reaches what the caller may signal, all of it at one moment, so that nothing forks away from
 * it. */
void program_child_kill_user(uid_t user)
{
    pid_t process = fork();
    if (process == 0) {
        if (syscall(SYS_setresuid, user, user, user) == 0)
            kill(-1, SIGKILL);
        _exit(0);
    }
    while (process > 0 && waitpid(process, NULL, 0) < 0 && errno == EINTR)
        ;
}
