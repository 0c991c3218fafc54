/* Two rings: what is to look now, and what looks later, sorted by when, as everything waits for as long. */
#include "relay/watch_list.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fault.h"

struct watch_list {
    struct loop *loop;
    struct watch_signs (*signs)(const void *context);
    const void *context;
    struct watch_signs seen;
    uint64_t change;               /* how often they have changed; 0 is what never looked has seen */
    struct watch_entry later, now; /* heads of rings */
    struct loop_timer reading, turn;
};

static void link_behind(struct watch_entry *before, struct watch_entry *entry)
{
    INVARIANT(entry->next == NULL);
    entry->next = before->next;
    entry->previous = before;
    before->next->previous = entry;
    before->next = entry;
}

static void unlink_entry(struct watch_entry *entry)
{
    entry->next->previous = entry->previous;
    entry->previous->next = entry->next;
    entry->next = entry->previous = NULL;
}

static bool is_empty(const struct watch_entry *ring)
{
    return ring->next == ring;
}

/* --- looking --- */

static void start_turn(struct watch_list *list)
{
    if (!is_empty(&list->now) && list->turn.heap_index == 0)
        loop_timer_start(list->loop, &list->turn, 0);
}

static void take_turn(struct loop_timer *timer)
{
    struct watch_list *list = (struct watch_list *)((char *)timer - offsetof(struct watch_list, turn));
    for (unsigned i = 0; i < WATCH_LIST_LOOKS_PER_TURN && !is_empty(&list->now); i++) {
        struct watch_entry *entry = list->now.next;
        bool has_changed = entry->change != list->change;
        unlink_entry(entry);
        entry->change = list->change;
        entry->look(entry, has_changed);
    }
    start_turn(list);
}

/* --- when --- */

static bool read_signs(struct watch_list *list)
{
    struct watch_signs signs = list->signs(list->context), seen = list->seen;
    list->seen = signs;
    return signs.epoch != seen.epoch || signs.epoch_mark != seen.epoch_mark || signs.swaps != seen.swaps;
}

static void start_reading(struct watch_list *list)
{
    if (list->reading.heap_index == 0)
        loop_timer_start(list->loop, &list->reading, WATCH_LIST_SIGNS_MS);
}

static void read_and_wake(struct loop_timer *timer)
{
    struct watch_list *list = (struct watch_list *)((char *)timer - offsetof(struct watch_list, reading));
    bool has_changed = read_signs(list);
    int64_t now_us = clock_monotonic_us();
    list->change += has_changed;
    while (!is_empty(&list->later) && (has_changed || list->later.next->due_us <= now_us)) {
        struct watch_entry *entry = list->later.next;
        unlink_entry(entry);
        link_behind(list->now.previous, entry);
    }
    start_turn(list);
    if (!is_empty(&list->later) || !is_empty(&list->now))
        start_reading(list);
}

void watch_list_add(struct watch_list *list, struct watch_entry *entry)
{
    entry->due_us = 0;
    entry->change = 0;
    link_behind(&list->later, entry);
    start_reading(list);
}

void watch_list_put_back(struct watch_list *list, struct watch_entry *entry)
{
    if (entry->change != list->change) {
        link_behind(list->now.previous, entry);
        start_turn(list);
    } else {
        entry->due_us = clock_monotonic_us() + WATCH_LIST_LOOK_MS * 1000;
        link_behind(list->later.previous, entry);
    }
    start_reading(list);
}

void watch_list_remove(struct watch_entry *entry)
{
    if (entry->next != NULL)
        unlink_entry(entry);
}

struct watch_list *watch_list_create(struct loop *loop, struct watch_signs (*signs)(const void *context),
                                     const void *context)
{
    struct watch_list *list = calloc(1, sizeof(*list));
    INVARIANT(list != NULL);
    *list = (struct watch_list){.loop = loop, .signs = signs, .context = context, .change = 1};
    list->later.next = list->later.previous = &list->later;
    list->now.next = list->now.previous = &list->now;
    list->reading.run = read_and_wake;
    list->turn.run = take_turn;
    return list;
}

void watch_list_destroy(struct watch_list *list)
{
    free(list);
}
