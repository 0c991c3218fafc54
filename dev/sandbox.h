/* The sandbox as a whole: a private directory, the identity server, the partner's service and a real gateway,
 * started in that order and ended in the other. Prints a line for each. */
#ifndef DEV_SANDBOX_H
#define DEV_SANDBOX_H

#include <stdio.h>

#include "base/arena.h"
#include "base/fault.h"

struct sandbox;

struct sandbox_options {
    const char *state;            /* directory to keep; NULL for a private one that is removed at the end */
    const char *adapters;         /* directory of programs; NULL: there are none */
    const char *environment_file; /* where to write what scripts need, or NULL */
    FILE *out;                    /* for people; the log goes to a file in the state directory */
};

/* Complains on options->out and answers a fault when something does not start; nothing is left running then. */
MUST_USE enum fault sandbox_start(const struct sandbox_options *options, struct sandbox **sandbox);
/* Does what does not happen by itself, from the thread that started it, until something can be read from this
 * descriptor. */
void sandbox_serve(struct sandbox *sandbox, int until);
void sandbox_stop(struct sandbox *sandbox);

#endif
