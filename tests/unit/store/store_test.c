/* The store as its users see it: several loops at once, single use across them and across restarts, kills. */
#include "loop_load.h"

#include <pthread.h>

enum { LOOPS = 3, PER_LOOP = 300 };

static void *run_load(void *load)
{
    load_run(load);
    return NULL;
}

/* Every loop tries to use the same values, each value once per loop. */
static struct load contending_load(struct fixture *fixture, int loop)
{
    struct load load = load_of_records(fixture, PER_LOOP, 32);
    struct store_single_use *uses = ARENA_ARRAY(fixture->arena, struct store_single_use, PER_LOOP);
    for (size_t i = 0; i < PER_LOOP; i++) {
        size_t value = loop % 2 == 0 ? i : PER_LOOP - 1 - i;
        memcpy(uses[i].digest, &value, sizeof(value));
        uses[i].expires_at_s = clock_wall_s() + 60;
        load.transactions[i].single_uses = &uses[i];
        load.transactions[i].single_use_count = 1;
    }
    return load;
}

static void lets_a_value_be_used_once_whatever_loop_is_first(void **state)
{
    struct fixture *fixture = *state;
    struct load loads[LOOPS];
    pthread_t threads[LOOPS];
    size_t stored = 0, replayed = 0, misplaced = 0;
    for (int i = 0; i < LOOPS; i++)
        loads[i] = contending_load(fixture, i);
    for (int i = 0; i < LOOPS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_load, &loads[i]), 0);
    for (int i = 0; i < LOOPS; i++) {
        pthread_join(threads[i], NULL);
        stored += loads[i].stored;
        replayed += loads[i].replayed;
        misplaced += loads[i].misplaced;
    }
    assert_int_equal(stored, PER_LOOP);
    assert_int_equal(replayed, (LOOPS - 1) * PER_LOOP);
    assert_int_equal(misplaced, 0);
    assert_int_equal(fixture_count_records(fixture), PER_LOOP);
}

static enum store_outcome use_once(struct store *store, unsigned char value)
{
    struct store_single_use use = {.digest = {value}, .expires_at_s = clock_wall_s() + 60};
    struct store_transaction transaction = {.single_uses = &use, .single_use_count = 1};
    store_submit_and_wait(store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    return transaction.outcome;
}

static void remembers_a_used_value_across_a_restart(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(use_once(fixture->store, 1), STORE_STORED);
    fixture_reopen(fixture);
    assert_int_equal(use_once(fixture->store, 1), STORE_REPLAYED);
    assert_int_equal(use_once(fixture->store, 2), STORE_STORED);
}

static void remembers_a_kill_across_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct store_cutoff cutoff = {.kind = TEXT("root"), .id = TEXT("r"), .at_us = 1000};
    struct store_transaction kill = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(fixture->store, &kill);
    fixture_reopen(fixture);
    struct store_guard guard = {TEXT("root"), TEXT("r"), 999};
    struct store_transaction late = {.guards = &guard, .guard_count = 1};
    store_submit_and_wait(fixture->store, &late);
    assert_int_equal(late.outcome, STORE_CUT_OFF);
}

/* One loop records under a guard while the main thread kills: whatever was recorded after the kill was answered
 * would have been a credential that outlived it. */
struct race {
    struct load load;
    pthread_t thread;
};

static void records_nothing_under_a_guard_once_the_kill_is_answered(void **state)
{
    struct fixture *fixture = *state;
    struct race race = {.load = load_of_records(fixture, 2000, 16)};
    struct store_guard guard = {TEXT("client"), TEXT("orders"), 500};
    for (size_t i = 0; i < race.load.count; i++) {
        race.load.transactions[i].guards = &guard;
        race.load.transactions[i].guard_count = 1;
    }
    assert_int_equal(pthread_create(&race.thread, NULL, run_load, &race.load), 0);
    usleep(20000);
    struct store_cutoff cutoff = {.kind = TEXT("client"), .id = TEXT("orders"), .at_us = 500};
    struct store_transaction kill = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(fixture->store, &kill);
    size_t at_kill = fixture_count_records(fixture);
    pthread_join(race.thread, NULL);
    assert_int_equal(fixture_count_records(fixture), at_kill);
    assert_int_equal(race.load.stored, at_kill);
    assert_int_equal(race.load.failed, 0);
}

static void leaves_what_belongs_to_the_submitter_alone_when_waiting(void **state)
{
    struct fixture *fixture = *state;
    int mine;
    struct store_transaction transaction = {.context = &mine, .done = load_transaction_done};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    assert_ptr_equal(transaction.context, &mine);
    assert_true(transaction.done == load_transaction_done);
}

static void closes_a_store_that_was_never_opened(void **state)
{
    (void)state;
    store_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lets_a_value_be_used_once_whatever_loop_is_first, fixture_begin,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(remembers_a_used_value_across_a_restart, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(remembers_a_kill_across_a_restart, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(records_nothing_under_a_guard_once_the_kill_is_answered, fixture_begin,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(leaves_what_belongs_to_the_submitter_alone_when_waiting, fixture_begin,
                                        fixture_end),
        cmocka_unit_test(closes_a_store_that_was_never_opened),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}
