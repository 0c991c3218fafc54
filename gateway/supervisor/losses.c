/* Two numbers as text. */
#include "losses.h"

#include <inttypes.h>
#include <stdio.h>

void losses_print(const struct losses *losses, char text[LOSSES_SIZE])
{
    snprintf(text, LOSSES_SIZE, "%" PRId64 " %" PRId64, losses->died, losses->silent);
}

bool losses_parse(struct losses *losses, struct text text)
{
    struct losses parsed;
    struct text died = text_cut(&text, ' ');
    if (!text_to_int64(died, &parsed.died) || !text_to_int64(text, &parsed.silent))
        return false;
    *losses = parsed;
    return true;
}
