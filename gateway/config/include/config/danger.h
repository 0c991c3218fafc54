/* Dangerous choices: what a Gateway may only do that says so a second time, in spec.insecure. */
#ifndef CONFIG_DANGER_H
#define CONFIG_DANGER_H

#include "config/gateway_document.h"

enum danger {
    DANGER_NONE, /* of fields that are none */
#define DANGER(symbol, word, meaning) DANGER_##symbol,
#include "base/danger_list.h"
#undef DANGER
    DANGER_COUNT
};

struct danger_row {
    const char *word, *meaning; /* the meaning goes on after a colon */
};

const struct danger_row *danger_row(enum danger danger);
bool danger_is_chosen(enum danger danger, const struct gateway_document *gateway);

#endif
