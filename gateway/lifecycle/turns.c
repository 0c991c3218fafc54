/* A line is a list of places in the order they were taken; things whose hashes meet share one. The next in line
 * is told by a task, never by who leaves: a long line would be as deep a stack. */
#include "lifecycle/turns.h"

#include <stdlib.h>

#include "base/fault.h"
#include "runtime/broadcast.h"

enum { LINES = 256 };

struct lines {
    struct turn_place *first[LINES];
};

struct turns {
    struct broadcast loops; /* for the places alone */
    struct lines lines[];   /* of each loop */
};

struct turns *turns_create(struct loop *const *loops, size_t count)
{
    struct turns *turns = calloc(1, sizeof(*turns) + count * sizeof(turns->lines[0]));
    INVARIANT(turns != NULL);
    broadcast_open(&turns->loops, loops, count);
    return turns;
}

void turns_destroy(struct turns *turns)
{
    free(turns);
}

/* Things are digests already: any few of their bytes will do. */
static struct turn_place **line_of(struct turns *turns, struct text thing)
{
    unsigned hash = 0;
    for (size_t i = 0; i < thing.length && i < 8; i++)
        hash = hash * 31 + (unsigned char)thing.base[i];
    return &turns->lines[broadcast_place(&turns->loops)].first[hash % LINES];
}

static struct turn_place *find(struct turn_place *place, struct text thing)
{
    while (place != NULL && !text_equal(place->thing, thing))
        place = place->next;
    return place;
}

/* True if nobody is before it. */
static bool stand_in_line(struct turns *turns, struct turn_place *place)
{
    struct turn_place **link = line_of(turns, place->thing);
    bool is_first = find(*link, place->thing) == NULL;
    while (*link != NULL)
        link = &(*link)->next;
    place->next = NULL;
    *link = place;
    return is_first;
}

static void settle(struct turn *turn)
{
    loop_timer_stop(turn->loop, &turn->timer);
    flow_wait_done(&turn->wait);
}

/* From the thing it has reached to the first that somebody else has. */
static void advance(struct turn *turn)
{
    while (turn->reached < turn->count && stand_in_line(turn->turns, &turn->places[turn->reached]))
        turn->reached++;
    if (turn->reached == turn->count)
        settle(turn);
}

static void have_reached(struct loop_task *task)
{
    struct turn *turn = (struct turn *)((char *)task - offsetof(struct turn, task));
    turn->reached++;
    advance(turn);
}

static void leave_line(struct turns *turns, struct turn_place *place)
{
    struct turn_place **link = line_of(turns, place->thing);
    bool was_first = find(*link, place->thing) == place;
    while (*link != place)
        link = &(*link)->next;
    *link = place->next;
    struct turn_place *next = find(*link, place->thing);
    if (was_first && next != NULL)
        loop_defer(next->turn->loop, &next->turn->task);
}

void turn_leave(struct turn *turn)
{
    if (turn->turns == NULL)
        return;
    loop_timer_stop(turn->loop, &turn->timer);
    loop_defer_cancel(&turn->task);
    for (size_t i = 0; i < turn->count && i <= turn->reached; i++)
        leave_line(turn->turns, &turn->places[i]);
    turn->turns = NULL;
}

static void waited_too_long(struct loop_timer *timer)
{
    struct turn *turn = (struct turn *)((char *)timer - offsetof(struct turn, timer));
    turn_leave(turn);
    settle(turn);
}

void turn_take(struct turns *turns, struct turn *turn, const struct text *things, size_t count)
{
    turn->turns = turns;
    turn->loop = loop_current();
    turn->timer.run = waited_too_long;
    turn->task.run = have_reached;
    turn->count = count;
    for (size_t i = 0; i < count; i++)
        turn->places[i] = (struct turn_place){things[i], turn, NULL};
    loop_timer_start(turn->loop, &turn->timer, TURN_WAIT_MS);
    advance(turn);
}
