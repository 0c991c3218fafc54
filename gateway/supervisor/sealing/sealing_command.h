/* A program that prints the sealing key, such as the client of a key management service: started, listened to
 * with a limit, ended in time. It gets an environment of its own and nothing of ours. */
#ifndef SUPERVISOR_SEALING_COMMAND_H
#define SUPERVISOR_SEALING_COMMAND_H

#include <poll.h>
#include <sys/types.h>

#include "base/secret.h"
#include "config/documents.h"

enum { SEALING_COMMAND_OUTPUT = 4096, SEALING_COMMAND_ERRORS = 512, SEALING_COMMAND_DETAIL = 600 };

struct sealing_command {
    pid_t process; /* 0: there is none */
    int output, errors;
    int64_t deadline_us;
    bool is_late; /* and was killed */
    char printed[SEALING_COMMAND_OUTPUT], complained[SEALING_COMMAND_ERRORS];
    size_t printed_length, complained_length;
};

/* False, with a detail of SEALING_COMMAND_DETAIL bytes: it was not started. */
bool sealing_command_start(struct sealing_command *command, const struct sealing_document *settings,
                           char *detail);
/* Two descriptors; negative ones where there is nothing to wait for. */
void sealing_command_wait_for(const struct sealing_command *command, struct pollfd waited[2]);
void sealing_command_hear(struct sealing_command *command);
/* Kills it once its time is over. */
void sealing_command_look(struct sealing_command *command, int64_t now_us);
/* Whether this process, which has died and was not reaped yet, is it; then it is reaped, and *key is what it
 * printed, the caller's, or NULL with a detail. */
bool sealing_command_reap(struct sealing_command *command, pid_t process, struct secret **key, char *detail);
void sealing_command_end(struct sealing_command *command);

#endif
