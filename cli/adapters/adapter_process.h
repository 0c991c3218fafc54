/* The program under test as a process: started as the supervisor starts one (descriptor 3, bare environment,
 * working directory /, a process group of its own), but without its isolation. Knows no messages. */
#ifndef CLI_ADAPTERS_ADAPTER_PROCESS_H
#define CLI_ADAPTERS_ADAPTER_PROCESS_H

#include <sys/types.h>

#include "base/buffer.h"

enum { ADAPTER_FILES_MAX = 8, ADAPTER_SOCKETS_MAX = 4 };

struct adapter_program {
    const char *path;                                                          /* absolute */
    const char *interpreter;                                                   /* absolute, or NULL */
    const char *file_names[ADAPTER_FILES_MAX], *file_paths[ADAPTER_FILES_MAX]; /* at descriptors 4, 5 ... */
    size_t file_count;
    bool has_listener; /* behind the files: a socket that listens on 127.0.0.1 */
    const char *socket_names[ADAPTER_SOCKETS_MAX], *socket_paths[ADAPTER_SOCKETS_MAX]; /* behind that */
    size_t socket_count;
};

struct adapter_process {
    pid_t id;          /* 0: not started */
    int socket;        /* ours; -1: closed */
    int output, error; /* pipes of what it prints; -1: at their end */
    int input;         /* the other end of its standard input, or -1: that is empty */
    int input_kept;    /* the end that it reads from, to see what is left */
    bool has_ended;
    int status;            /* of waitpid */
    struct buffer printed; /* on either stream; cut short */
};

/* has_input: standard input is a pipe that stays open. False, with a sentence, if it cannot be started. */
bool adapter_process_start(struct adapter_process *process, const struct adapter_program *program,
                           bool has_input, const char **why);
/* Reads what it has printed. */
void adapter_process_read_output(struct adapter_process *process);
/* Waits for its end, reading on; false if that does not come in time. */
bool adapter_process_wait(struct adapter_process *process, int64_t limit_ms);
void adapter_process_close_socket(struct adapter_process *process);
/* Of its group, once it has ended itself; also somebody else who holds its standard streams. */
bool adapter_process_left_others(struct adapter_process *process, int64_t limit_ms);
/* Kills what is left, and frees. */
void adapter_process_end(struct adapter_process *process);

/* Descriptors that it has open, and its resident memory in KiB; -1 where the system does not say. */
int64_t adapter_process_descriptors(const struct adapter_process *process);
int64_t adapter_process_memory_kib(const struct adapter_process *process);
/* Whether one of its descriptors is an Internet socket. */
bool adapter_process_has_network(const struct adapter_process *process);

#endif
