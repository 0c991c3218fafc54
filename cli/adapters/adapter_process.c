/* Starting, watching and ending the program under test; see adapter_process.h. With posix_spawn, as checks run
 * on several threads. */
#include "adapter_process.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    FIRST_OWN_DESCRIPTOR = 64, /* ours stay above those that the program gets */
    PRINTED_MAX = 1024 * 1024,
    TICK_MS = 5,
    BACKLOG = 64,
};

static char *const bare_environment[] = {
    (char[]){"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, (char[]){"LANG=C.UTF-8"},
    (char[]){"HOME=/"}, NULL};

enum { BARE = 3, SANITIZERS = 4 };

/* What a gateway gives, and what a program that was built with sanitizers is told: some keep freed memory,
 * which is no leak. */
static void make_environment(char *environment[BARE + SANITIZERS + 1])
{
    static const char *const names[SANITIZERS] = {
        "ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS="};
    size_t count = 0;
    for (; bare_environment[count] != NULL; count++)
        environment[count] = bare_environment[count];
    for (char **one = environ; *one != NULL; one++)
        for (size_t i = 0; i < SANITIZERS; i++)
            if (strncmp(*one, names[i], strlen(names[i])) == 0 && count < BARE + SANITIZERS)
                environment[count++] = *one;
    environment[count] = NULL;
}

struct ends {
    int socket[2], output[2], error[2], input[2];
    int files[ADAPTER_FILES_MAX], listener, sockets[ADAPTER_SOCKETS_MAX];
};

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void close_ends(struct ends *ends)
{
    for (int i = 0; i < 2; i++) {
        close_one(&ends->socket[i]);
        close_one(&ends->output[i]);
        close_one(&ends->error[i]);
        close_one(&ends->input[i]);
    }
    for (int i = 0; i < ADAPTER_FILES_MAX; i++)
        close_one(&ends->files[i]);
    close_one(&ends->listener);
    for (int i = 0; i < ADAPTER_SOCKETS_MAX; i++)
        close_one(&ends->sockets[i]);
}

static bool move_up(int *descriptor)
{
    int moved = fcntl(*descriptor, F_DUPFD_CLOEXEC, FIRST_OWN_DESCRIPTOR);
    close_one(descriptor);
    *descriptor = moved;
    return moved >= 0;
}

static bool move_pair_up(int pair[2])
{
    return move_up(&pair[0]) && move_up(&pair[1]);
}

/* On a port that the system chooses, as the supervisor's is. */
static bool open_listener(int *listener)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *listener >= 0 && bind(*listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           listen(*listener, BACKLOG) == 0 && move_up(listener);
}

static bool join_socket(int *joined, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return false;
    memcpy(address.sun_path, path, strlen(path));
    *joined = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return *joined >= 0 && connect(*joined, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
           move_up(joined);
}

static bool open_ends(struct ends *ends, const struct adapter_program *program, bool has_input)
{
    memset(ends, 0xff, sizeof(*ends));
    bool is_good =
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->socket) == 0 && move_pair_up(ends->socket);
    is_good = is_good && pipe2(ends->output, O_CLOEXEC) == 0 && move_pair_up(ends->output);
    is_good = is_good && pipe2(ends->error, O_CLOEXEC) == 0 && move_pair_up(ends->error);
    if (is_good && has_input)
        is_good = pipe2(ends->input, O_CLOEXEC) == 0 && move_pair_up(ends->input);
    for (size_t i = 0; i < program->file_count && is_good; i++) {
        ends->files[i] = open(program->file_paths[i], O_RDONLY | O_CLOEXEC);
        is_good = ends->files[i] >= 0 && move_up(&ends->files[i]);
    }
    is_good = is_good && (!program->has_listener || open_listener(&ends->listener));
    for (size_t i = 0; i < program->socket_count && is_good; i++)
        is_good = join_socket(&ends->sockets[i], program->socket_paths[i]);
    return is_good;
}

/* Bounded waits for the lot: a full pipe never stops us, and what does not read is not waited for. */
static void stop_blocking(int descriptor)
{
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

static int spawn(const struct ends *ends, const struct adapter_program *program, pid_t *id)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    char *const arguments[] = {
        (char *)(uintptr_t)(program->interpreter != NULL ? program->interpreter : program->path),
        program->interpreter != NULL ? (char *)(uintptr_t)program->path : NULL, NULL};
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (ends->input[0] >= 0)
        posix_spawn_file_actions_adddup2(&actions, ends->input[0], 0);
    else
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends->output[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends->error[1], 2);
    posix_spawn_file_actions_adddup2(&actions, ends->socket[1], 3);
    for (size_t i = 0; i < program->file_count; i++)
        posix_spawn_file_actions_adddup2(&actions, ends->files[i], 4 + (int)i);
    int next = 4 + (int)program->file_count;
    if (ends->listener >= 0)
        posix_spawn_file_actions_adddup2(&actions, ends->listener, next++);
    for (size_t i = 0; i < program->socket_count; i++)
        posix_spawn_file_actions_adddup2(&actions, ends->sockets[i], next++);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *environment[BARE + SANITIZERS + 1];
    make_environment(environment);
    int failure = posix_spawn(id, arguments[0], &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

bool adapter_process_start(struct adapter_process *process, const struct adapter_program *program,
                           bool has_input, const char **why)
{
    struct ends ends;
    *process = (struct adapter_process){.socket = -1, .output = -1, .error = -1, .input = -1, .input_kept = -1};
    int failure = open_ends(&ends, program, has_input) ? spawn(&ends, program, &process->id) : errno;
    if (failure != 0) {
        process->id = 0;
        *why = strerrordesc_np(failure);
        close_ends(&ends);
        return false;
    }
    int *const kept[] = {&ends.socket[0], &ends.output[0], &ends.error[0], &ends.input[1], &ends.input[0]};
    int *const places[] = {&process->socket, &process->output, &process->error, &process->input,
                           &process->input_kept};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        *places[i] = *kept[i];
        *kept[i] = -1;
        if (*places[i] >= 0)
            stop_blocking(*places[i]);
    }
    close_ends(&ends);
    return true;
}

static void read_stream(struct adapter_process *process, int *stream)
{
    char piece[4096];
    for (;;) {
        ssize_t length = *stream >= 0 ? read(*stream, piece, sizeof(piece)) : -1;
        if (length == 0)
            close_one(stream);
        if (length <= 0)
            return;
        if (process->printed.length < PRINTED_MAX)
            buffer_append(&process->printed, (struct text){piece, (size_t)length});
    }
}

void adapter_process_read_output(struct adapter_process *process)
{
    read_stream(process, &process->output);
    read_stream(process, &process->error);
}

bool adapter_process_wait(struct adapter_process *process, int64_t limit_ms)
{
    int64_t until_us = clock_monotonic_us() + limit_ms * 1000;
    for (;;) {
        adapter_process_read_output(process);
        if (!process->has_ended && waitpid(process->id, &process->status, WNOHANG) == process->id)
            process->has_ended = true;
        if (process->has_ended || clock_monotonic_us() >= until_us)
            return process->has_ended;
        poll(NULL, 0, TICK_MS);
    }
}

void adapter_process_close_socket(struct adapter_process *process)
{
    close_one(&process->socket);
}

bool adapter_process_left_others(struct adapter_process *process, int64_t limit_ms)
{
    int64_t until_us = clock_monotonic_us() + limit_ms * 1000;
    for (;;) {
        adapter_process_read_output(process);
        bool has_others = kill(-process->id, 0) == 0 || process->output >= 0 || process->error >= 0;
        if (!has_others || clock_monotonic_us() >= until_us)
            return has_others;
        poll(NULL, 0, TICK_MS);
    }
}

void adapter_process_end(struct adapter_process *process)
{
    if (process->id != 0) {
        kill(-process->id, SIGKILL);
        if (!process->has_ended) {
            kill(process->id, SIGKILL);
            waitpid(process->id, &process->status, 0);
        }
    }
    close_one(&process->socket);
    close_one(&process->output);
    close_one(&process->error);
    close_one(&process->input);
    close_one(&process->input_kept);
    buffer_dispose(&process->printed);
    process->id = 0;
}
