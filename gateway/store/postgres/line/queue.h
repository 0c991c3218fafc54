/* A bounded queue of what waits for the server, with the time each came: on one loop, no locks. What could not
 * be finished goes back to its front. */
#ifndef STORE_POSTGRES_QUEUE_H
#define STORE_POSTGRES_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waiting {
    void *item;
    int64_t since_us; /* monotonic */
};

struct queue {
    struct waiting *ring;
    size_t first, count, capacity, limit;
};

void queue_init(struct queue *queue, size_t limit);
void queue_dispose(struct queue *queue);
bool queue_put(struct queue *queue, void *item, int64_t now_us);  /* false if as many wait as may */
void queue_put_back(struct queue *queue, struct waiting waiting); /* to the front; not bounded again */
const struct waiting *queue_first(const struct queue *queue);     /* NULL if empty */
struct waiting queue_take(struct queue *queue);                   /* not empty */

#endif
