/* Everything that is watched looks soon after a change, and without one only from time to time; never so much
 * of it at once that the loop stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "relay/watch_list.h"

enum { MANY = 1000 };

struct watched {
    struct watch_entry entry; /* first */
    struct stage *stage;
    unsigned looks, changes;
    bool is_kept; /* out of the list: its look takes its time */
};

struct stage {
    struct loop *loop;
    struct watch_list *list;
    struct watch_signs signs;
    struct loop_timer end;
    unsigned looks, most_in_a_turn, in_this_turn;
    struct loop_timer turn;
    struct watched watched[MANY];
};

static struct stage stage;

static struct watch_signs signs(const void *context)
{
    return ((const struct stage *)context)->signs;
}

static void look(struct watch_entry *entry, bool has_changed)
{
    struct watched *watched = (struct watched *)entry;
    watched->looks++;
    watched->changes += has_changed;
    stage.looks++;
    if (++stage.in_this_turn > stage.most_in_a_turn)
        stage.most_in_a_turn = stage.in_this_turn;
    if (!watched->is_kept)
        watch_list_put_back(stage.list, entry);
}

static void stop(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(stage.loop);
}

static void run_for(int64_t ms)
{
    stage.looks = 0;
    stage.end.run = stop;
    loop_timer_start(stage.loop, &stage.end, ms);
    loop_run(stage.loop);
}

static void turn_over(struct loop_timer *timer)
{
    stage.in_this_turn = 0;
    loop_timer_start(stage.loop, timer, 0);
}

static void watch(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        stage.watched[i].entry.look = look;
        watch_list_add(stage.list, &stage.watched[i].entry);
    }
}

static int set_up(void **state)
{
    (void)state;
    stage = (struct stage){.signs = {1, 1, 0}};
    stage.loop = loop_create();
    stage.list = watch_list_create(stage.loop, signs, &stage);
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    loop_destroy(stage.loop);
    watch_list_destroy(stage.list);
    return 0;
}

/* A kill may have come between the check at the beginning of a call and the watch. */
static void looks_once_soon_and_then_is_quiet(void **state)
{
    (void)state;
    watch(3);
    run_for(250);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stage.watched[i].looks, 1);
        assert_int_equal(stage.watched[i].changes, 1);
    }
    run_for(300);
    assert_int_equal(stage.looks, 0);
}

static void looks_soon_after_each_sign_has_changed(void **state)
{
    (void)state;
    watch(2);
    run_for(250);
    int64_t *const all[] = {&stage.signs.epoch, &stage.signs.epoch_mark, &stage.signs.swaps};
    for (size_t i = 0; i < 3; i++) {
        (*all[i])++;
        run_for(200);
        assert_int_equal(stage.looks, 2);
    }
    assert_int_equal(stage.watched[0].changes, 4);
}

static void looks_from_time_to_time_without_a_change(void **state)
{
    (void)state;
    watch(1);
    run_for(WATCH_LIST_LOOK_MS + 400);
    assert_int_equal(stage.watched[0].looks, 2);
    assert_int_equal(stage.watched[0].changes, 1);
}

static void does_not_look_when_it_was_removed(void **state)
{
    (void)state;
    watch(2);
    watch_list_remove(&stage.watched[0].entry);
    watch_list_remove(&stage.watched[0].entry);
    run_for(250);
    assert_int_equal(stage.watched[0].looks, 0);
    assert_int_equal(stage.watched[1].looks, 1);
}

/* What changed while a look waited for the store was not looked at. */
static void looks_again_after_a_change_during_its_look(void **state)
{
    (void)state;
    watch(2);
    stage.watched[0].is_kept = true;
    run_for(250);
    stage.signs.epoch++;
    run_for(250);
    assert_int_equal(stage.watched[0].looks, 1);
    stage.watched[0].is_kept = false;
    watch_list_put_back(stage.list, &stage.watched[0].entry);
    run_for(50);
    assert_int_equal(stage.watched[0].looks, 2);
    assert_int_equal(stage.watched[0].changes, 2);
}

static void spreads_many_looks_over_turns(void **state)
{
    (void)state;
    watch(MANY);
    stage.turn.run = turn_over;
    turn_over(&stage.turn);
    run_for(300);
    assert_int_equal(stage.looks, MANY);
    assert_in_range(stage.most_in_a_turn, 1, WATCH_LIST_LOOKS_PER_TURN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(looks_once_soon_and_then_is_quiet, set_up, take_down),
        cmocka_unit_test_setup_teardown(looks_soon_after_each_sign_has_changed, set_up, take_down),
        cmocka_unit_test_setup_teardown(looks_from_time_to_time_without_a_change, set_up, take_down),
        cmocka_unit_test_setup_teardown(does_not_look_when_it_was_removed, set_up, take_down),
        cmocka_unit_test_setup_teardown(looks_again_after_a_change_during_its_look, set_up, take_down),
        cmocka_unit_test_setup_teardown(spreads_many_looks_over_turns, set_up, take_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
