/* The state is text in an anonymous file whose descriptor an environment variable names, so that a newer
 * program can read what an older one wrote: a line per socket, for the documents, for a reload that was
 * refused, for workers that were lost, for the worker, for its pulse and for each adapter; words it does not
 * know are skipped. */
#include "resumption.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"

static const char variable[] = "DRAGOMAN_RESUME_DESCRIPTOR";
enum { STATE_BYTES_MAX = 256 * 1024 };

static void keep_over_exec(const struct inheritance *inheritance, const struct child *worker, bool is_kept)
{
    int flags = is_kept ? 0 : FD_CLOEXEC;
    const struct kept_sockets *sockets = inheritance->sockets;
    for (size_t i = 0; i < sockets->count; i++)
        for (size_t k = 0; k < sockets->items[i].count; k++)
            fcntl(sockets->items[i].descriptors[k], F_SETFD, flags);
    fcntl(inheritance->edition->descriptor, F_SETFD, flags);
    fcntl(worker->control, F_SETFD, flags);
    programs_keep_over_exec(inheritance->programs, is_kept);
}

/* A key that cannot be had again at will goes in a pipe, as to a worker. */
static int pass_key(const struct sealing_keeper *sealing, struct buffer *out)
{
    int key = sealing_key_pipe(sealing->kept);
    if (key < 0)
        return -1;
    fcntl(key, F_SETFD, 0);
    buffer_print(out, "sealing-key %d %s\n", key, sealing->is_of_operator ? "operator" : "source");
    return key;
}

static void write_state(struct buffer *out, const struct inheritance *inheritance, const struct child *worker)
{
    const struct kept_sockets *sockets = inheritance->sockets;
    for (size_t i = 0; i < sockets->count; i++) {
        buffer_print(out, "%s ", sockets->items[i].is_unix ? "unix" : "internet");
        for (size_t k = 0; k < sockets->items[i].count; k++)
            buffer_print(out, "%d,", sockets->items[i].descriptors[k]);
        buffer_print(out, " %s\n", sockets->items[i].name);
    }
    buffer_print(out, "documents %d\n", inheritance->edition->descriptor);
    if (inheritance->is_reload_refused)
        buffer_print(out, "refused\n");
    char losses[LOSSES_SIZE];
    losses_print(&inheritance->losses, losses);
    buffer_print(out, "lost %s\n", losses);
    buffer_print(out, "worker %d %d\n", (int)worker->process, worker->control);
    if (worker->silence.looked_us != 0)
        buffer_print(out, "pulses %lld\n", (long long)worker->silence.deadline_us);
    if (worker->is_sealed)
        buffer_print(out, "worker-sealed\n");
    programs_write_state(inheritance->programs, out); /* behind the documents, which reading it takes */
}

/* "run --config PATH --set SETTING=VALUE ...", as this program was started; freed by whoever asks. */
static char **arguments_of(const struct program *program, const struct configuration *configuration)
{
    char **arguments = calloc(5 + 2 * configuration->setting_count, sizeof(*arguments));
    INVARIANT(arguments != NULL);
    char *const first[] = {(char *)(uintptr_t)program->path, "run", "--config",
                           (char *)(uintptr_t)configuration->path};
    memcpy(arguments, first, sizeof(first));
    for (size_t i = 0; i < configuration->setting_count; i++) {
        arguments[4 + 2 * i] = "--set";
        arguments[5 + 2 * i] = configuration->settings[i];
    }
    return arguments;
}

void resumption_execute(const struct program *program, const struct configuration *configuration,
                        const struct inheritance *inheritance, const struct child *worker)
{
    SCOPED_BUFFER state = {0};
    char number[16];
    char **arguments = arguments_of(program, configuration);
    write_state(&state, inheritance, worker);
    int key = pass_key(inheritance->sealing, &state);
    int file = memfd_create("dragomand", 0);
    if (file >= 0 && write(file, state.base, state.length) == (ssize_t)state.length &&
        lseek(file, 0, SEEK_SET) == 0) {
        snprintf(number, sizeof(number), "%d", file);
        setenv(variable, number, 1);
        keep_over_exec(inheritance, worker, true);
        execv(program->path, arguments);
        keep_over_exec(inheritance, worker, false);
        unsetenv(variable);
    }
    LOG(LOG_ERROR, "program_not_executed", log_text("program", text_of(program->path)),
        log_text("reason", text_of(strerror(errno))));
    free(arguments);
    if (file >= 0)
        close(file);
    if (key >= 0)
        close(key);
}

