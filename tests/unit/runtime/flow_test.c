/* The flow runner under every mix of five awaits that finish now or later and agree or refuse, with a caller
 * that leaves at any turn or never: 7,168 runs, each held to the promises an exchange needs. Three wrong
 * runners (a started wait that is not consumed, re-entry while running, always-steps that are skipped) each
 * break at least one of these checks. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/flow.h"

enum { AWAITS = 5, MINT = 3, AUDIT = 4, NEVER = 6, TURNS = 6 };

/* One made-up exchange: authenticate, verify, decide, mint, audit, then respond. */
struct story {
    struct flow flow;
    struct flow_wait waits[AWAITS];
    bool is_late[AWAITS];
    bool is_refused[AWAITS];
    unsigned started[AWAITS];
    unsigned consumed[AWAITS];
    struct flow_wait *pending;
    bool has_credential;
    bool is_recorded;
    bool is_withdrawn;
    unsigned answers;
    bool answered_with_credential;
    unsigned disposals;
    unsigned depth;
    unsigned deepest;
};

static struct story *story_of(struct flow *flow)
{
    return (struct story *)flow;
}

static void start(struct story *story, unsigned which)
{
    story->started[which]++;
    if (story->is_late[which])
        story->pending = &story->waits[which];
    else
        flow_wait_done(&story->waits[which]);
}

static enum flow_step_result await(struct flow *flow, unsigned which)
{
    struct story *story = story_of(flow);
    story->depth++;
    if (story->depth > story->deepest)
        story->deepest = story->depth;
    if (flow_wait_begin(flow, &story->waits[which]))
        start(story, which);
    story->depth--;
    if (story->waits[which].state != FLOW_WAIT_READY)
        return FLOW_WAIT;
    story->consumed[which]++;
    return story->is_refused[which] ? FLOW_SKIP : FLOW_NEXT;
}

static enum flow_step_result authenticate(struct flow *flow)
{
    return await(flow, 0);
}

static enum flow_step_result verify(struct flow *flow)
{
    return await(flow, 1);
}

static enum flow_step_result decide(struct flow *flow)
{
    return await(flow, 2);
}

static enum flow_step_result mint(struct flow *flow)
{
    enum flow_step_result result = await(flow, MINT);
    if (result == FLOW_NEXT)
        story_of(flow)->has_credential = true;
    return result;
}

static enum flow_step_result audit(struct flow *flow)
{
    struct story *story = story_of(flow);
    FLOW_AWAIT(flow, &story->waits[AUDIT], start(story, AUDIT));
    story->consumed[AUDIT]++;
    if (story->is_refused[AUDIT])
        story->is_withdrawn = story->has_credential;
    else
        story->is_recorded = true;
    return story->is_refused[AUDIT] ? FLOW_SKIP : FLOW_NEXT;
}

static enum flow_step_result respond(struct flow *flow)
{
    struct story *story = story_of(flow);
    if (flow->caller_has_gone)
        return FLOW_NEXT;
    story->answers++;
    story->answered_with_credential = story->has_credential && story->is_recorded && !flow->is_skipping;
    return FLOW_NEXT;
}

static void dispose(struct flow *flow)
{
    story_of(flow)->disposals++;
}

static const struct flow_step steps[] = {
    FLOW_STEP(authenticate), FLOW_STEP(verify),         FLOW_STEP(decide), FLOW_STEP(mint),
    FLOW_STEP_ALWAYS(audit), FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST,
};

static void leave_at(struct story *story, unsigned turn, unsigned leaves_at)
{
    if (turn != leaves_at || story->disposals != 0)
        return;
    unsigned answers = story->answers;
    flow_caller_gone(&story->flow);
    assert_int_equal(story->answers, answers); /* leaving runs nothing */
}

static void play(struct story *story, unsigned leaves_at)
{
    flow_start(&story->flow, steps, dispose);
    for (unsigned turn = 0; turn < TURNS; turn++) {
        leave_at(story, turn, leaves_at);
        struct flow_wait *wait = story->pending;
        story->pending = NULL;
        if (wait != NULL)
            flow_wait_done(wait);
    }
}

static bool is_granted(const struct story *story)
{
    for (unsigned i = 0; i < AWAITS; i++) {
        if (story->is_refused[i])
            return false;
    }
    return true;
}

static void check(const struct story *story, unsigned leaves_at)
{
    assert_int_equal(story->disposals, 1);
    assert_int_equal(story->started[AUDIT], 1);
    assert_int_equal(story->consumed[AUDIT], 1);
    for (unsigned i = 0; i < AWAITS; i++) {
        assert_true(story->started[i] <= 1);
        assert_int_equal(story->consumed[i], story->started[i]);
    }
    assert_true(story->answers <= 1);
    assert_int_equal(story->deepest, 1); /* a wait that is done at once does not run the flow inside the flow */
    if (story->has_credential)
        assert_true(story->is_recorded || story->is_withdrawn);
    if (story->answered_with_credential)
        assert_true(story->is_recorded && is_granted(story));
    if (leaves_at == NEVER) {
        assert_int_equal(story->answers, 1);
        assert_int_equal(story->answered_with_credential, is_granted(story));
    }
}

