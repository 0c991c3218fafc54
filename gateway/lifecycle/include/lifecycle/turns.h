/* Whoever decides about the same thing takes turns, on each loop: of many at once only one could be stored, and
 * the others would decide again and again. Advice and no lock: who has waited too long goes on all the same,
 * other loops and gateways know nothing of it, and what is stored is kept apart by versions (decision 0030). */
#ifndef LIFECYCLE_TURNS_H
#define LIFECYCLE_TURNS_H

#include "base/text.h"
#include "runtime/flow.h"
#include "runtime/loop.h"

struct turns;

enum { TURN_THINGS_MAX = 3, TURN_WAIT_MS = 2000 };

struct turn_place {
    struct text thing;
    struct turn *turn;
    struct turn_place *next;
    bool is_told; /* that it is the first: the message is under way */
};

/* Zeroed before use; it is left before it goes. */
struct turn {
    struct flow_wait wait;
    /* Its own from here on. */
    struct turns *turns;
    struct loop *loop;
    struct loop_timer timer;
    struct loop_message message;
    struct turn_place places[TURN_THINGS_MAX];
    size_t count, reached; /* it is the first in line for so many of them */
};

struct turns *turns_create(void);
/* When nobody takes or leaves one any more. */
void turns_destroy(struct turns *turns);

/* Completes turn->wait on the calling loop: at once, when whoever came before for any of these things has left,
 * or after TURN_WAIT_MS. Things stand in an order that all keep to. Texts are borrowed until it is left. */
void turn_take(struct turns *turns, struct turn *turn, const struct text *things, size_t count);
/* On the same loop; nothing if it has none. */
void turn_leave(struct turn *turn);

#endif
