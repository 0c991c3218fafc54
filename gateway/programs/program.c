/* The parts of a start in their order: image, files, confinement, whether that is enough, process, first line.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "file/connected_socket.h"
#include "file/kept_files.h"
#include "process/start_line.h"

enum { END_GRACE_US = 2 * 1000 * 1000, LISTENER_BACKLOG = 64 };

uid_t program_user(const struct program *program)
{
    return (uid_t)program->plan.first_user_id + program->slot;
}

/* --- its files --- */

static int open_file(const struct program_plan *plan, struct text path, char *detail)
{
    struct stat status;
    int file = open(path.base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "%.300s: %s", path.base,
                 errno == ELOOP ? "is a symbolic link; name the file itself" : strerror(errno));
        return -1;
    }
    bool is_good = fstat(file, &status) == 0 && trusted_status(&status, path.base, detail);
    if (is_good && !S_ISREG(status.st_mode)) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "%.300s is no regular file", path.base);
        is_good = false;
    }
    if (is_good && kept_files_include(plan, path.base)) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "%.300s is the gateway's own and no adapter's", path.base);
        is_good = false;
    }
    if (is_good)
        return file;
    close(file);
    return -1;
}

static bool open_files(struct program_start *start, const struct program_plan *plan, char *detail)
{
    const struct name_value_list *files = &plan->files;
    for (size_t i = 0; i < files->count && i < PROGRAM_FILES_MAX; i++) {
        start->files[i] = open_file(plan, files->items[i].value, detail);
        if (start->files[i] < 0)
            return false;
        start->file_count = i + 1;
    }
    return true;
}

/* A port that the system chooses, of its own for each start: nobody can be waiting at one that was another's.
 */
static bool open_listener(struct program_start *start, char *detail)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (!start->document->has_loopback_listener)
        return true;
    start->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (start->listener >= 0 &&
        bind(start->listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(start->listener, LISTENER_BACKLOG) == 0)
        return true;
    snprintf(detail, PROGRAM_DETAIL_SIZE, "there is no socket to listen on 127.0.0.1: %s", strerror(errno));
    return false;
}

static bool open_sockets(struct program_start *start, const struct program_plan *plan, char *detail)
{
    const struct name_value_list *sockets = &plan->document->sockets;
    for (size_t i = 0; i < sockets->count && i < PROGRAM_SOCKETS_MAX; i++) {
        start->sockets[i] = connected_socket_open(plan, sockets->items[i].value.base, detail);
        if (start->sockets[i] < 0)
            return false;
        start->socket_count = i + 1;
    }
    return true;
}

/* What only its process is to have. */
static void close_handed(const struct program_start *start)
{
    for (size_t i = 0; i < start->file_count; i++)
        close(start->files[i]);
    for (size_t i = 0; i < start->socket_count; i++)
        close(start->sockets[i]);
    if (start->listener >= 0)
        close(start->listener);
}

/* --- start --- */

static bool is_isolated_enough(struct program *program, const struct program_start *start, char *detail)
{
    const struct program_plan *plan = &program->plan;
    program->is_isolated = kept_files_are_safe(plan, start->confinement, start->has_own_user, detail);
    if (!program->is_isolated && plan->is_isolation_waived)
        LOG(LOG_WARNING, "adapter_not_isolated", log_text("adapter", plan->adapter),
            log_text("reason", text_of(detail)));
    return program->is_isolated || plan->is_isolation_waived;
}

static bool start_process(struct program *program, const struct programs_keys *keys,
                          struct program_start *start, int pair[2], char *detail)
{
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "no descriptors: %s", strerror(errno));
        return false;
    }
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    start->output = output[1];
    start->socket = pair[1];
    if (start_line_send(pair[0], &program->plan, keys, PROGRAM_SOCKET + 1, detail))
        program->process = program_child_start(start, detail);
    close(output[1]);
    if (program->process > 0) {
        program->output = (struct program_output){.descriptor = output[0]};
        return true;
    }
    close(output[0]);
    return false;
}