static bool read_descriptors(struct kept_socket *socket, struct text list)
{
    while (list.length != 0) {
        int64_t number;
        struct text item = text_cut(&list, ',');
        if (!text_to_int64(item, &number) || socket->count == WORKER_THREADS_MAX)
            return false;
        fcntl((int)number, F_SETFD, FD_CLOEXEC);
        socket->descriptors[socket->count++] = (int)number;
    }
    socket->bound_length = sizeof(socket->bound);
    return socket->count != 0 &&
           getsockname(socket->descriptors[0], (struct sockaddr *)&socket->bound, &socket->bound_length) == 0;
}

static void read_socket(struct kept_sockets *sockets, bool is_unix, struct text rest)
{
    struct text list = text_cut(&rest, ' ');
    struct kept_socket socket = {.is_unix = is_unix};
    if (sockets->count == sizeof(sockets->items) / sizeof(sockets->items[0]) ||
        !read_descriptors(&socket, list))
        return;
    socket.name = strndup(rest.base, rest.length);
    INVARIANT(socket.name != NULL);
    if (socket.count > sockets->threads)
        sockets->threads = socket.count;
    sockets->items[sockets->count++] = socket;
}

static void read_worker(struct child *worker, struct text rest)
{
    int64_t process, control;
    struct text first = text_cut(&rest, ' ');
    if (!text_to_int64(first, &process) || !text_to_int64(rest, &control))
        return;
    fcntl((int)control, F_SETFD, FD_CLOEXEC);
    worker->state = CHILD_READY;
    worker->process = (pid_t)process;
    worker->control = (int)control;
    worker->ready_us = clock_monotonic_us();
}

static void read_edition(struct edition *edition, struct text rest)
{
    int64_t descriptor;
    if (!text_to_int64(rest, &descriptor))
        return;
    fcntl((int)descriptor, F_SETFD, FD_CLOEXEC);
    (void)edition_take(edition, (int)descriptor);
}

static void read_key(struct sealing_keeper *sealing, struct text rest)
{
    int64_t descriptor;
    struct text first = text_cut(&rest, ' ');
    struct secret *key = text_to_int64(first, &descriptor) ? sealing_key_from_pipe((int)descriptor) : NULL;
    if (key != NULL)
        sealing_keeper_take(sealing, key, text_is(rest, "operator"));
}

bool resumption_take(struct kept_sockets *sockets, struct edition *edition, bool *is_reload_refused,
                     struct losses *losses, struct child *worker, struct sealing_keeper *sealing,
                     struct programs *programs)
{
    int64_t number;
    const char *value = getenv(variable);
    if (value == NULL || !text_to_int64(text_of(value), &number))
        return false;
    unsetenv(variable);
    char *state = malloc(STATE_BYTES_MAX);
    INVARIANT(state != NULL);
    ssize_t length = read((int)number, state, STATE_BYTES_MAX);
    close((int)number);
    struct text rest = {state, length < 0 ? 0 : (size_t)length};
    while (rest.length != 0) {
        struct text line = text_cut(&rest, '\n');
        struct text word = text_cut(&line, ' ');
        if (text_is(word, "internet") || text_is(word, "unix"))
            read_socket(sockets, text_is(word, "unix"), line);
        else if (text_is(word, "documents"))
            read_edition(edition, line);
        else if (text_is(word, "refused"))
            *is_reload_refused = true;
        else if (text_is(word, "lost"))
            (void)losses_parse(losses, line);
        else if (text_is(word, "adapter") && edition->arena != NULL)
            programs_take_state(programs, &edition->documents, line);
        else if (text_is(word, "worker"))
            read_worker(worker, line);
        else if (text_is(word, "worker-sealed"))
            worker->is_sealed = true;
        else if (text_is(word, "sealing-key"))
            read_key(sealing, line);
        else if (text_is(word, "pulses") && text_to_int64(line, &worker->silence.deadline_us))
            child_note_pulse(worker);
    }
    free(state);
    return worker->state == CHILD_READY && edition->arena != NULL;
}
