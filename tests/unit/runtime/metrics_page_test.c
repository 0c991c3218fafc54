/* The page: what stands in it, to the letter, in both formats. promtool and Prometheus read one of a whole
 * gateway in tests/e2e/metrics.test.js. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "runtime/metrics_page.h"

static void collect(struct metrics_page *page, const void *context)
{
    const struct text values[] = {TEXT("a\"b\\c\nd"), TEXT("mint"), TEXT("answered")};
    metrics_page_family(page, FAMILY_ADAPTER_CALLS);
    metrics_page_sample(page, values, 7);
    metrics_page_family(page, FAMILY_ADAPTER_DURATION);
    metrics_page_histogram(page, values, context);
    metrics_page_family(page, FAMILY_KEYS_AGE);
    metrics_page_seconds(page, NULL, -1500000);
}

static const char *page_of(struct buffer *out, bool is_open_metrics)
{
    static struct histogram histogram;
    metrics_collector *const collectors[] = {collect};
    memset(&histogram, 0, sizeof(histogram));
    histogram_observe(&histogram, 500);
    histogram_observe(&histogram, 2500);
    histogram_observe(&histogram, 60000000);
    out->length = 0;
    metrics_write(out, is_open_metrics, collectors, 1, &histogram);
    buffer_append_byte(out, '\0');
    return out->base;
}

static void has(const char *page, const char *lines)
{
    if (strstr(page, lines) == NULL)
        fail_msg("not there:\n%sbut:\n%s", lines, page);
}

static void writes_counters_gauges_and_the_faults_that_happened(void **state)
{
    SCOPED_BUFFER out = {0};
    (void)state;
    metric_add(METRIC_REQUESTS, 3);
    metric_count_fault(FAULT_TOKEN_EXPIRED, true);
    metric_count_fault(FAULT_TOKEN_EXPIRED, false);
    const char *page = page_of(&out, false);
    has(page, "# HELP dragoman_requests_total Requests received.\n# TYPE dragoman_requests_total counter\n"
              "dragoman_requests_total 3\n");
    has(page, "# TYPE dragoman_connections_open gauge\ndragoman_connections_open 0\n");
    has(page, "dragoman_faults_total{reason=\"token_expired\",caller=\"anonymous\"} 1\n"
              "dragoman_faults_total{reason=\"token_expired\",caller=\"authenticated\"} 1\n");
    assert_null(strstr(page, "token_revoked"));
    assert_null(strstr(page, "# EOF"));
}

static void writes_a_heading_once_for_rows_of_one_name(void **state)
{
    SCOPED_BUFFER out = {0};
    (void)state;
    const char *heading = "# TYPE dragoman_egress_calls_total counter\n", *page = page_of(&out, false);
    has(page, heading);
    assert_null(strstr(strstr(page, heading) + 1, heading));
}

static void writes_what_collectors_know_with_labels_that_need_escaping(void **state)
{
    SCOPED_BUFFER out = {0};
    (void)state;
    const char *page = page_of(&out, false);
    has(page, "dragoman_adapter_calls_total{adapter=\"a\\\"b\\\\c\\nd\",op=\"mint\",result=\"answered\"} 7\n");
    has(page, "# TYPE dragoman_jwks_age_seconds gauge\ndragoman_jwks_age_seconds -1.500000\n");
}

static void writes_histograms_that_add_up(void **state)
{
    SCOPED_BUFFER out = {0};
    (void)state;
    const char *page = page_of(&out, false);
    has(page, "# TYPE dragoman_adapter_duration_seconds histogram\n");
    has(page, "_bucket{adapter=\"a\\\"b\\\\c\\nd\",le=\"0.001\"} 1\n");
    has(page, ",le=\"0.0025\"} 2\n");
    has(page, ",le=\"10.0\"} 2\n");
    has(page, ",le=\"+Inf\"} 3\n");
    has(page, "dragoman_adapter_duration_seconds_sum{adapter=\"a\\\"b\\\\c\\nd\"} 60.003000\n");
    has(page, "dragoman_adapter_duration_seconds_count{adapter=\"a\\\"b\\\\c\\nd\"} 3\n");
    metric_observe(HISTOGRAM_EXCHANGE_ANSWER, 1);
    metric_observe(HISTOGRAM_EXCHANGE_SIGN, 2000);
    page = page_of(&out, false);
    has(page, "dragoman_exchange_answer_seconds_bucket{le=\"0.001\"} 1\n");
    has(page, "dragoman_exchange_answer_seconds_sum 0.000001\ndragoman_exchange_answer_seconds_count 1\n");
    has(page, "dragoman_exchange_duration_seconds_bucket{stage=\"sign\",le=\"0.0025\"} 1\n");
    has(page, "dragoman_exchange_duration_seconds_sum{stage=\"sign\"} 0.002000\n");
}

/* OpenMetrics 1.0: the family of a counter has no _total, its sample has; the page has an end. */
static void names_the_families_of_counters_without_total_for_open_metrics(void **state)
{
    SCOPED_BUFFER out = {0};
    (void)state;
    const char *page = page_of(&out, true);
    has(page, "# TYPE dragoman_requests counter\ndragoman_requests_total ");
    has(page, "# TYPE dragoman_adapter_calls counter\ndragoman_adapter_calls_total{");
    assert_null(strstr(page, "# TYPE dragoman_requests_total"));
    assert_string_equal(page + out.length - 1 - strlen("# EOF\n"), "# EOF\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_counters_gauges_and_the_faults_that_happened),
        cmocka_unit_test(writes_a_heading_once_for_rows_of_one_name),
        cmocka_unit_test(writes_what_collectors_know_with_labels_that_need_escaping),
        cmocka_unit_test(writes_histograms_that_add_up),
        cmocka_unit_test(names_the_families_of_counters_without_total_for_open_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
