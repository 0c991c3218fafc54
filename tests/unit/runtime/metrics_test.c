/* Counters: nothing counted is lost, whichever thread counted it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "runtime/metrics.h"

enum { THREADS = 4, ROUNDS = 20000 };

static void *count(void *context)
{
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        metric_add(METRIC_REQUESTS, 1);
        metric_add(METRIC_REQUESTS_IN_FLIGHT, i % 2 == 0 ? 1 : -1);
        metric_count_fault(FAULT_TOKEN_EXPIRED, i % 2 == 0);
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
    (void)state;
    count_in_threads();
    count_in_threads();
    assert_int_equal(metric_read(METRIC_REQUESTS), 2 * THREADS * ROUNDS);
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
}

static void writes_what_prometheus_reads(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    metrics_write(&out);
    buffer_append_byte(&out, '\0');
    assert_non_null(
        strstr(out.base, "# TYPE dragoman_requests_total counter\ndragoman_requests_total 160000\n"));
    assert_non_null(strstr(out.base, "# TYPE dragoman_connections_open gauge\ndragoman_connections_open 0\n"));
    assert_non_null(
        strstr(out.base, "dragoman_faults_total{reason=\"token_expired\",caller=\"authenticated\"} 80000\n"));
    assert_non_null(
        strstr(out.base, "dragoman_faults_total{reason=\"token_expired\",caller=\"anonymous\"} 80000\n"));
    assert_null(strstr(out.base, "token_revoked"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_threads_counted_that_have_ended),
        cmocka_unit_test(writes_what_prometheus_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
