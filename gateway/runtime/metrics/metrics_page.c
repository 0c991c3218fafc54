/* The two formats differ little: OpenMetrics names the family of a counter without _total, and says where the
 * page ends. https://prometheus.io/docs/instrumenting/exposition_formats/, OpenMetrics 1.0. */
#include "runtime/metrics_page.h"

#include <string.h>

#include "base/clock.h"

enum type { COUNTER, GAUGE, HISTOGRAM };

struct row {
    const char *name; /* with a label, where it has one */
    const char *help;
};

static const struct row metrics[METRIC_COUNT] = {
#define METRIC(symbol, name, help) {name, help},
#include "runtime/metrics_list.h"
};

static const struct row histograms[HISTOGRAM_COUNT] = {
#define HISTOGRAM(symbol, name, help) {name, help},
#include "runtime/metrics_list.h"
};

static const struct row ages[AGE_COUNT] = {
#define AGE(symbol, name, help) {name, help},
#include "runtime/metrics_list.h"
};

static const struct family {
    enum type type;
    const char *name, *labels, *help;
} families[FAMILY_COUNT] = {
#define FAMILY(symbol, type, name, labels, help) {type, name, labels, help},
#include "runtime/metrics_list.h"
};

static struct text base_name(const char *name)
{
    return (struct text){name, strcspn(name, "{")};
}

static void write_heading(struct metrics_page *page, struct text name, const char *help, enum type type)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    if (page->is_open_metrics && type == COUNTER && text_ends_with(name, TEXT("_total")))
        name.length -= strlen("_total");
    buffer_print(page->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", TEXT_ARGUMENTS(name), help,
                 TEXT_ARGUMENTS(name), types[type]);
}

/* Rows of one name stand together: the first one writes the heading. */
static bool is_first(const struct row *rows, size_t index)
{
    return index == 0 || !text_equal(base_name(rows[index - 1].name), base_name(rows[index].name));
}

static void write_seconds(struct buffer *out, int64_t us)
{
    buffer_print(out, "%s%lld.%06lld", us < 0 ? "-" : "", (long long)(us < 0 ? -us : us) / 1000000,
                 (long long)(us < 0 ? -us : us) % 1000000);
}

/* --- labels --- */

static void write_value(struct buffer *out, struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        char byte = value.base[i];
        if (byte == '\\' || byte == '"')
            buffer_append_byte(out, '\\');
        if (byte == '\n')
            buffer_append(out, TEXT("\\n"));
        else
            buffer_append_byte(out, byte);
    }
}

/* Without braces. */
static void write_labels(struct buffer *out, const char *names, const struct text *values)
{
    struct text rest = text_of(names);
    for (size_t i = 0; rest.length != 0; i++) {
        struct text name = text_cut(&rest, ' ');
        buffer_print(out, "%s%.*s=\"", i == 0 ? "" : ",", TEXT_ARGUMENTS(name));
        write_value(out, values[i]);
        buffer_append_byte(out, '"');
    }
}

/* --- histograms --- */

/* As few digits as the bound needs: 0.0025, 10.0 is 10. */
static void write_bound(struct buffer *out, int64_t us)
{
    if (us % 1000000 == 0) {
        buffer_print(out, "%lld.0", (long long)us / 1000000);
        return;
    }
    int digits = 6;
    int64_t fraction = us % 1000000;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    buffer_print(out, "%lld.%0*lld", (long long)us / 1000000, digits, (long long)fraction);
}

/* labels: as they stand in braces; empty where there are none. */
static void write_histogram(struct buffer *out, struct text name, struct text labels,
                            const struct histogram *histogram)
{
    const char *comma = labels.length == 0 ? "" : ",";
    int64_t count = 0;
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        count += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        buffer_print(out, "%.*s_bucket{%.*s%sle=\"", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(labels), comma);
        if (i < HISTOGRAM_BOUNDS)
            write_bound(out, histogram_bounds_us[i]);
        else
            buffer_append(out, TEXT("+Inf"));
        buffer_print(out, "\"} %lld\n", (long long)count);
    }
    const char *open = labels.length == 0 ? "" : "{", *close = labels.length == 0 ? "" : "}";
    buffer_print(out, "%.*s_sum%s%.*s%s ", TEXT_ARGUMENTS(name), open, TEXT_ARGUMENTS(labels), close);
    write_seconds(out, atomic_load_explicit(&histogram->sum_us, memory_order_relaxed));
    buffer_print(out, "\n%.*s_count%s%.*s%s %lld\n", TEXT_ARGUMENTS(name), open, TEXT_ARGUMENTS(labels), close,
                 (long long)count);
}

