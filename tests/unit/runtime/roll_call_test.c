/* Loops that turn answer; one that is held up is named until it turns again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "runtime/roll_call.h"

enum { LOOPS = 3 };

static struct roll_call call;
static struct loop *loops[LOOPS];
static pthread_t threads[LOOPS];

static void *run(void *loop)
{
    loop_run(loop);
    return NULL;
}

static void open_loops(void)
{
    for (int i = 0; i < LOOPS; i++)
        loops[i] = loop_create();
    roll_call_open(&call, loops, LOOPS);
}

static void start_loops(void)
{
    for (int i = 0; i < LOOPS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, loops[i]), 0);
}

static void end_loops(void)
{
    for (int i = 0; i < LOOPS; i++)
        loop_stop(loops[i]);
    for (int i = 0; i < LOOPS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < LOOPS; i++)
        loop_destroy(loops[i]);
}

static bool take(void)
{
    SCOPED_BUFFER silent = {0};
    return roll_call_take(&call, &silent);
}

static void take_until(const char *expected)
{
    for (;;) {
        SCOPED_BUFFER silent = {0};
        assert_false(roll_call_take(&call, &silent));
        if (text_equal(buffer_text(&silent), text_of(expected)))
            return;
        sched_yield();
    }
}

static void nobody_is_silent_who_was_not_asked(void **state)
{
    (void)state;
    open_loops();
    assert_true(take()); /* none of them runs */
    take_until("loop 0, loop 1, loop 2");
    start_loops();
    while (!take()) /* and now they have answered */
        sched_yield();
    end_loops();
}

static void loops_that_turn_are_asked_again_and_again(void **state)
{
    (void)state;
    open_loops();
    start_loops();
    for (int i = 0; i < 100; i++)
        while (!take())
            sched_yield();
    end_loops();
}

struct hold {
    struct loop_message message; /* first */
    pthread_mutex_t mutex;
};

static void wait_for_mutex(struct loop_message *message)
{
    struct hold *hold = (struct hold *)message;
    pthread_mutex_lock(&hold->mutex);
    pthread_mutex_unlock(&hold->mutex);
}

static void a_loop_that_is_held_up_is_named_until_it_turns_again(void **state)
{
    (void)state;
    struct hold hold = {{.run = wait_for_mutex}, PTHREAD_MUTEX_INITIALIZER};
    open_loops();
    start_loops();
    pthread_mutex_lock(&hold.mutex);
    loop_post(loops[1], &hold.message);
    while (take())
        ;
    take_until("loop 1");
    for (int i = 0; i < 10; i++)
        assert_false(take());
    pthread_mutex_unlock(&hold.mutex);
    while (!take())
        sched_yield();
    end_loops();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_silent_who_was_not_asked),
        cmocka_unit_test(loops_that_turn_are_asked_again_and_again),
        cmocka_unit_test(a_loop_that_is_held_up_is_named_until_it_turns_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
