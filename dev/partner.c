/* Starts and ends the resource server; see partner.h. */
#include "partner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { START_WAIT_MS = 15 * 1000 };

/* Its own process group, so that an interrupt at the keyboard reaches it through us and in order. */
static bool spawn(char *const *arguments, int input, int output, const char *log_file, pid_t *process)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    bool is_spawned =
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_file, O_WRONLY | O_CREAT | O_APPEND,
                                         0600) == 0 &&
        posix_spawnattr_setsigmask(&attributes, &none) == 0 && posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP) == 0 &&
        posix_spawnp(process, arguments[0], &actions, &attributes, arguments, environ) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return is_spawned;
}

/* The first line of its output is its port. */
static bool read_port(int output, int64_t *port)
{
    char line[16];
    size_t length = 0;
    struct pollfd watched = {.fd = output, .events = POLLIN};
    while (length < sizeof(line) && poll(&watched, 1, START_WAIT_MS) == 1) {
        ssize_t got = read(output, line + length, sizeof(line) - length);
        if (got <= 0)
            return false;
        length += (size_t)got;
        char *end = memchr(line, '\n', length);
        if (end != NULL)
            return text_to_int64((struct text){line, (size_t)(end - line)}, port) && *port > 0 && *port < 65536;
    }
    return false;
}

enum fault partner_start(const struct partner_options *options, struct arena *arena, struct partner *partner)
{
    /* posix_spawn takes char pointers it does not change. */
    char *arguments[] = {"/usr/bin/python3",
                         DRAGOMAN_DEV_FOLDER "/resource_server.py",
                         "--certificate",
                         (char *)options->certificate_file,
                         "--key",
                         (char *)options->key_file,
                         "--authority",
                         (char *)options->authority_file,
                         "--issuer",
                         (char *)arena_copy(arena, options->gateway).base,
                         "--audience",
                         (char *)arena_copy(arena, options->audience).base,
                         NULL};
    int life_line[2], output[2];
    int64_t port = 0;
    if (pipe2(life_line, O_CLOEXEC) != 0)
        return FAULT_INTERNAL;
    if (pipe2(output, O_CLOEXEC) != 0) {
        close(life_line[0]);
        close(life_line[1]);
        return FAULT_INTERNAL;
    }
    partner->life_line = life_line[1];
    bool is_spawned = spawn(arguments, life_line[0], output[1], options->log_file, &partner->process);
    close(life_line[0]);
    close(output[1]);
    bool is_listening = is_spawned && read_port(output[0], &port);
    close(output[0]);
    if (is_listening) {
        partner->url = arena_print(arena, "https://127.0.0.1:%lld", (long long)port);
        return FAULT_NONE;
    }
    if (!is_spawned)
        partner->process = 0;
    partner_stop(partner);
    return FAULT_INTERNAL;
}

void partner_stop(struct partner *partner)
{
    if (partner->process > 0) {
        kill(partner->process, SIGTERM);
        waitpid(partner->process, NULL, 0);
        partner->process = 0;
    }
    if (partner->life_line > 0) {
        close(partner->life_line);
        partner->life_line = 0;
    }
}
