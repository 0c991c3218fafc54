/* Names of header fields, as far as settings and adapters may choose them: what is one at all, and what it must
 * not be. One table, whoever asks: documents, adapters, the check of what an adapter has made. Pure. */
#ifndef BASE_HEADER_NAME_H
#define BASE_HEADER_NAME_H

#include "base/text.h"

enum { HEADER_NAME_BYTES_MAX = 64 };

/* Says where a message ends, whom it is for or what becomes of the connection, in whatever letters: nobody but
 * whoever sends the message may set it. */
bool header_name_is_framing(struct text name);

/* A credential can be shown in it: a token of at most HEADER_NAME_BYTES_MAX that means nothing else to whoever
 * hands the request on or reads it. */
bool header_name_takes_credential(struct text name);

/* Whether a header of a caller's request is kept from going on to the other side, in whatever letters. */
bool header_name_is_kept_back(struct text name);
/* Whether some server takes the two for the same: letters, and underscores for hyphens. */
bool header_name_is_like(struct text name, struct text other);

#endif