static bool start_confined(struct program *program, const struct programs_keys *keys,
                           struct program_start *start, int *socket, char *detail)
{
    int pair[2];
    if (!open_files(start, &program->plan, detail) || !open_listener(start, detail) ||
        !open_sockets(start, &program->plan, detail) || !is_isolated_enough(program, start, detail))
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "no descriptors: %s", strerror(errno));
        return false;
    }
    bool is_started = start_process(program, keys, start, pair, detail);
    close(pair[1]);
    if (is_started)
        *socket = pair[0];
    else
        close(pair[0]);
    return is_started;
}

static void log_start(const struct program *program, const struct program_confinement *confinement,
                      struct confinement_layers layers)
{
    LOG(LOG_INFO, "adapter_program_started", log_text("adapter", program->plan.name),
        log_number("instance", program->instance), log_number("process", program->process),
        log_text("system_calls", confinement->filter != NULL ? TEXT("filtered") : TEXT("all")),
        log_number("landlock_version", confinement->rules >= 0 ? layers.landlock_version : 0),
        log_number("user", program->has_own_user ? (int64_t)program_user(program) : (int64_t)geteuid()));
}

bool program_launch(struct program *program, const struct programs_keys *keys, struct confinement_layers layers,
                    int64_t instance, int *socket, char *detail)
{
    struct program_image image;
    program->process = -1;
    program->has_own_user = geteuid() == 0;
    if (!program_image_open(&image, &program->plan, detail))
        return false;
    const struct program_request request = {.layers = layers,
                                            .executed = image.executed,
                                            .has_network = program->plan.document->has_network,
                                            .has_listener = program->plan.document->has_loopback_listener,
                                            .has_own_user = program->has_own_user};
    struct program_confinement confinement = program_confinement_prepare(&request);
    struct program_start start = {.image = &image,
                                  .confinement = &confinement,
                                  .document = program->plan.document,
                                  .listener = -1,
                                  .has_own_user = program->has_own_user,
                                  .user = program_user(program)};
    bool is_started = start_confined(program, keys, &start, socket, detail);
    if (is_started) {
        program->state = PROGRAM_RUNNING;
        program->instance = instance;
        program->started_us = clock_monotonic_us();
        program->due_us = 0;
        program->is_killed = false;
        log_start(program, &confinement, layers);
    }
    close_handed(&start);
    program_confinement_dispose(&confinement);
    program_image_close(&image);
    return is_started;
}

/* --- end --- */

void program_end(struct program *program, int64_t now_us)
{
    if (program->state != PROGRAM_RUNNING)
        return;
    program->state = PROGRAM_ENDING;
    program->due_us = now_us + END_GRACE_US;
    kill(program->process, SIGTERM);
}

static void describe(int status, bool is_killed, char *detail)
{
    if (is_killed)
        snprintf(detail, PROGRAM_DETAIL_SIZE, "killed, because it did not keep to the protocol");
    else if (WIFSIGNALED(status))
        snprintf(detail, PROGRAM_DETAIL_SIZE, "killed by signal %d", WTERMSIG(status));
    else
        snprintf(detail, PROGRAM_DETAIL_SIZE, "exited with status %d", WEXITSTATUS(status));
}

void program_bury(struct program *program, char *detail)
{
    int status = 0;
    program_child_kill(program->process); /* while its number is still its own */
    waitpid(program->process, &status, 0);
    if (program->has_own_user)
        program_child_kill_user(program_user(program));
    program_output_close(&program->output, program->plan.adapter, clock_monotonic_us());
    describe(status, program->is_killed, detail);
    LOG(program->state == PROGRAM_ENDING ? LOG_INFO : LOG_WARNING, "adapter_program_ended",
        log_text("adapter", program->plan.name), log_number("instance", program->instance),
        log_text("reason", text_of(detail)));
    program->process = -1;
}
