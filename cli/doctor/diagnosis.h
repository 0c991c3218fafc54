/* What is good and bad about a gateway: a table of checks over the facts of GET /v1/doctor and what the command
 * line sees itself. Asks nobody and prints nothing. */
#ifndef CLI_DOCTOR_DIAGNOSIS_H
#define CLI_DOCTOR_DIAGNOSIS_H

#include "base/arena.h"
#include "json/json_value.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL, VERDICT_COUNT };

struct finding {
    const char *check;
    enum verdict verdict;
    struct text found;
    struct text advice; /* TEXT_NONE where all is well */
    const char *page;
    struct finding *next;
};

struct seen_here {
    struct text version; /* of this program */
    int64_t now_us;
    struct text socket; /* TEXT_NONE: the gateway was asked over the network */
    unsigned socket_mode;
};

/* The findings in the order of the table: at least one for each check that applies, one for each thing that is
 * not well. In the arena. */
const struct finding *diagnosis_make(struct arena *arena, const struct json_value *facts,
                                     const struct seen_here *here);
/* "ok", "warn" or "FAIL". */
struct text verdict_name(enum verdict verdict);

#endif
