/* Watching the counters: looks every second and whenever a change is noted; what is noted while one look is
 * under way makes another, as the first may have come too early to see it. */
#include <stdatomic.h>
#include <stddef.h>

#include "base/clock.h"
#include "engine.h"

enum { LOOK_EVERY_MS = 1000 };

static struct store_watch *watch_of_timer(struct loop_timer *timer)
{
    return (struct store_watch *)((char *)timer - offsetof(struct store_watch, timer));
}

static void look(struct store_watch *watch);

static void found(struct store_query *query)
{
    struct store_watch *watch = query->context;
    watch->is_looking = false;
    if (watch->store == NULL) /* closed meanwhile; this is one of the loop's last messages */
        return;
    if (query->fault == FAULT_NONE)
        watch->looked(watch, &query->counters);
    if (watch->has_to_look_again)
        look(watch);
    else
        loop_timer_start(watch->loop, &watch->timer, LOOK_EVERY_MS);
}

static void look(struct store_watch *watch)
{
    watch->is_looking = true;
    watch->looking_since_us = clock_monotonic_us();
    watch->has_to_look_again = false;
    loop_timer_stop(watch->loop, &watch->timer);
    watch->query = (struct store_query){.kind = STORE_QUERY_COUNTERS, .done = found, .context = watch};
    store_find(watch->store, &watch->query);
}

static void look_again(struct loop_timer *timer)
{
    look(watch_of_timer(timer));
}

static void look_if_idle(struct loop_message *message)
{
    struct store_watch *watch = (struct store_watch *)((char *)message - offsetof(struct store_watch, poke));
    atomic_store(&watch->is_poked, false); /* before looking: what is noted from here on posts again */
    if (watch->store == NULL)
        return;
    if (watch->is_looking)
        watch->has_to_look_again = true;
    else
        look(watch);
}

void store_watch_start(struct store *store, struct store_watch *watch)
{
    watch->store = store;
    watch->loop = loop_current();
    watch->timer.run = look_again;
    watch->poke.run = look_if_idle;
    INVARIANT(watch->loop != NULL && atomic_exchange(&store->watch, watch) == NULL);
    if (store->engine->listen != NULL)
        store->engine->listen(store);
    look(watch);
}

void store_watch_look(struct store_watch *watch)
{
    if (watch->loop != NULL && !atomic_exchange(&watch->is_poked, true))
        loop_post(watch->loop, &watch->poke);
}

void store_note_change(struct store *store)
{
    struct store_watch *watch = atomic_load(&store->watch);
    if (watch != NULL)
        store_watch_look(watch);
}

void store_watch_end(struct store *store)
{
    struct store_watch *watch = atomic_load(&store->watch);
    if (watch != NULL)
        watch->store = NULL;
}
