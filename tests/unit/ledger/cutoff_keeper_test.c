/* One change reaches every loop before anybody is told that it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/clock.h"
#include "ledger/cutoff_keeper.h"

enum { LOOPS = 3 };

struct stage {
    struct loop *loops[LOOPS];
    pthread_t threads[LOOPS];
    struct cutoff_keeper *keeper;
    struct loop_message start, looks[LOOPS];
    int64_t epochs[LOOPS]; /* as each loop sees its book once the change is said to be everywhere */
    _Atomic int looked;
};

static struct stage stage;

static void *run(void *loop)
{
    loop_run(loop);
    return NULL;
}

static void look(struct loop_message *message)
{
    stage.epochs[message - stage.looks] = cutoff_book_epoch(cutoff_keeper_book(stage.keeper)).number;
    if (++stage.looked == LOOPS)
        for (int i = 0; i < LOOPS; i++)
            loop_stop(stage.loops[i]);
}

static void is_everywhere(void *context)
{
    assert_ptr_equal(context, &stage);
    assert_ptr_equal(loop_current(), stage.loops[1]);
    for (int i = 0; i < LOOPS; i++) {
        stage.looks[i].run = look;
        loop_post(stage.loops[i], &stage.looks[i]);
    }
}

static void update(struct loop_message *message)
{
    (void)message;
    char id[] = "r";
    struct store_cutoff cutoff = {.kind = TEXT("root"), .id = {id, 1}, .at_us = 5};
    cutoff_keeper_update(stage.keeper, &cutoff, 1, (struct store_counter){9, 1}, false, is_everywhere, &stage);
    id[0] = 'x'; /* it was copied */
}

static void brings_a_change_to_every_loop_before_it_says_so(void **state)
{
    (void)state;
    stage = (struct stage){0};
    for (int i = 0; i < LOOPS; i++)
        stage.loops[i] = loop_create();
    stage.keeper = cutoff_keeper_create(stage.loops, LOOPS, 10);
    cutoff_keeper_fill(stage.keeper, NULL, 0, (struct store_counter){8, 1});
    stage.start.run = update;
    loop_post(stage.loops[1], &stage.start);
    for (int i = 0; i < LOOPS; i++)
        pthread_create(&stage.threads[i], NULL, run, stage.loops[i]);
    for (int i = 0; i < LOOPS; i++)
        pthread_join(stage.threads[i], NULL);
    for (int i = 0; i < LOOPS; i++) {
        assert_int_equal(stage.epochs[i], 9);
        loop_destroy(stage.loops[i]);
    }
    cutoff_keeper_destroy(stage.keeper);
}

static void never(void *context)
{
    (void)context;
    fail();
}

static void update_and_stop(struct loop_message *message)
{
    (void)message;
    cutoff_keeper_update(stage.keeper, NULL, 0, (struct store_counter){9, 1}, true, never, &stage);
    loop_stop(stage.loops[0]);
}

/* The first loop is gone when the last messages of the second run. */
static void tells_nobody_once_it_is_closed(void **state)
{
    (void)state;
    stage = (struct stage){.start = {.run = update_and_stop}};
    for (int i = 0; i < 2; i++)
        stage.loops[i] = loop_create();
    stage.keeper = cutoff_keeper_create(stage.loops, 2, 10);
    loop_post(stage.loops[0], &stage.start);
    loop_run(stage.loops[0]);
    cutoff_keeper_close(stage.keeper);
    loop_destroy(stage.loops[0]);
    loop_destroy(stage.loops[1]);
    cutoff_keeper_destroy(stage.keeper);
}

static void is_fresh_for_two_seconds_after_it_was_confirmed(void **state)
{
    (void)state;
    struct loop *loop = loop_create();
    struct cutoff_keeper *keeper = cutoff_keeper_create(&loop, 1, 10);
    assert_false(cutoff_keeper_is_fresh(keeper));
    cutoff_keeper_confirm(keeper, clock_monotonic_us());
    assert_true(cutoff_keeper_is_fresh(keeper));
    cutoff_keeper_confirm(keeper, clock_monotonic_us() - 2001000);
    assert_false(cutoff_keeper_is_fresh(keeper));
    cutoff_keeper_destroy(keeper);
    loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_a_change_to_every_loop_before_it_says_so),
        cmocka_unit_test(tells_nobody_once_it_is_closed),
        cmocka_unit_test(is_fresh_for_two_seconds_after_it_was_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
