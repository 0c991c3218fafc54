/* The JSON body of an OAuth error (RFC 6749 section 5.2), the same wherever one is answered. */
#ifndef EXCHANGE_OAUTH_ERROR_H
#define EXCHANGE_OAUTH_ERROR_H

#include "base/buffer.h"

/* error, error_description and dragoman_exchange, the id under which the refusal can be asked about. */
void oauth_error_write(struct buffer *body, struct text error, struct text description, struct text id);

#endif
