/* The event loop: messages between threads, deferred tasks, timers, watched descriptors. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "runtime/loop.h"

static struct loop *loop;

static int set_up(void **state)
{
    (void)state;
    loop = loop_create();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    loop_destroy(loop);
    return 0;
}

static void *run_loop(void *context)
{
    (void)context;
    loop_run(loop);
    return NULL;
}

/* --- messages --- */

enum { MESSAGES = 1000 };

struct numbered_message {
    struct loop_message message;
    unsigned number;
};

static unsigned expected_number;

static void run_numbered(struct loop_message *message)
{
    assert_int_equal(((struct numbered_message *)message)->number, expected_number);
    assert_ptr_equal(loop_current(), loop);
    if (++expected_number == MESSAGES)
        loop_stop(loop);
}

static void runs_messages_of_another_thread_in_the_order_posted(void **state)
{
    (void)state;
    static struct numbered_message messages[MESSAGES];
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_loop, NULL), 0);
    for (unsigned i = 0; i < MESSAGES; i++) {
        messages[i] = (struct numbered_message){{.run = run_numbered}, i};
        loop_post(loop, &messages[i].message);
    }
    pthread_join(thread, NULL);
    assert_int_equal(expected_number, MESSAGES);
    assert_null(loop_current());
}

static _Atomic bool is_awake;

static void wake_up(struct loop_message *message)
{
    (void)message;
    atomic_store(&is_awake, true);
}

static void wakes_a_sleeping_loop_for_a_message_and_for_the_stop(void **state)
{
    (void)state;
    static struct loop_message message = {.run = wake_up};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_loop, NULL), 0);
    usleep(20 * 1000);
    int64_t start_us = clock_monotonic_us();
    loop_post(loop, &message);
    while (!atomic_load(&is_awake))
        usleep(1000);
    usleep(20 * 1000);
    loop_stop(loop);
    pthread_join(thread, NULL);
    assert_true(clock_monotonic_us() - start_us < 5 * 1000 * 1000);
}

/* --- tasks and timers --- */

static unsigned task_runs;
static unsigned repeats_left;

static void run_task(struct loop_task *task)
{
    (void)task;
    task_runs++;
}

static void run_again_and_again(struct loop_task *task)
{
    if (repeats_left-- != 0)
        loop_defer(loop, task);
    else
        loop_stop(loop);
}

static void runs_a_deferred_task_once_and_a_cancelled_one_never(void **state)
{
    (void)state;
    struct loop_task first = {.run = run_task}, second = {.run = run_task}, third = {.run = run_task};
    struct loop_task last = {.run = run_again_and_again};
    task_runs = 0;
    repeats_left = 100;
    loop_defer(loop, &first);
    loop_defer(loop, &second);
    loop_defer(loop, &third);
    loop_defer(loop, &last);
    loop_defer_cancel(&second);
    loop_defer_cancel(&second);
    loop_run(loop);
    assert_int_equal(task_runs, 2);
    assert_true(first.queue == NULL && second.queue == NULL && last.queue == NULL);
}

static struct loop_task burst[200];
static unsigned runs_before_input;

static void note_input(void *context, int events)
{
    (void)context;
    (void)events;
    runs_before_input = task_runs;
    for (unsigned i = 0; i < 200; i++)
        loop_defer_cancel(&burst[i]);
    loop_stop(loop);
}

static void write_a_byte(struct loop_task *task)
{
    int *descriptor = (int *)(void *)(task + 1);
    assert_int_equal(write(*descriptor, "x", 1), 1);
}

static void reads_input_between_shares_of_a_long_queue_of_tasks(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct loop_watch *watch = loop_watch_create(loop, pair[0], note_input, NULL);
    loop_watch_set(watch, LOOP_READABLE);
    struct {
        struct loop_task task;
        int descriptor;
    } writer = {{.run = write_a_byte}, pair[1]};
    task_runs = 0;
    loop_defer(loop, &writer.task);
    for (unsigned i = 0; i < 200; i++) {
        burst[i].run = run_task;
        loop_defer(loop, &burst[i]);
    }
    loop_run(loop);
    assert_true(runs_before_input < 100);
    loop_watch_destroy(watch);
    close(pair[0]);
    close(pair[1]);
}

struct noted_timer {
    struct loop_timer timer;
    int64_t fired_us;
    bool is_last;
};

static void note_timer(struct loop_timer *timer)
{
    struct noted_timer *noted = (struct noted_timer *)timer;
    noted->fired_us = clock_monotonic_us();
    if (noted->is_last)
        loop_stop(loop);
}

