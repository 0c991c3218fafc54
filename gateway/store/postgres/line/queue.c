/* A ring that doubles. */
#include "postgres/line/queue.h"

#include <stdlib.h>

#include "base/fault.h"

enum { FIRST_CAPACITY = 64 };

void queue_init(struct queue *queue, size_t limit)
{
    *queue = (struct queue){.limit = limit};
}

void queue_dispose(struct queue *queue)
{
    free(queue->ring);
    queue->ring = NULL;
}

static struct waiting *at(const struct queue *queue, size_t position)
{
    return &queue->ring[(queue->first + position) & (queue->capacity - 1)];
}

static void make_room(struct queue *queue)
{
    if (queue->count < queue->capacity)
        return;
    size_t capacity = queue->capacity == 0 ? FIRST_CAPACITY : 2 * queue->capacity;
    struct waiting *ring = calloc(capacity, sizeof(*ring));
    INVARIANT(ring != NULL);
    for (size_t i = 0; i < queue->count; i++)
        ring[i] = *at(queue, i);
    free(queue->ring);
    queue->ring = ring;
    queue->first = 0;
    queue->capacity = capacity;
}

bool queue_put(struct queue *queue, void *item, int64_t now_us)
{
    if (queue->count >= queue->limit)
        return false;
    make_room(queue);
    *at(queue, queue->count++) = (struct waiting){item, now_us};
    return true;
}

void queue_put_back(struct queue *queue, struct waiting waiting)
{
    make_room(queue);
    queue->first = (queue->first + queue->capacity - 1) & (queue->capacity - 1);
    queue->count++;
    *at(queue, 0) = waiting;
}

const struct waiting *queue_first(const struct queue *queue)
{
    return queue->count == 0 ? NULL : at(queue, 0);
}

struct waiting queue_take(struct queue *queue)
{
    INVARIANT(queue->count > 0);
    struct waiting waiting = *at(queue, 0);
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
    return waiting;
}
