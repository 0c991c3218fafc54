/* What supervisor and worker say to each other: short words with descriptors beside them, one message each,
 * over a socket pair. The supervisor's words: "socket NAME" with its descriptors, "documents" with the edition
 * to serve, "start"; "sealing-key" with the key in a pipe, or "sealed" and why there is none; "refused" and
 * "lost" with how many workers were, before that or any time later; to a sealed one "still-sealed" and "unseal"
 * with what became of a key that it handed on. The worker's: "unseal" with a key that an operator gave, in a
 * pipe; "ready"; from then on, at intervals, "pulse" when all its loops have turned since the last, otherwise
 * "silent" and which have not. */
#ifndef SUPERVISOR_CONTROL_H
#define SUPERVISOR_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { CONTROL_DESCRIPTOR = 3, CONTROL_WORD_SIZE = 1200, CONTROL_DESCRIPTORS_MAX = 64 };

struct control_message {
    char word[CONTROL_WORD_SIZE]; /* zero-terminated */
    int descriptors[CONTROL_DESCRIPTORS_MAX];
    size_t descriptor_count;
};

/* Never waits: false when the other end is gone or does not read. */
bool control_send(int control, struct text word, const int *descriptors, size_t count);
/* 1: a message, its descriptors the caller's; 0: the other end is gone; -1: none yet (on a socket that may not
 * wait). */
int control_receive(int control, struct control_message *message, bool may_wait);

/* Those that came with a message nobody knows. */
void control_close_descriptors(struct control_message *message);

#endif
