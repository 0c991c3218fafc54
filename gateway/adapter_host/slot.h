/* Requests to an adapter that are under way. Private to this room. */
#ifndef ADAPTER_HOST_SLOT_H
#define ADAPTER_HOST_SLOT_H

#include "program.h"

enum slot_use { SLOT_CALL, SLOT_INITIALIZE, SLOT_HEALTH, SLOT_TAKE_BACK };

/* One request that the adapter has not answered. Its id tells its place, and which of those that had it. */
struct slot {
    struct loop_timer timer; /* first: deadline, then that of the answer to cancel */
    struct program *program;
    struct program_call *call; /* NULL: nobody waits any more */
    enum slot_use use;
    bool is_taken, is_cancelled, is_probe;
    int64_t id;
    struct slot *next_free;
};

void slots_create(struct program *program);
/* Whoever waits is told the fault. */
void slots_drop(struct program *program, enum fault fault);
struct slot *slot_find(struct program *program, int64_t id); /* NULL: none that is under way */
void slot_release(struct slot *slot);
/* Sends; there is a free slot. */
void slot_send(struct program *program, enum slot_use use, struct program_call *call, const char *method,
               struct text params, int64_t deadline_ms, bool is_probe);

#endif