/* --- what collectors write --- */

void metrics_page_family(struct metrics_page *page, enum metric_family family)
{
    page->family = family;
    write_heading(page, text_of(families[family].name), families[family].help, families[family].type);
}

static void begin_sample(struct metrics_page *page, const struct text *values)
{
    const struct family *family = &families[page->family];
    buffer_append(page->out, text_of(family->name));
    if (family->labels[0] != '\0') {
        buffer_append_byte(page->out, '{');
        write_labels(page->out, family->labels, values);
        buffer_append_byte(page->out, '}');
    }
    buffer_append_byte(page->out, ' ');
}

void metrics_page_sample(struct metrics_page *page, const struct text *values, int64_t value)
{
    begin_sample(page, values);
    buffer_print(page->out, "%lld\n", (long long)value);
}

void metrics_page_seconds(struct metrics_page *page, const struct text *values, int64_t us)
{
    begin_sample(page, values);
    write_seconds(page->out, us);
    buffer_append_byte(page->out, '\n');
}

void metrics_page_histogram(struct metrics_page *page, const struct text *values,
                            const struct histogram *histogram)
{
    SCOPED_BUFFER labels = {0};
    write_labels(&labels, families[page->family].labels, values);
    write_histogram(page->out, text_of(families[page->family].name), buffer_text(&labels), histogram);
}

/* --- what is counted --- */

static void write_metrics(struct metrics_page *page)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        struct text name = base_name(metrics[i].name);
        if (is_first(metrics, i))
            write_heading(page, name, metrics[i].help, text_ends_with(name, TEXT("_total")) ? COUNTER : GAUGE);
        buffer_print(page->out, "%s %lld\n", metrics[i].name, (long long)metric_read((enum metric)i));
    }
}

static void write_histograms(struct metrics_page *page)
{
    for (size_t i = 0; i < HISTOGRAM_COUNT; i++) {
        struct text name = base_name(histograms[i].name), labels = text_of(histograms[i].name + name.length);
        struct histogram sum = {0};
        if (labels.length != 0) /* its braces */
            labels = (struct text){labels.base + 1, labels.length - 2};
        if (is_first(histograms, i))
            write_heading(page, name, histograms[i].help, HISTOGRAM);
        metric_read_histogram((enum metric_histogram)i, &sum);
        write_histogram(page->out, name, labels, &sum);
    }
}

static void write_ages(struct metrics_page *page)
{
    for (size_t i = 0; i < AGE_COUNT; i++) {
        write_heading(page, text_of(ages[i].name), ages[i].help, GAUGE);
        buffer_print(page->out, "%s ", ages[i].name);
        write_seconds(page->out, metric_read_age_us((enum metric_age)i, clock_monotonic_us()));
        buffer_append_byte(page->out, '\n');
    }
}

static void write_faults(struct metrics_page *page)
{
    metrics_page_family(page, FAMILY_FAULTS);
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        for (int is_authenticated = 0; is_authenticated < 2; is_authenticated++) {
            int64_t count = metric_read_fault((enum fault)fault, is_authenticated != 0);
            const struct text values[] = {text_of(fault_row((enum fault)fault)->reason),
                                          is_authenticated != 0 ? TEXT("authenticated") : TEXT("anonymous")};
            if (count != 0)
                metrics_page_sample(page, values, count);
        }
    }
}

void metrics_write(struct buffer *out, bool is_open_metrics, metrics_collector *const *collectors,
                   size_t collector_count, const void *context)
{
    struct metrics_page page = {.out = out, .is_open_metrics = is_open_metrics};
    write_metrics(&page);
    write_histograms(&page);
    write_ages(&page);
    write_faults(&page);
    for (size_t i = 0; i < collector_count; i++)
        collectors[i](&page, context);
    if (is_open_metrics)
        buffer_append(out, TEXT("# EOF\n"));
}
