/* The heap behind a loop's timers. */
#include "timer_heap.h"

#include <stdlib.h>

#include "base/fault.h"

static void place(struct timer_heap *heap, struct loop_timer *timer, uint32_t index)
{
    heap->slots[index] = timer;
    timer->heap_index = index;
}

static void sift_up(struct timer_heap *heap, struct loop_timer *timer, uint32_t index)
{
    while (index > 1 && heap->slots[index / 2]->due_us > timer->due_us) {
        place(heap, heap->slots[index / 2], index);
        index /= 2;
    }
    place(heap, timer, index);
}

static void sift_down(struct timer_heap *heap, struct loop_timer *timer, uint32_t index)
{
    for (uint32_t child; (child = 2 * index) <= heap->count; index = child) {
        if (child < heap->count && heap->slots[child + 1]->due_us < heap->slots[child]->due_us)
            child++;
        if (heap->slots[child]->due_us >= timer->due_us)
            break;
        place(heap, heap->slots[child], index);
    }
    place(heap, timer, index);
}

void timer_heap_insert(struct timer_heap *heap, struct loop_timer *timer)
{
    INVARIANT(timer->heap_index == 0);
    if (heap->count + 1 >= heap->capacity) {
        heap->capacity = heap->capacity == 0 ? 64 : 2 * heap->capacity;
        heap->slots = realloc(heap->slots, heap->capacity * sizeof(struct loop_timer *));
        INVARIANT(heap->slots != NULL);
    }
    heap->count++;
    sift_up(heap, timer, heap->count);
}

void timer_heap_remove(struct timer_heap *heap, struct loop_timer *timer)
{
    uint32_t index = timer->heap_index;
    INVARIANT(index != 0 && index <= heap->count && heap->slots[index] == timer);
    timer->heap_index = 0;
    struct loop_timer *last = heap->slots[heap->count];
    heap->count--;
    if (last == timer)
        return;
    if (last->due_us < timer->due_us)
        sift_up(heap, last, index);
    else
        sift_down(heap, last, index);
}

struct loop_timer *timer_heap_first(const struct timer_heap *heap)
{
    return heap->count == 0 ? NULL : heap->slots[1];
}

void timer_heap_dispose(struct timer_heap *heap)
{
    free(heap->slots);
    *heap = (struct timer_heap){0};
}
