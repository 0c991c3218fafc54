/* Each call is counted once, under what was asked and what came of it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "program_tally.h"

static void tells_a_refusal_of_one_subject_from_a_failure_for_all(void **state)
{
    (void)state;
    assert_int_equal(program_tally_result(FAULT_NONE), TALLY_ANSWERED);
    assert_int_equal(program_tally_result(FAULT_CONNECTION_MISSING), TALLY_REFUSED);
    assert_int_equal(program_tally_result(FAULT_ADAPTER_UNAVAILABLE), TALLY_UNAVAILABLE);
    assert_int_equal(program_tally_result(FAULT_ADAPTER_MISCONFIGURED), TALLY_MISCONFIGURED);
    assert_int_equal(program_tally_result(FAULT_ADAPTER_PAUSED), TALLY_PAUSED);
    assert_int_equal(program_tally_result(FAULT_ADAPTER_BUSY), TALLY_BUSY);
    assert_int_equal(program_tally_result(FAULT_ADAPTER_FAILED), TALLY_FAILED);
}

static void counts_by_method_and_takes_the_time(void **state)
{
    struct program_tally tally = {0};
    (void)state;
    program_tally_count(&tally, "mint", TALLY_ANSWERED, 500);
    program_tally_count(&tally, "revoke", TALLY_FAILED, 3000);
    program_tally_count(&tally, "disconnect", TALLY_ANSWERED, 500); /* of an account, as all others */
    assert_int_equal(tally.calls[TALLY_MINT][TALLY_ANSWERED], 1);
    assert_int_equal(tally.calls[TALLY_REVOKE][TALLY_FAILED], 1);
    assert_int_equal(tally.calls[TALLY_CONNECT][TALLY_ANSWERED], 1);
    assert_int_equal(tally.duration.buckets[0], 2);
    assert_int_equal(tally.duration.sum_us, 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_a_refusal_of_one_subject_from_a_failure_for_all),
        cmocka_unit_test(counts_by_method_and_takes_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
