/* A list, as the store may answer in another order than it was asked. */
#include "waiting_record.h"

#include "base/clock.h"
#include "runtime/metrics.h"

struct waiting_list {
    struct waiting_record *first, *last;
};

static _Thread_local struct waiting_list own;

static void note_oldest(void)
{
    metric_wait_since(AGE_AUDIT_LAG, own.first == NULL ? 0 : own.first->since_us);
}

void waiting_record_begin(struct waiting_record *record)
{
    *record = (struct waiting_record){.list = &own, .previous = own.last, .since_us = clock_monotonic_us()};
    *(own.last != NULL ? &own.last->next : &own.first) = record;
    own.last = record;
    if (own.first == record)
        note_oldest();
}

void waiting_record_end(struct waiting_record *record)
{
    if (record->list != &own)
        return;
    bool was_oldest = own.first == record;
    *(record->previous != NULL ? &record->previous->next : &own.first) = record->next;
    *(record->next != NULL ? &record->next->previous : &own.last) = record->previous;
    record->list = NULL;
    if (was_oldest)
        note_oldest();
}
