/* A search filter that asks for one value of one attribute (RFC 4515), whatever bytes the value has. Pure. */
#ifndef KERBEROS_DIRECTORY_FILTER_H
#define KERBEROS_DIRECTORY_FILTER_H

#include "base/arena.h"

/* "(attribute=value)", zero-terminated. The attribute is an operator's and its name alone; the value is
 * anybody's, and never more than a value. */
struct text directory_filter(struct arena *arena, struct text attribute, struct text value);

#endif