static void fires_timers_in_order_and_never_early(void **state)
{
    (void)state;
    struct noted_timer short_one = {{.run = note_timer}}, moved = {{.run = note_timer}};
    struct noted_timer stopped = {{.run = note_timer}}, long_one = {{.run = note_timer}, .is_last = true};
    int64_t start_us = clock_monotonic_us();
    loop_timer_start(loop, &long_one.timer, 60);
    loop_timer_start(loop, &moved.timer, 5);
    loop_timer_start(loop, &stopped.timer, 10);
    loop_timer_start(loop, &short_one.timer, 15);
    loop_timer_start(loop, &moved.timer, 35);
    loop_timer_stop(loop, &stopped.timer);
    loop_timer_stop(loop, &stopped.timer);
    loop_run(loop);
    assert_int_equal(stopped.fired_us, 0);
    assert_true(short_one.fired_us - start_us >= 15 * 1000);
    assert_true(moved.fired_us - start_us >= 35 * 1000);
    assert_true(long_one.fired_us - start_us >= 60 * 1000);
    assert_true(short_one.fired_us <= moved.fired_us && moved.fired_us <= long_one.fired_us);
}

/* --- watches --- */

struct echo {
    struct loop_watch *watch;
    int descriptor;
    unsigned readable;
    unsigned writable;
};

static void on_echo(void *context, int events)
{
    struct echo *echo = context;
    char byte;
    if ((events & LOOP_WRITABLE) != 0 && ++echo->writable == 3) {
        loop_watch_set(echo->watch, LOOP_READABLE);
        assert_int_equal(write(echo->descriptor, "ab", 2), 2);
    }
    /* One byte at a time: the second one must be announced again. */
    if ((events & LOOP_READABLE) != 0 && read(echo->descriptor, &byte, 1) == 1 && ++echo->readable == 2) {
        loop_watch_destroy(echo->watch);
        echo->watch = NULL;
        loop_stop(loop);
    }
}

static void on_mirror(void *context, int events)
{
    int descriptor = *(int *)context;
    char bytes[8];
    (void)events;
    ssize_t got = read(descriptor, bytes, sizeof(bytes));
    assert_true(got > 0);
    assert_int_equal(write(descriptor, bytes, (size_t)got), got);
}

static void reports_levels_until_told_otherwise_and_may_be_destroyed_inside(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    struct echo echo = {.descriptor = pair[0]};
    echo.watch = loop_watch_create(loop, pair[0], on_echo, &echo);
    loop_watch_set(echo.watch, LOOP_READABLE | LOOP_WRITABLE);
    struct loop_watch *mirror = loop_watch_create(loop, pair[1], on_mirror, &pair[1]);
    loop_watch_set(mirror, LOOP_READABLE);
    loop_run(loop);
    assert_int_equal(echo.readable, 2);
    assert_int_equal(echo.writable, 3);
    loop_watch_destroy(mirror);
    assert_int_not_equal(fcntl(pair[0], F_GETFD), -1); /* the caller's descriptor is still open */
    close(pair[0]);
    close(pair[1]);
}

static void refuses_to_watch_a_descriptor_that_is_not_open(void **state)
{
    (void)state;
    assert_null(loop_watch_create(loop, -1, on_echo, NULL));
}

#define LOOP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* --- the end of a turn --- */

static struct loop_task of_turn_end;
static unsigned runs_before_turn_end, turn_ends;

static void note_turn_end(struct loop_task *task)
{
    (void)task;
    runs_before_turn_end = task_runs;
    turn_ends++;
}

static void run_and_gather(struct loop_task *task)
{
    run_task(task);
    if (of_turn_end.queue == NULL && turn_ends == 0)
        loop_defer_to_turn_end(loop, &of_turn_end);
    if (task == &burst[199])
        loop_stop(loop);
}

static void ends_a_turn_after_its_share_of_a_long_queue_of_tasks(void **state)
{
    (void)state;
    of_turn_end.run = note_turn_end;
    task_runs = turn_ends = 0;
    for (unsigned i = 0; i < 200; i++) {
        burst[i].run = run_and_gather;
        loop_defer(loop, &burst[i]);
    }
    loop_run(loop);
    assert_int_equal(task_runs, 200);
    assert_int_equal(turn_ends, 1);
    assert_true(runs_before_turn_end > 1 && runs_before_turn_end < 200);
}

static void cancels_what_is_for_the_end_of_a_turn(void **state)
{
    (void)state;
    of_turn_end.run = note_turn_end;
    turn_ends = 0;
    repeats_left = 2;
    struct loop_task last = {.run = run_again_and_again};
    loop_defer_to_turn_end(loop, &of_turn_end);
    loop_defer(loop, &last);
    loop_defer_cancel(&of_turn_end);
    loop_run(loop);
    assert_int_equal(turn_ends, 0);
    assert_null(of_turn_end.queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST(runs_messages_of_another_thread_in_the_order_posted),
        LOOP_TEST(wakes_a_sleeping_loop_for_a_message_and_for_the_stop),
        LOOP_TEST(runs_a_deferred_task_once_and_a_cancelled_one_never),
        LOOP_TEST(ends_a_turn_after_its_share_of_a_long_queue_of_tasks),
        LOOP_TEST(cancels_what_is_for_the_end_of_a_turn),
        LOOP_TEST(reads_input_between_shares_of_a_long_queue_of_tasks),
        LOOP_TEST(fires_timers_in_order_and_never_early),
        LOOP_TEST(reports_levels_until_told_otherwise_and_may_be_destroyed_inside),
        LOOP_TEST(refuses_to_watch_a_descriptor_that_is_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
