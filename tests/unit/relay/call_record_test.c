/* What becomes of a call that was not decided, and of one whose caller nobody knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/relayed_call.h"

/* There is no store here: whatever would be recorded would not go unseen. */
static void run(struct relayed_call *x)
{
    static struct gateway gateway;
    SCOPED_ARENA arena = arena_create();
    x->call.arena = arena;
    x->call.gateway = &gateway;
    x->call.caller = &x->call.authentication.caller;
    x->call.flow.is_running = true;
    assert_int_equal(relayed_call_record(&x->call.flow), FLOW_NEXT);
}

static void one_whose_caller_left_before_it_was_decided_is_not_let_through(void **state)
{
    (void)state;
    struct relayed_call x = {.is_let_through = false};
    run(&x);
    assert_int_equal(x.call.fault, FAULT_CALLER_GONE);
}

static void one_that_was_decided_stays_what_it_is(void **state)
{
    (void)state;
    struct relayed_call good = {.is_let_through = true}, refused = {.call = {.fault = FAULT_CALL_PATH}};
    run(&good);
    assert_int_equal(good.call.fault, FAULT_NONE);
    run(&refused); /* of somebody who is not known: it is counted, not recorded */
    assert_int_equal(refused.call.fault, FAULT_CALL_PATH);
}

static void a_rate_that_is_used_up_leaves_no_record(void **state)
{
    (void)state;
    struct relayed_call x = {
        .call = {.fault = FAULT_CALL_RATE, .authentication = {.caller = {.is_authenticated = true}}}};
    run(&x);
    assert_int_equal(x.call.fault, FAULT_CALL_RATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_whose_caller_left_before_it_was_decided_is_not_let_through),
        cmocka_unit_test(one_that_was_decided_stays_what_it_is),
        cmocka_unit_test(a_rate_that_is_used_up_leaves_no_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
