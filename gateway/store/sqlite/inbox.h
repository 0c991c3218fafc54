/* A bounded queue between the loops and one thread of the store. The thread takes everything that waits at
 * once: what arrives while it works is the next round, so rounds grow with the load and nothing needs a
 * timer. */
#ifndef STORE_SQLITE_INBOX_H
#define STORE_SQLITE_INBOX_H

#include <pthread.h>

#include "runtime/loop.h"

/* Linked through the message that later carries the answer back. */
struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t signal;
    struct loop_message *first, *last;
    unsigned waiting, limit;
    bool is_poked, is_closed;
};

void inbox_init(struct inbox *inbox, unsigned limit);
void inbox_dispose(struct inbox *inbox);
/* False if as many wait as may. */
bool inbox_put(struct inbox *inbox, struct loop_message *message);
/* The same without waking the thread, which is then the caller's to do: by inbox_wake, once for many. */
bool inbox_add(struct inbox *inbox, struct loop_message *message);
void inbox_wake(struct inbox *inbox);
/* Wakes the thread without a message; it must not sleep again before it looked. */
void inbox_poke(struct inbox *inbox);
/* The thread gets what is left and then is told to end. */
void inbox_close(struct inbox *inbox);
/* For the thread: everything that waits, oldest first, linked by next. With may_wait it sleeps until there is
 * something or it was poked. False when the inbox is closed and empty. */
bool inbox_take(struct inbox *inbox, bool may_wait, struct loop_message **messages);

#endif
