/* The outside decision point: asked about what was decided, and whatever is no permission refuses. */
#include "exchange_fixture.h"

#include <string.h>

/* As a step of a flow would, that goes on as soon as it is answered. */
static void consult(void *context)
{
    struct exchange *x = context;
    x->call.flow.is_running = true;
    x->consultation.wait.flow = &x->call.flow;
    x->consultation.wait.state = FLOW_WAIT_PENDING;
    exchange_consult(x);
}

static void goes_on_where_there_is_nobody_to_ask(void **state)
{
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    fixture_on_loop(*state, consult, x);
    assert_int_equal(x->consultation.wait.state, FLOW_WAIT_READY);
    assert_int_equal(exchange_complete_consultation(x), FAULT_NONE);
    assert_false(x->is_consulted);
}

static void refuses_with_whatever_is_no_permission(void **state)
{
    static const enum fault faults[] = {FAULT_PDP_DENIED, FAULT_PDP_OBLIGATION, FAULT_PDP_UNAVAILABLE,
                                        FAULT_PDP_PAUSED, FAULT_OVERLOADED};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct exchange *x = fixture_exchange(state);
        x->is_consulted = true;
        x->consultation.fault = faults[i];
        memcpy(x->consultation.detail, "because", sizeof("because"));
        assert_int_equal(exchange_complete_consultation(x), faults[i]);
        const struct rung *rung = &x->call.ladder.rungs[x->call.ladder.count - 1];
        assert_string_equal(rung->check, "decision_point");
        assert_true(text_is(rung->detail, "because"));
    }
}

/* More is held than fits into one question: nobody has to be reached for that to be refused. */
static void refuses_a_question_that_is_too_large_to_be_asked(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = fixture_exchange(state);
    const struct address_guard *guard;
    size_t bad;
    assert_int_equal(address_guard_create(fixture->guard_arena, NULL, 0, &guard, &bad), FAULT_NONE);
    const struct authzen_options options = {.url = TEXT("https://pdp.example/access/v1/evaluation"),
                                            .guard = guard};
    struct pdp_keeper *keeper = pdp_keeper_create(&fixture->loop, 1, &options);
    struct policy_holding *holdings = ARENA_ARRAY(x->call.arena, struct policy_holding, 3000);
    x->call.gateway->pdps = keeper;
    for (int i = 0; i < 3000; i++)
        holdings[i] = (struct policy_holding){POLICY_HOLDER_SUBJECT, TEXT("corp"),
                                              arena_print(x->call.arena, "target-%d-with-a-long-name", i),
                                              TEXT("read"), FIXTURE_NOW + 60};
    x->facts.holdings = holdings;
    x->facts.holding_count = 3000;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    assert_true(x->facts_json.length != 0); /* recorded, though no policy was asked */
    fixture_on_loop(fixture, consult, x);
    assert_true(x->is_consulted);
    assert_int_equal(exchange_complete_consultation(x), FAULT_PDP_UNAVAILABLE);
    pdp_keeper_destroy(keeper);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_on_where_there_is_nobody_to_ask),
        TEST(refuses_with_whatever_is_no_permission),
        TEST(refuses_a_question_that_is_too_large_to_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
