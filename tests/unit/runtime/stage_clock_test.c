/* Times by stage: they add up to the whole, whatever order stages come in. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "runtime/flow.h"
#include "runtime/stage_clock.h"

enum { FIRST = 1, SECOND, NEVER };

static void pass_time(int64_t us)
{
    int64_t until_us = clock_monotonic_us() + us;
    while (clock_monotonic_us() < until_us)
        ;
}

static void gives_each_stage_its_time_and_all_of_it(void **state)
{
    struct stage_clock clock = {0};
    (void)state;
    stage_clock_enter(&clock, FIRST);
    pass_time(2000);
    stage_clock_enter(&clock, FIRST); /* no change */
    stage_clock_enter(&clock, SECOND);
    pass_time(1000);
    stage_clock_enter(&clock, FIRST);
    pass_time(2000);
    stage_clock_enter(&clock, STAGE_NONE);
    assert_true(clock.spent_us[FIRST] >= 4000);
    assert_true(clock.spent_us[SECOND] >= 1000);
    assert_int_equal(clock.spent_us[FIRST] + clock.spent_us[SECOND], clock.since_us - clock.begun_us);
    assert_int_equal(clock.entered & ~(1u << STAGE_NONE), 1u << FIRST | 1u << SECOND);
}

/* --- as a flow enters them --- */

struct story {
    struct flow flow;
    struct stage_clock clock;
    struct flow_wait wait;
    bool is_over;
};

static enum flow_step_result begin(struct flow *flow)
{
    flow->clock = &((struct story *)flow)->clock;
    return FLOW_NEXT;
}

static enum flow_step_result pass(struct flow *flow)
{
    (void)flow;
    pass_time(1000);
    return FLOW_NEXT;
}

static enum flow_step_result wait_for_it(struct flow *flow)
{
    struct story *story = (struct story *)flow;
    FLOW_AWAIT(flow, &story->wait, (void)0);
    return FLOW_SKIP;
}

static enum flow_step_result end(struct flow *flow)
{
    stage_clock_enter(&((struct story *)flow)->clock, STAGE_NONE);
    return FLOW_NEXT;
}

static void dispose(struct flow *flow)
{
    ((struct story *)flow)->is_over = true;
}

static const struct flow_step steps[] = {
    FLOW_STEP(begin),          FLOW_STEP_IN(FIRST, pass), FLOW_STEP_IN(SECOND, wait_for_it),
    FLOW_STEP_IN(NEVER, pass), FLOW_STEP_ALWAYS(end),     FLOW_STEP_LAST,
};

static void counts_a_wait_to_the_stage_that_waits_and_no_stage_that_was_not_entered(void **state)
{
    struct story story = {0};
    (void)state;
    flow_start(&story.flow, steps, dispose);
    assert_false(story.is_over);
    pass_time(3000);
    flow_wait_done(&story.wait);
    assert_true(story.is_over);
    assert_true(story.clock.spent_us[FIRST] >= 1000);
    assert_true(story.clock.spent_us[SECOND] >= 3000);
    assert_int_equal(story.clock.entered & 1u << NEVER, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_stage_its_time_and_all_of_it),
        cmocka_unit_test(counts_a_wait_to_the_stage_that_waits_and_no_stage_that_was_not_entered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
