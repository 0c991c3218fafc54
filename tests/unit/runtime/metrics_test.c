/* Counters: nothing counted is lost, whichever thread counted it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "runtime/metrics.h"

enum { THREADS = 4, ROUNDS = 20000, TABLE_SIZE = 1000 };

static void *count(void *context)
{
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        metric_add(METRIC_REQUESTS, 1);
        metric_add(METRIC_REQUESTS_IN_FLIGHT, i % 2 == 0 ? 1 : -1);
        metric_count_fault(FAULT_TOKEN_EXPIRED, i % 2 == 0);
        metric_observe(HISTOGRAM_EXCHANGE_ANSWER, 1500);
        metric_table_add(METRIC_TABLE_EXCHANGES, TABLE_SIZE, TABLE_SIZE - 1);
    }
    return NULL;
}

static void count_in_threads(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void keeps_what_threads_counted_that_have_ended(void **state)
{
    struct histogram histogram = {0};
    int64_t last[2] = {0};
    (void)state;
    count_in_threads();
    count_in_threads();
    assert_int_equal(metric_read(METRIC_REQUESTS), 2 * THREADS * ROUNDS);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
    assert_int_equal(metric_read_fault(FAULT_TOKEN_EXPIRED, true), THREADS * ROUNDS);
    metric_read_histogram(HISTOGRAM_EXCHANGE_ANSWER, &histogram);
    assert_int_equal(histogram.buckets[1], 2 * THREADS * ROUNDS);
    assert_int_equal(histogram.sum_us, INT64_C(1500) * 2 * THREADS * ROUNDS);
    metric_table_read(METRIC_TABLE_EXCHANGES, TABLE_SIZE - 2, 2, last);
    assert_int_equal(last[0], 0);
    assert_int_equal(last[1], 2 * THREADS * ROUNDS);
}

/* Prometheus: a bucket holds what is less than its bound or equal to it. */
static void puts_a_time_into_the_first_bucket_that_holds_it(void **state)
{
    struct histogram histogram = {0};
    (void)state;
    histogram_observe(&histogram, 0);
    histogram_observe(&histogram, 1000);
    histogram_observe(&histogram, 1001);
    histogram_observe(&histogram, 10000000);
    histogram_observe(&histogram, 10000001);
    assert_int_equal(histogram.buckets[0], 2);
    assert_int_equal(histogram.buckets[1], 1);
    assert_int_equal(histogram.buckets[HISTOGRAM_BOUNDS - 1], 1);
    assert_int_equal(histogram.buckets[HISTOGRAM_BOUNDS], 1);
    assert_int_equal(histogram.sum_us, 20002002);
}

static void *wait_since_fifty(void *context)
{
    metric_wait_since(AGE_AUDIT_LAG, 50);
    pthread_barrier_wait(context);
    pthread_barrier_wait(context);
    metric_wait_since(AGE_AUDIT_LAG, 0);
    return NULL;
}

static void tells_the_age_of_what_waits_longest_on_any_thread(void **state)
{
    pthread_barrier_t barrier;
    pthread_t thread;
    (void)state;
    assert_int_equal(metric_read_age_us(AGE_AUDIT_LAG, 100), 0);
    metric_wait_since(AGE_AUDIT_LAG, 80);
    assert_int_equal(metric_read_age_us(AGE_AUDIT_LAG, 100), 20);
    pthread_barrier_init(&barrier, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, wait_since_fifty, &barrier), 0);
    pthread_barrier_wait(&barrier);
    assert_int_equal(metric_read_age_us(AGE_AUDIT_LAG, 100), 50);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    assert_int_equal(metric_read_age_us(AGE_AUDIT_LAG, 100), 20);
    metric_wait_since(AGE_AUDIT_LAG, 0);
    pthread_barrier_destroy(&barrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_threads_counted_that_have_ended),
        cmocka_unit_test(puts_a_time_into_the_first_bucket_that_holds_it),
        cmocka_unit_test(tells_the_age_of_what_waits_longest_on_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
