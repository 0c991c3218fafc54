/* Submits transactions from a loop, a fixed number in flight, as the gateway's threads do, and checks the
 * promises every completion must keep: once, on the submitting loop, never inside store_submit. */
#ifndef LOOP_LOAD_H
#define LOOP_LOAD_H

#include "store_fixture.h"

struct load {
    struct store *store;
    struct store_transaction *transactions;
    size_t count, in_flight;
    size_t alone; /* as many go one by one before the others, so that the loop has heard of its store */
    size_t submitted, done, stored, replayed, failed, misplaced;
    struct loop *loop;
    struct loop_message start;
    bool is_submitting;
};

UNUSED_FIXTURE void load_submit_more(struct load *load)
{
    size_t in_flight = load->done < load->alone ? 1 : load->in_flight;
    while (load->submitted < load->count && load->submitted - load->done < in_flight) {
        load->is_submitting = true;
        store_submit(load->store, &load->transactions[load->submitted++]);
        load->is_submitting = false;
    }
}

UNUSED_FIXTURE void load_transaction_done(struct store_transaction *transaction)
{
    struct load *load = transaction->context;
    load->misplaced += load->is_submitting || loop_current() != load->loop;
    load->failed += transaction->fault != FAULT_NONE;
    load->stored += transaction->fault == FAULT_NONE && transaction->outcome == STORE_STORED;
    load->replayed += transaction->fault == FAULT_NONE && transaction->outcome == STORE_REPLAYED;
    load->done++;
    load_submit_more(load);
    if (load->done == load->count)
        loop_stop(load->loop);
}

UNUSED_FIXTURE void load_start(struct loop_message *message)
{
    load_submit_more((struct load *)((char *)message - offsetof(struct load, start)));
}

/* Fills the counters. The transactions' own members are the caller's; done and context are set here. */
UNUSED_FIXTURE void load_run(struct load *load)
{
    load->loop = loop_create();
    for (size_t i = 0; i < load->count; i++) {
        load->transactions[i].done = load_transaction_done;
        load->transactions[i].context = load;
    }
    load->start.run = load_start;
    loop_post(load->loop, &load->start);
    loop_run(load->loop);
    loop_destroy(load->loop);
}

/* One record each. */
UNUSED_FIXTURE struct load load_of_records(struct fixture *fixture, size_t count, size_t in_flight)
{
    struct store_record *records = ARENA_ARRAY(fixture->arena, struct store_record, count);
    struct load load = {.store = fixture->store, .count = count, .in_flight = in_flight};
    load.transactions = ARENA_ARRAY(fixture->arena, struct store_transaction, count);
    int64_t now_us = clock_wall_us();
    for (size_t i = 0; i < count; i++) {
        records[i] = fixture_record(fixture->arena, now_us + (int64_t)i * 50);
        load.transactions[i] = (struct store_transaction){.records = &records[i], .record_count = 1};
    }
    return load;
}

#endif
