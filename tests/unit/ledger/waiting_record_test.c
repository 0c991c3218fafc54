/* The age shown is that of the record that waits longest, in whatever order the others are done. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/clock.h"
#include "runtime/metrics.h"
#include "waiting_record.h"

static int64_t oldest_us(void)
{
    int64_t now_us = clock_monotonic_us() + 1000000;
    return now_us - metric_read_age_us(AGE_AUDIT_LAG, now_us);
}

static void follows_the_oldest_through_ends_in_any_order(void **state)
{
    struct waiting_record records[3];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        waiting_record_begin(&records[i]);
        while (clock_monotonic_us() == records[i].since_us)
            ;
    }
    assert_int_equal(oldest_us(), records[0].since_us);
    waiting_record_end(&records[1]); /* in the middle: no change */
    assert_int_equal(oldest_us(), records[0].since_us);
    waiting_record_end(&records[0]);
    assert_int_equal(oldest_us(), records[2].since_us);
    waiting_record_end(&records[2]);
    assert_int_equal(metric_read_age_us(AGE_AUDIT_LAG, clock_monotonic_us()), 0);
    waiting_record_end(&records[2]); /* it waits no more */
}

static void *end_elsewhere(void *record)
{
    waiting_record_end(record);
    return NULL;
}

static void leaves_alone_what_another_thread_began(void **state)
{
    struct waiting_record first, second;
    pthread_t thread;
    (void)state;
    waiting_record_begin(&first);
    waiting_record_begin(&second);
    assert_int_equal(pthread_create(&thread, NULL, end_elsewhere, &first), 0);
    pthread_join(thread, NULL);
    assert_int_equal(oldest_us(), first.since_us);
    waiting_record_end(&first);
    waiting_record_end(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_oldest_through_ends_in_any_order),
        cmocka_unit_test(leaves_alone_what_another_thread_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
