/* Which credential of ours a call shows, wherever the vendor's SDK puts its key: that much of every header is
 * read, and no more is believed of any. */
#ifndef RELAY_SHOWN_CREDENTIAL_H
#define RELAY_SHOWN_CREDENTIAL_H

#include "base/arena.h"
#include "base/fault.h"

/* The headers of a request: the nth of a lower-case name, TEXT_NONE if there are fewer. */
struct shown_headers {
    struct text (*find)(const void *context, const char *name, size_t nth);
    const void *context;
};

/* Looked for in authorization (Bearer, or either half of Basic), x-api-key, api-key, and where the target has a
 * header of its own there (TEXT_NONE: it has none). What is none of ours there is somebody else's business.
 * CALL_CREDENTIAL_MISSING; CALL_CREDENTIAL_SEVERAL where two are not the same. */
MUST_USE enum fault shown_credential_find(struct arena *arena, const struct shown_headers *headers,
                                          struct text own_header, struct text *credential);

#endif