static void holds_its_promises_in_every_mix(void **state)
{
    (void)state;
    unsigned runs = 0;
    for (unsigned mix = 0; mix < 1U << (2 * AWAITS); mix++) {
        for (unsigned leaves_at = 0; leaves_at <= NEVER; leaves_at++, runs++) {
            struct story story;
            memset(&story, 0, sizeof(story));
            for (unsigned i = 0; i < AWAITS; i++) {
                story.is_late[i] = mix >> i & 1;
                story.is_refused[i] = mix >> (AWAITS + i) & 1;
            }
            play(&story, leaves_at);
            check(&story, leaves_at);
        }
    }
    assert_int_equal(runs, 7168);
}

static void enters_no_ordinary_step_once_the_caller_has_gone(void **state)
{
    (void)state;
    struct story story = {.is_late = {true}};
    flow_start(&story.flow, steps, dispose);
    flow_caller_gone(&story.flow);
    flow_wait_done(story.pending);
    assert_int_equal(story.consumed[0], 1);
    assert_int_equal(story.started[1], 0);
    assert_int_equal(story.started[AUDIT], 1);
    assert_int_equal(story.disposals, 1);
}

static void records_what_was_minted_while_the_caller_left(void **state)
{
    (void)state;
    struct story story = {.is_late = {[MINT] = true, [AUDIT] = true}};
    flow_start(&story.flow, steps, dispose);
    struct flow_wait *minting = story.pending;
    flow_caller_gone(&story.flow);
    flow_wait_done(minting);
    assert_true(story.has_credential);
    assert_int_equal(story.disposals, 0);
    flow_wait_done(&story.waits[AUDIT]);
    assert_true(story.is_recorded);
    assert_int_equal(story.answers, 0);
    assert_int_equal(story.disposals, 1);
}

static void records_and_answers_a_refusal(void **state)
{
    (void)state;
    struct story story = {.is_refused = {[1] = true}};
    flow_start(&story.flow, steps, dispose);
    assert_int_equal(story.started[2], 0);
    assert_int_equal(story.started[MINT], 0);
    assert_true(story.is_recorded);
    assert_int_equal(story.answers, 1);
    assert_false(story.answered_with_credential);
}

/* One that finds at its end that it has to look again. */
struct doubting {
    struct flow flow;
    struct flow_wait wait;
    unsigned begun, looked, recorded, answered;
};

static struct doubting *doubting_of(struct flow *flow)
{
    return (struct doubting *)flow;
}

static enum flow_step_result begin(struct flow *flow)
{
    doubting_of(flow)->begun++;
    return FLOW_NEXT;
}

static enum flow_step_result look(struct flow *flow)
{
    struct doubting *doubting = doubting_of(flow);
    FLOW_AWAIT(flow, &doubting->wait, (void)0);
    doubting->looked++;
    return FLOW_SKIP; /* refused, which going back forgets */
}

static enum flow_step_result record_or_look_again(struct flow *flow)
{
    struct doubting *doubting = doubting_of(flow);
    if (++doubting->recorded == 3)
        return FLOW_NEXT;
    doubting->wait = (struct flow_wait){0};
    return flow_go_back(flow, look);
}

static enum flow_step_result answer_once(struct flow *flow)
{
    doubting_of(flow)->answered++;
    return FLOW_NEXT;
}

static void dispose_doubting(struct flow *flow)
{
    (void)flow;
}

static const struct flow_step doubting_steps[] = {
    FLOW_STEP(begin), FLOW_STEP(look), FLOW_STEP_ALWAYS(record_or_look_again), FLOW_STEP_ALWAYS(answer_once),
    FLOW_STEP_LAST,
};

static void goes_back_to_an_earlier_step_and_waits_there_again(void **state)
{
    (void)state;
    struct doubting doubting = {0};
    flow_start(&doubting.flow, doubting_steps, dispose_doubting);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(doubting.looked, i - 1);
        assert_int_equal(doubting.answered, 0);
        flow_wait_done(&doubting.wait);
    }
    assert_int_equal(doubting.begun, 1);
    assert_int_equal(doubting.looked, 3);
    assert_int_equal(doubting.recorded, 3);
    assert_int_equal(doubting.answered, 1);
}

static void goes_back_over_what_a_caller_who_has_gone_does_not_enter(void **state)
{
    (void)state;
    struct doubting doubting = {0};
    flow_start(&doubting.flow, doubting_steps, dispose_doubting);
    flow_caller_gone(&doubting.flow);
    flow_wait_done(&doubting.wait);
    assert_int_equal(doubting.looked, 1);
    assert_int_equal(doubting.recorded, 3);
    assert_int_equal(doubting.answered, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_its_promises_in_every_mix),
        cmocka_unit_test(enters_no_ordinary_step_once_the_caller_has_gone),
        cmocka_unit_test(records_what_was_minted_while_the_caller_left),
        cmocka_unit_test(records_and_answers_a_refusal),
        cmocka_unit_test(goes_back_to_an_earlier_step_and_waits_there_again),
        cmocka_unit_test(goes_back_over_what_a_caller_who_has_gone_does_not_enter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
