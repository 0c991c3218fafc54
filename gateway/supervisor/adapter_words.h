/* What workers and the supervisor say to each other about adapters. A worker asks for one by its document and
 * can end it; it is told what became of it and handed its socket. Nothing of what it says is believed: which
 * program that is, and whether it may run, is looked up here. */
#ifndef SUPERVISOR_ADAPTER_WORDS_H
#define SUPERVISOR_ADAPTER_WORDS_H

#include "control.h"
#include "programs/programs.h"
#include "workers.h"

/* The programs of these workers, who are told what they have to know. */
struct programs *adapter_words_create(struct workers *workers, struct sealing_keeper *sealing);
/* Whether a worker's message was about adapters; then its descriptors are used or closed. documents: those that
 * worker has. */
bool adapter_words_take(struct programs *programs, pid_t worker, const struct documents *documents,
                        const struct control_message *message);

#endif
