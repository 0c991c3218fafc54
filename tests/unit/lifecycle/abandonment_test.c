/* Whether a second look is needed for what a withdrawal did not find. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "abandonment.h"

enum { ISSUED_S = 1000, PENDING_S = 60 };

static struct store_lease unseen(void)
{
    return (struct store_lease){.issued_at_us = ISSUED_S * INT64_C(1000000), .expires_at_s = ISSUED_S + 300};
}

static void what_nobody_saw_made_is_looked_for_again_when_it_cannot_be_under_way_any_more(void **state)
{
    struct store_lease lease = unseen();
    (void)state;
    assert_int_equal(abandonment_look_again_at_s(&lease, ISSUED_S, PENDING_S), ISSUED_S + PENDING_S);
    assert_int_equal(abandonment_look_again_at_s(&lease, ISSUED_S + PENDING_S - 1, PENDING_S),
                     ISSUED_S + PENDING_S);
    assert_int_equal(abandonment_look_again_at_s(&lease, ISSUED_S + PENDING_S, PENDING_S), 0);
}

static void what_was_seen_made_is_gone_when_it_is_gone(void **state)
{
    struct store_lease lease = unseen();
    (void)state;
    lease.handle = TEXT("key_1");
    assert_int_equal(abandonment_look_again_at_s(&lease, ISSUED_S, PENDING_S), 0);
    lease = unseen();
    lease.fingerprint = TEXT("ab");
    assert_int_equal(abandonment_look_again_at_s(&lease, ISSUED_S, PENDING_S), 0);
}

static void what_has_ended_by_itself_is_not_looked_for(void **state)
{
    struct store_lease lease = unseen();
    (void)state;
    lease.expires_at_s = ISSUED_S + 5;
    assert_int_equal(abandonment_look_again_at_s(&lease, ISSUED_S + 4, PENDING_S), ISSUED_S + PENDING_S);
    assert_int_equal(abandonment_look_again_at_s(&lease, ISSUED_S + 5, PENDING_S), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_saw_made_is_looked_for_again_when_it_cannot_be_under_way_any_more),
        cmocka_unit_test(what_was_seen_made_is_gone_when_it_is_gone),
        cmocka_unit_test(what_has_ended_by_itself_is_not_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
