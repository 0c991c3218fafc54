/* What happened between two readings of one gateway's metrics. Counters begin at 0 with each worker: one that
 * is lower than before has begun anew, and counts from there. */
#ifndef CLI_RATES_H
#define CLI_RATES_H

#include "metrics_text.h"

struct reading {
    struct metrics_text metrics;
    int64_t at_us; /* monotonic */
};

/* A second, of all samples of a counter; with label: those with that value of it. */
double rate_between(const struct reading *before, const struct reading *now, const char *name,
                    const char *label, const char *value);
/* The quantile (0 to 1) of what a histogram took in between, in seconds, as Prometheus interpolates it:
 * linearly within its bucket; what lies in the last one counts as its lower bound. NAN: it took in nothing. */
double quantile_between(const struct reading *before, const struct reading *now, const char *name,
                        const char *label, const char *value, double quantile);

enum { REASONS_SHOWN = 5 };

struct reason_rate {
    struct text reason, caller; /* as dragoman_faults_total has them */
    double rate;
};

/* The reasons of refusals that came most often, most first; how many there are. */
size_t reasons_between(const struct reading *before, const struct reading *now,
                       struct reason_rate reasons[REASONS_SHOWN]);

#endif
