/* HTTP Basic credentials (RFC 7617), as they stand in an Authorization header. */
#ifndef EXCHANGE_BASIC_CREDENTIALS_H
#define EXCHANGE_BASIC_CREDENTIALS_H

#include "base/arena.h"

/* False for another scheme, for what is no base64 with its padding, and without a colon. What stands before the
 * first colon and after it is given as it is. */
bool basic_credentials_read(struct arena *arena, struct text authorization, struct text *name,
                            struct text *password);

#endif
