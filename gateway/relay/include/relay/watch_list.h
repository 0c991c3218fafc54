/* What one loop watches: everything looks soon after the signs of the loop have changed, and once a second
 * besides. One timer reads the signs, whatever is watched; looks are spread over turns, so that a kill while
 * thousands of streams are open does not stall those that go on. For call_watch.c and relay_keeper.c. */
#ifndef RELAY_WATCH_LIST_H
#define RELAY_WATCH_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/loop.h"

enum { WATCH_LIST_SIGNS_MS = 100, WATCH_LIST_LOOK_MS = 1000, WATCH_LIST_LOOKS_PER_TURN = 128 };

/* What tells that something has changed: the cutoffs and the documents that this loop knows. */
struct watch_signs {
    int64_t epoch, epoch_mark, swaps;
};

/* Embedded, zeroed but for look; stays where it is while it is in the list. */
struct watch_entry {
    /* It is out of the list then, and puts itself back. has_changed: it has not looked since the signs have. */
    void (*look)(struct watch_entry *entry, bool has_changed);
    struct watch_entry *next, *previous; /* NULL: in no list */
    int64_t due_us;
    uint64_t change; /* the last one that it has looked at */
};

struct watch_list;

/* signs is asked on the loop while anything is watched. */
struct watch_list *watch_list_create(struct loop *loop, struct watch_signs (*signs)(const void *context),
                                     const void *context);
/* Its loop does not run any more. NULL is fine. */
void watch_list_destroy(struct watch_list *list);

/* Looks within WATCH_LIST_SIGNS_MS, whatever the signs say. */
void watch_list_add(struct watch_list *list, struct watch_entry *entry);
/* After a look, which may have taken its time: at once if the signs have changed meanwhile. */
void watch_list_put_back(struct watch_list *list, struct watch_entry *entry);
/* Nothing if it is in none. */
void watch_list_remove(struct watch_entry *entry);

#endif
