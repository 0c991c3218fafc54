/* Differences, and what is made of them. */
#include "rates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS_MAX = 64, NAME_MAX_BYTES = 128 };

static double seconds_between(const struct reading *before, const struct reading *now)
{
    double seconds = (double)(now->at_us - before->at_us) / 1e6;
    return seconds > 0 ? seconds : 1;
}

static double grown(double was, double is)
{
    return is >= was ? is - was : is;
}

double rate_between(const struct reading *before, const struct reading *now, const char *name,
                    const char *label, const char *value)
{
    return grown(metrics_text_sum(&before->metrics, name, label, value),
                 metrics_text_sum(&now->metrics, name, label, value)) /
           seconds_between(before, now);
}

/* --- quantiles --- */

struct bucket {
    double upper; /* its bound, +Inf in the last */
    double count; /* up to there */
};

static double bound_of(const struct sample *sample)
{
    struct text written = sample_label(sample, "le");
    char copy[32];
    snprintf(copy, sizeof(copy), "%.*s", TEXT_ARGUMENTS(written));
    return text_is(written, "+Inf") ? INFINITY : strtod(copy, NULL);
}

static double count_up_to(const struct metrics_text *metrics, struct text name, const char *label,
                          const char *value, double upper)
{
    for (size_t i = 0; i < metrics->count; i++) {
        const struct sample *sample = &metrics->samples[i];
        if (text_equal(sample->name, name) && (label == NULL || text_is(sample_label(sample, label), value)) &&
            bound_of(sample) == upper)
            return sample->value;
    }
    return 0;
}

static size_t read_buckets(const struct reading *before, const struct reading *now, struct text name,
                           const char *label, const char *value, struct bucket buckets[BUCKETS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < now->metrics.count && count < BUCKETS_MAX; i++) {
        const struct sample *sample = &now->metrics.samples[i];
        if (!text_equal(sample->name, name) || (label != NULL && !text_is(sample_label(sample, label), value)))
            continue;
        double upper = bound_of(sample);
        buckets[count++] = (struct bucket){
            upper, grown(count_up_to(&before->metrics, name, label, value, upper), sample->value)};
    }
    return count;
}

double quantile_between(const struct reading *before, const struct reading *now, const char *name,
                        const char *label, const char *value, double quantile)
{
    struct bucket buckets[BUCKETS_MAX];
    char bucket_name[NAME_MAX_BYTES];
    snprintf(bucket_name, sizeof(bucket_name), "%s_bucket", name);
    size_t count = read_buckets(before, now, text_of(bucket_name), label, value, buckets), i = 0;
    if (count < 2 || buckets[count - 1].count <= 0)
        return NAN;
    double rank = quantile * buckets[count - 1].count;
    while (i < count - 1 && buckets[i].count < rank)
        i++;
    double lower = i == 0 ? 0 : buckets[i - 1].upper, below = i == 0 ? 0 : buckets[i - 1].count;
    if (isinf(buckets[i].upper) || buckets[i].count <= below)
        return lower;
    return lower + (buckets[i].upper - lower) * (rank - below) / (buckets[i].count - below);
}

/* --- reasons --- */

static void put_in(struct reason_rate reasons[REASONS_SHOWN], size_t *count, struct reason_rate one)
{
    size_t place = *count < REASONS_SHOWN ? (*count)++ : REASONS_SHOWN;
    while (place > 0 && reasons[place - 1].rate < one.rate) {
        if (place < REASONS_SHOWN)
            reasons[place] = reasons[place - 1];
        place--;
    }
    if (place < REASONS_SHOWN)
        reasons[place] = one;
}

static double was(const struct metrics_text *before, const struct sample *sample)
{
    for (size_t i = 0; i < before->count; i++)
        if (text_equal(before->samples[i].name, sample->name) &&
            text_equal(before->samples[i].labels, sample->labels))
            return before->samples[i].value;
    return 0;
}

size_t reasons_between(const struct reading *before, const struct reading *now,
                       struct reason_rate reasons[REASONS_SHOWN])
{
    size_t count = 0;
    for (size_t i = 0; i < now->metrics.count; i++) {
        const struct sample *sample = &now->metrics.samples[i];
        struct text reason = sample_label(sample, "reason");
        if (!text_is(sample->name, "dragoman_faults_total") || text_is(reason, "none"))
            continue;
        double rate = grown(was(&before->metrics, sample), sample->value) / seconds_between(before, now);
        if (rate > 0)
            put_in(reasons, &count, (struct reason_rate){reason, sample_label(sample, "caller"), rate});
    }
    return count;
}
