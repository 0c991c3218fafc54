/* The worker's end of what adapter_words.c says and hears: its adapter host asks the supervisor for programs
 * and is told what became of them. */
#ifndef SUPERVISOR_ADAPTER_REQUESTS_H
#define SUPERVISOR_ADAPTER_REQUESTS_H

#include "control.h"
#include "worker/worker.h"

/* From any thread, over CONTROL_DESCRIPTOR. */
extern const struct worker_programs adapter_requests;

/* Whether a word of the supervisor's was about adapters; then its descriptor is the host's. */
bool adapter_requests_hear(struct worker *worker, const struct control_message *message);

#endif
