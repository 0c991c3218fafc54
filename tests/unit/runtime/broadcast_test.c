/* What is brought to loops is on all of them before anybody is told, and told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <pthread.h>

#include "runtime/broadcast.h"

enum { LOOPS = 3, SENDINGS = 50 };

struct stage {
    struct loop *loops[LOOPS];
    pthread_t threads[LOOPS];
    struct broadcast broadcast;
    struct loop_message start;
    int installed[LOOPS]; /* each changed by its own loop alone */
    _Atomic int in_all;
    int done, done_without;
};

static struct stage stage;

static void set_up(void)
{
    stage = (struct stage){0};
    for (int i = 0; i < LOOPS; i++)
        stage.loops[i] = loop_create();
    broadcast_open(&stage.broadcast, stage.loops, LOOPS);
}

static void *run(void *loop)
{
    loop_run(loop);
    return NULL;
}

static void install(void *context, size_t loop)
{
    assert_ptr_equal(context, &stage);
    assert_ptr_equal(loop_current(), stage.loops[loop]);
    assert_int_equal(broadcast_place(&stage.broadcast), loop);
    stage.installed[loop]++;
    stage.in_all++;
}

static void done(void *context, bool is_everywhere)
{
    (void)context;
    stage.done++;
    stage.done_without += !is_everywhere;
    if (!is_everywhere)
        return;
    assert_ptr_equal(loop_current(), stage.loops[1]);
    assert_true(stage.in_all >= stage.done * LOOPS);
    if (stage.done < SENDINGS)
        broadcast_send(&stage.broadcast, install, done, &stage);
    else
        for (int i = 0; i < LOOPS; i++)
            loop_stop(stage.loops[i]);
}

static void send(struct loop_message *message)
{
    (void)message;
    broadcast_send(&stage.broadcast, install, done, &stage);
}

static void tells_who_sent_it_once_every_loop_has_it(void **state)
{
    (void)state;
    set_up();
    stage.start.run = send;
    loop_post(stage.loops[1], &stage.start);
    for (int i = 0; i < LOOPS; i++)
        pthread_create(&stage.threads[i], NULL, run, stage.loops[i]);
    for (int i = 0; i < LOOPS; i++)
        pthread_join(stage.threads[i], NULL);
    for (int i = 0; i < LOOPS; i++) {
        assert_int_equal(stage.installed[i], SENDINGS);
        loop_destroy(stage.loops[i]);
    }
    assert_int_equal(stage.done, SENDINGS);
    assert_int_equal(stage.done_without, 0);
}

static void install_anywhere(void *context, size_t loop)
{
    (void)context;
    stage.installed[loop]++;
}

/* The origin is destroyed first, with its message run; nothing is posted to it any more. */
static void ends_what_is_under_way_when_it_is_closed(void **state)
{
    (void)state;
    set_up();
    broadcast_send(&stage.broadcast, install_anywhere, done, &stage);
    broadcast_close(&stage.broadcast);
    for (int i = 0; i < LOOPS; i++)
        loop_destroy(stage.loops[i]);
    assert_int_equal(stage.done, 1);
    assert_int_equal(stage.done_without, 1);
    for (int i = 0; i < LOOPS; i++)
        assert_int_equal(stage.installed[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_sent_it_once_every_loop_has_it),
        cmocka_unit_test(ends_what_is_under_way_when_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
