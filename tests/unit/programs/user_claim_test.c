/* Two gateways of one machine never run adapters as the same user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "process/user_claim.h"

/* Nobody has so high a number. */
static uid_t user(void)
{
    return 2000000000U + (uid_t)getpid();
}

static void gives_a_user_to_one_at_a_time(void **state)
{
    (void)state;
    int first = user_claim_take(user());
    assert_true(first >= 0);
    assert_int_equal(user_claim_take(user()), -1);
    int other = user_claim_take(user() + 1);
    assert_true(other >= 0);
    close(first);
    int again = user_claim_take(user());
    assert_true(again >= 0);
    close(again);
    close(other);
}

static void takes_it_back_from_who_died(void **state)
{
    (void)state;
    uid_t wanted = user();
    pid_t child = fork();
    if (child == 0)
        _exit(user_claim_take(wanted) >= 0 ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    int claim = user_claim_take(wanted);
    assert_true(claim >= 0);
    close(claim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_a_user_to_one_at_a_time),
        cmocka_unit_test(takes_it_back_from_who_died),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
