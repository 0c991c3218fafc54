/* One message to each loop, and one back from the last. */
#include "runtime/broadcast.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

struct delivery {
    struct loop_message message; /* first */
    struct sending *sending;
    size_t loop;
};

struct sending {
    struct broadcast *broadcast;
    void (*install)(void *context, size_t loop);
    void (*done)(void *context, bool is_everywhere);
    void *context;
    struct loop *origin;
    _Atomic size_t missing;
    struct loop_message finished;
    struct delivery deliveries[];
};

static void end(struct sending *sending, bool is_everywhere)
{
    sending->done(sending->context, is_everywhere);
    free(sending);
}

static void finish(struct loop_message *message)
{
    struct sending *sending = (struct sending *)((char *)message - offsetof(struct sending, finished));
    end(sending, !atomic_load(&sending->broadcast->is_closed));
}

static void deliver(struct loop_message *message)
{
    struct delivery *delivery = (struct delivery *)message;
    struct sending *sending = delivery->sending;
    sending->install(sending->context, delivery->loop);
    if (atomic_fetch_sub(&sending->missing, 1) != 1)
        return;
    if (atomic_load(&sending->broadcast->is_closed))
        end(sending, false); /* the loop it came from may be gone */
    else
        loop_post(sending->origin, &sending->finished);
}

void broadcast_open(struct broadcast *broadcast, struct loop *const *loops, size_t count)
{
    INVARIANT(count <= BROADCAST_LOOPS_MAX);
    memcpy(broadcast->loops, loops, count * sizeof(*loops));
    broadcast->count = count;
    atomic_init(&broadcast->is_closed, false);
}

void broadcast_send(struct broadcast *broadcast, void (*install)(void *context, size_t loop),
                    void (*done)(void *context, bool is_everywhere), void *context)
{
    struct sending *sending = calloc(1, sizeof(*sending) + broadcast->count * sizeof(sending->deliveries[0]));
    INVARIANT(sending != NULL);
    sending->broadcast = broadcast;
    sending->install = install;
    sending->done = done;
    sending->context = context;
    sending->origin = loop_current();
    sending->finished.run = finish;
    atomic_init(&sending->missing, broadcast->count);
    for (size_t i = 0; i < broadcast->count; i++) {
        sending->deliveries[i] = (struct delivery){{.run = deliver}, sending, i};
        loop_post(broadcast->loops[i], &sending->deliveries[i].message);
    }
}

void broadcast_close(struct broadcast *broadcast)
{
    atomic_store(&broadcast->is_closed, true);
}

size_t broadcast_place(const struct broadcast *broadcast)
{
    const struct loop *loop = loop_current();
    for (size_t i = 0; i < broadcast->count; i++)
        if (broadcast->loops[i] == loop)
            return i;
    fault_invariant_broken("a loop asks for what is its own", __FILE__, __LINE__);
}
