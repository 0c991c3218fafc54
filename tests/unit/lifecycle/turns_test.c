/* Who waits for whom, who is told, and who goes on all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lifecycle/turns.h"

enum { MANY = 1000 };

/* Somebody who takes a turn as soon as it starts. */
struct taker {
    struct flow flow;
    struct turn turn;
    struct turns *turns;
    struct loop *loop;
    struct loop_timer start, leave;
    struct text things[TURN_THINGS_MAX];
    size_t count;
    int64_t keeps_ms; /* -1: until the test ends */
    unsigned *order, place;
};

static unsigned running;

static void leave(struct loop_timer *timer)
{
    struct taker *taker = (struct taker *)((char *)timer - offsetof(struct taker, leave));
    turn_leave(&taker->turn);
    if (--running == 0)
        loop_stop(taker->loop);
}

static enum flow_step_result take(struct flow *flow)
{
    struct taker *taker = (struct taker *)flow;
    FLOW_AWAIT(flow, &taker->turn.wait, turn_take(taker->turns, &taker->turn, taker->things, taker->count));
    taker->place = ++*taker->order;
    taker->leave.run = leave;
    if (taker->keeps_ms == 0)
        leave(&taker->leave);
    else if (taker->keeps_ms > 0)
        loop_timer_start(taker->loop, &taker->leave, taker->keeps_ms);
    else if (--running == 0)
        loop_stop(taker->loop);
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {FLOW_STEP(take), FLOW_STEP_LAST};

static void dispose(struct flow *flow)
{
    (void)flow;
}

static void start(struct loop_timer *timer)
{
    struct taker *taker = (struct taker *)((char *)timer - offsetof(struct taker, start));
    flow_start(&taker->flow, steps, dispose);
}

struct stage {
    struct loop *loop;
    struct turns *turns;
    unsigned order;
};

static int begin(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    stage->loop = loop_create();
    stage->turns = turns_create();
    running = 0;
    *state = stage;
    return 0;
}

static int end(void **state)
{
    struct stage *stage = *state;
    loop_destroy(stage->loop);
    turns_destroy(stage->turns);
    free(stage);
    return 0;
}

static void enter(struct stage *stage, struct taker *taker, const char *first, const char *second,
                  int64_t keeps_ms)
{
    *taker = (struct taker){
        .turns = stage->turns, .loop = stage->loop, .keeps_ms = keeps_ms, .order = &stage->order};
    taker->things[taker->count++] = text_of(first);
    if (second != NULL)
        taker->things[taker->count++] = text_of(second);
    taker->start.run = start;
    running++;
    loop_timer_start(stage->loop, &taker->start, (int64_t)running);
}

static void comes_in_the_order_it_was_taken_in(void **state)
{
    struct stage *stage = *state;
    struct taker takers[3];
    enter(stage, &takers[0], "a", NULL, 30);
    enter(stage, &takers[1], "a", NULL, 5);
    enter(stage, &takers[2], "a", NULL, 5);
    loop_run(stage->loop);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(takers[i].place, i + 1);
}

static void is_not_waited_for_by_who_takes_another(void **state)
{
    struct stage *stage = *state;
    struct taker takers[2];
    enter(stage, &takers[0], "a", NULL, 50);
    enter(stage, &takers[1], "b", NULL, 0);
    loop_run(stage->loop);
    assert_int_equal(stage->order, 2);
    assert_int_equal(takers[1].place, 2);
}

static void of_several_things_comes_when_all_are_free(void **state)
{
    struct stage *stage = *state;
    struct taker takers[4];
    enter(stage, &takers[0], "b", NULL, 40);
    enter(stage, &takers[1], "a", "b", 5);
    enter(stage, &takers[2], "a", NULL, 5); /* behind the one that has a and waits for b */
    enter(stage, &takers[3], "c", NULL, 5);
    loop_run(stage->loop);
    assert_int_equal(takers[3].place, 2);
    assert_int_equal(takers[1].place, 3);
    assert_int_equal(takers[2].place, 4);
}

static void is_passed_along_a_long_line_without_a_deep_stack(void **state)
{
    struct stage *stage = *state;
    struct taker *takers = calloc(MANY, sizeof(*takers));
    enter(stage, &takers[0], "a", NULL, 1200);
    for (size_t i = 1; i < MANY; i++)
        enter(stage, &takers[i], "a", NULL, 0);
    loop_run(stage->loop);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(takers[i].place, i + 1);
    free(takers);
}

static void is_not_waited_for_longer_than_is_good(void **state)
{
    struct stage *stage = *state;
    struct taker takers[3];
    enter(stage, &takers[0], "a", NULL, -1); /* never leaves */
    enter(stage, &takers[1], "b", "a", 0);
    enter(stage, &takers[2], "b", NULL, 0); /* what the one before it had is free again */
    loop_run(stage->loop);
    assert_int_equal(takers[1].place, 2);
    assert_int_equal(takers[2].place, 3);
    turn_leave(&takers[0].turn);
    turn_leave(&takers[0].turn); /* has none any more */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_in_the_order_it_was_taken_in, begin, end),
        cmocka_unit_test_setup_teardown(is_not_waited_for_by_who_takes_another, begin, end),
        cmocka_unit_test_setup_teardown(of_several_things_comes_when_all_are_free, begin, end),
        cmocka_unit_test_setup_teardown(is_passed_along_a_long_line_without_a_deep_stack, begin, end),
        cmocka_unit_test_setup_teardown(is_not_waited_for_longer_than_is_good, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
