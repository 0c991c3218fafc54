/* The metrics of all of them stand there from the first; these are set. */
#include "insecure_choices.h"

#include "base/log.h"
#include "config/danger.h"
#include "runtime/metrics.h"

void insecure_choices_show(const struct gateway_document *settings)
{
    static const enum metric metrics[DANGER_COUNT] = {
#define DANGER(symbol, word, meaning) [DANGER_##symbol] = METRIC_INSECURE_##symbol,
#include "base/danger_list.h"
#undef DANGER
    };
    for (int danger = DANGER_NONE + 1; danger < DANGER_COUNT; danger++) {
        if (!danger_is_chosen((enum danger)danger, settings))
            continue;
        const struct danger_row *row = danger_row((enum danger)danger);
        LOG(LOG_WARNING, "insecure", log_text("choice", text_of(row->word)),
            log_text("meaning", text_of(row->meaning)));
        metric_add(metrics[danger], 1);
    }
}
