/* Percent-encoding (RFC 3986 section 2.1) as forms and URLs have it. What is decided about by a path reads that
 * for itself, and more strictly: relay/call_path.h. Pure. */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include "base/arena.h"
#include "base/buffer.h"

/* All but the unreserved characters (section 2.3): for one segment of a path, or a value in a query or a form.
 */
void percent_encode(struct buffer *out, struct text value);

/* Of a form (application/x-www-form-urlencoded), with '+' as space; false if malformed, or with a NUL in it.
 * What has nothing to decode is given back as it is. */
bool percent_decode_form(struct arena *arena, struct text encoded, struct text *decoded);
/* Of anything else, where '+' stands for itself; copied into the arena. */
bool percent_decode(struct arena *arena, struct text encoded, struct text *decoded);

#endif
