/* What a supervisor leaves to the program it executes in its own place: its sockets, its worker, that one's
 * adapters and the documents it serves, which are the same process's before and after. */
#ifndef SUPERVISOR_RESUMPTION_H
#define SUPERVISOR_RESUMPTION_H

#include "child.h"
#include "program.h"

/* Executes the program, under the same process id, with the same arguments. Returns only
 * when that fails; then nothing has changed. */
void resumption_execute(const struct program *program, const struct configuration *configuration,
                        const struct inheritance *inheritance, const struct child *worker);
/* At the start of a program: true if it was executed so; then these are what it goes on with. */
bool resumption_take(struct kept_sockets *sockets, struct edition *edition, bool *is_reload_refused,
                     struct losses *losses, struct child *worker, struct sealing_keeper *sealing,
                     struct programs *programs);

#endif
