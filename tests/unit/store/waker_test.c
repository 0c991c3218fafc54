/* One wake-up for what one turn of a loop brings. */
#include "store_fixture.h"

#include <stdatomic.h>

#include "sqlite/waker.h"

enum { BURST = 3 };

/* A thread of the store as the inbox knows it, and a loop that brings it a burst. */
struct burst {
    struct inbox inbox;
    struct waker waker;
    pthread_t thread;
    _Atomic pid_t taker;
    size_t taken; /* by the thread's first look that found anything */
    struct loop *loop;
    struct loop_message start, messages[BURST];
};

static void *take(void *argument)
{
    struct burst *burst = argument;
    struct loop_message *messages;
    atomic_store(&burst->taker, gettid());
    inbox_take(&burst->inbox, true, &messages);
    for (; messages != NULL; messages = messages->next)
        burst->taken++;
    loop_stop(burst->loop);
    return NULL;
}

static bool is_asleep(pid_t thread)
{
    char name[64], state = '?';
    snprintf(name, sizeof(name), "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(name, "r");
    if (file != NULL && fscanf(file, "%*d %*s %c", &state) != 1)
        state = '?';
    if (file != NULL)
        fclose(file);
    return state == 'S';
}

static void start_taker(struct burst *burst)
{
    burst->taken = 0;
    atomic_store(&burst->taker, 0);
    assert_int_equal(pthread_create(&burst->thread, NULL, take, burst), 0);
    while (atomic_load(&burst->taker) == 0 || !is_asleep(atomic_load(&burst->taker)))
        usleep(1000);
}

static size_t taken(struct burst *burst)
{
    pthread_join(burst->thread, NULL);
    return burst->taken;
}

/* Long enough between two for a thread that was woken to take what is there. */
static void bring(struct loop_message *message)
{
    struct burst *burst = (struct burst *)((char *)message - offsetof(struct burst, start));
    for (size_t i = 0; i < BURST; i++) {
        assert_true(inbox_add(&burst->inbox, &burst->messages[i]));
        waker_wake_after_turn(&burst->waker, burst->loop);
        usleep(20000);
    }
}

static void begin(struct burst *burst)
{
    *burst = (struct burst){.loop = loop_create(), .start = {.run = bring}};
    inbox_init(&burst->inbox, BURST);
    waker_init(&burst->waker, &burst->inbox);
    start_taker(burst);
}

static void end(struct burst *burst)
{
    waker_dispose(&burst->waker);
    inbox_dispose(&burst->inbox);
    loop_destroy(burst->loop);
}

static void wakes_once_when_a_turn_is_over(void **state)
{
    (void)state;
    struct burst burst;
    begin(&burst);
    for (int turn = 0; turn < 2; turn++) {
        loop_post(burst.loop, &burst.start);
        loop_run(burst.loop); /* until the thread has taken something */
        assert_int_equal(taken(&burst), BURST);
        if (turn == 0)
            start_taker(&burst);
    }
    end(&burst);
}

static void wakes_for_a_loop_that_turns_no_more(void **state)
{
    (void)state;
    struct burst burst;
    begin(&burst);
    struct loop *last = loop_create();
    burst.start.run(&burst.start);
    struct loop *first = burst.loop;
    burst.loop = last; /* the one that the thread stops */
    loop_destroy(first);
    assert_int_equal(taken(&burst), BURST);
    end(&burst);
}

static void leaves_nothing_on_a_loop_when_it_is_disposed_of(void **state)
{
    (void)state;
    struct burst burst;
    begin(&burst);
    burst.start.run(&burst.start);
    waker_dispose(&burst.waker);
    assert_null(burst.waker.task.queue);
    inbox_close(&burst.inbox);
    assert_int_equal(taken(&burst), BURST);
    end(&burst);
}

static void wakes_at_once_for_who_has_no_loop(void **state)
{
    (void)state;
    struct burst burst;
    begin(&burst);
    assert_true(inbox_add(&burst.inbox, &burst.messages[0]));
    waker_wake_after_turn(&burst.waker, NULL);
    assert_int_equal(taken(&burst), 1);
    end(&burst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wakes_once_when_a_turn_is_over),
        cmocka_unit_test(wakes_for_a_loop_that_turns_no_more),
        cmocka_unit_test(leaves_nothing_on_a_loop_when_it_is_disposed_of),
        cmocka_unit_test(wakes_at_once_for_who_has_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
