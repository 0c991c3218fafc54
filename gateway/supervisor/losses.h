/* Workers that served and then ended unasked, since the supervisor started: it counts, and workers show it
 * among their metrics. Pure. */
#ifndef SUPERVISOR_LOSSES_H
#define SUPERVISOR_LOSSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct losses {
    int64_t died;   /* of themselves, or killed by somebody else */
    int64_t silent; /* killed because they were */
};

enum { LOSSES_SIZE = 48 };

/* As what supervisors and workers say to each other has it: "DIED SILENT". */
void losses_print(const struct losses *losses, char text[LOSSES_SIZE]);
/* Of that; false, and nothing changed, if it is something else. */
bool losses_parse(struct losses *losses, struct text text);

#endif
