/* What a gateway's /metrics says (Prometheus text format 0.0.4), read back: samples with their labels. Strict
 * and bounded, since it came over a socket. */
#ifndef CLI_METRICS_TEXT_H
#define CLI_METRICS_TEXT_H

#include "base/arena.h"

enum { METRICS_SAMPLES_MAX = 20000 };

struct sample {
    struct text name;
    struct text labels; /* between the braces, as written; TEXT_NONE: none */
    double value;
};

struct metrics_text {
    struct sample *samples; /* in the arena; names and labels point into what was read */
    size_t count;
};

/* false: not this format, or too much of it. page stays borrowed. */
bool metrics_text_read(struct arena *arena, struct text page, struct metrics_text *metrics);
/* The value of a label, as written between its quotes; TEXT_NONE: there is no such label. */
struct text sample_label(const struct sample *sample, const char *name);
/* Of all samples of this name; label NULL: whatever their labels, else those with that value of it. 0: there
 * are none. */
double metrics_text_sum(const struct metrics_text *metrics, const char *name, const char *label,
                        const char *value);

#endif
