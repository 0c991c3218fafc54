/* Token types by the short names that documents use; private to this room. The public half is in
 * trust/verification.h. */
#ifndef TOKEN_TYPE_H
#define TOKEN_TYPE_H

#include "trust/verification.h"

/* The last part of the URI: "access_token"; TEXT_NONE for TOKEN_TYPE_NONE and TOKEN_TYPE_UNKNOWN. */
struct text token_type_name(enum token_type type);

#endif
