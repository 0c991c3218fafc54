/* A line is a list of places in the order they were taken; things whose hashes meet share one. The next in line
 * is told by a message to its loop, never by who leaves: a long line would be as deep a stack. */
#include "lifecycle/turns.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/fault.h"

enum { LINES = 1024 };

struct turns {
    pthread_mutex_t mutex;
    struct turn_place *first[LINES];
};

struct turns *turns_create(void)
{
    struct turns *turns = calloc(1, sizeof(*turns));
    INVARIANT(turns != NULL);
    pthread_mutex_init(&turns->mutex, NULL);
    return turns;
}

void turns_destroy(struct turns *turns)
{
    if (turns == NULL)
        return;
    pthread_mutex_destroy(&turns->mutex);
    free(turns);
}

/* Things are digests already: any few of their bytes will do. */
static struct turn_place **line_of(struct turns *turns, struct text thing)
{
    unsigned hash = 0;
    for (size_t i = 0; i < thing.length && i < 8; i++)
        hash = hash * 31 + (unsigned char)thing.base[i];
    return &turns->first[hash % LINES];
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
    pthread_mutex_lock(&turns->mutex);
    struct turn_place **link = line_of(turns, place->thing);
    bool is_first = find(*link, place->thing) == NULL;
    while (*link != NULL)
        link = &(*link)->next;
    place->next = NULL;
    *link = place;
    pthread_mutex_unlock(&turns->mutex);
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

static void have_reached(struct loop_message *message)
{
    struct turn *turn = (struct turn *)((char *)message - offsetof(struct turn, message));
    turn->reached++;
    advance(turn);
}

/* With the mutex. */
static void leave_line(struct turns *turns, struct turn_place *place)
{
    struct turn_place **link = line_of(turns, place->thing);
    bool was_first = find(*link, place->thing) == place;
    while (*link != place)
        link = &(*link)->next;
    *link = place->next;
    struct turn_place *next = find(*link, place->thing);
    if (!was_first || next == NULL)
        return;
    next->is_told = true;
    loop_post(next->turn->loop, &next->turn->message);
}

/* With the mutex. */
static void leave_lines(struct turn *turn)
{
    for (size_t i = 0; i < turn->count && i <= turn->reached; i++)
        leave_line(turn->turns, &turn->places[i]);
}

void turn_leave(struct turn *turn)
{
    struct turns *turns = turn->turns;
    if (turns == NULL)
        return;
    pthread_mutex_lock(&turns->mutex);
    leave_lines(turn);
    pthread_mutex_unlock(&turns->mutex);
    turn->turns = NULL;
}

/* Unless it has just been told that it waits no more. */
static void waited_too_long(struct loop_timer *timer)
{
    struct turn *turn = (struct turn *)((char *)timer - offsetof(struct turn, timer));
    struct turns *turns = turn->turns;
    pthread_mutex_lock(&turns->mutex);
    bool is_told = turn->places[turn->reached].is_told;
    if (!is_told)
        leave_lines(turn);
    pthread_mutex_unlock(&turns->mutex);
    if (is_told)
        return;
    turn->turns = NULL;
    settle(turn);
}

void turn_take(struct turns *turns, struct turn *turn, const struct text *things, size_t count)
{
    turn->turns = turns;
    turn->loop = loop_current();
    turn->timer.run = waited_too_long;
    turn->message.run = have_reached;
    turn->count = count;
    for (size_t i = 0; i < count; i++)
        turn->places[i] = (struct turn_place){.thing = things[i], .turn = turn};
    loop_timer_start(turn->loop, &turn->timer, TURN_WAIT_MS);
    advance(turn);
}
