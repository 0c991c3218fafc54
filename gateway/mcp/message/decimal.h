/* Numbers as they are written in JSON, compared by what they are worth: 42, 42.0 and 4.2e1 are one number,
 * exactly. Pure. */
#ifndef MCP_DECIMAL_H
#define MCP_DECIMAL_H

#include "base/text.h"

/* False where one of them is no number in JSON's spelling, or has an exponent of more than six digits. */
bool decimal_equal(struct text a, struct text b);
/* Whether it has at least so many digits before its point, leading zeros left out. False for what is none. */
bool decimal_has_places(struct text number, int64_t places);

#endif
