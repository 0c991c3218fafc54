/* Keeps the credential that was put into a call out of the body of its answer, across the pieces it comes in.
 * Of what is encoded (gzip, base64) it knows nothing. Pure. */
#ifndef RELAY_ANSWER_GUARD_H
#define RELAY_ANSWER_GUARD_H

#include "base/text.h"

enum { ANSWER_GUARD_BYTES_MIN = 8, ANSWER_GUARD_BYTES_MAX = 16 * 1024 };

struct answer_guard {
    struct text
        credential; /* borrowed. Shorter or longer than the above is not looked for: it could be a word */
    size_t held;    /* bytes at the end of what came that the credential begins with: not let go yet */
};

/* What may go on now, in two parts: of earlier pieces and of this one; either may be empty. false: the
 * credential is in it, and the rest of it must not go on. */
bool answer_guard_take(struct answer_guard *guard, struct text piece, struct text *earlier, struct text *now);
/* At the end of the answer: what is held back is harmless. */
struct text answer_guard_end(struct answer_guard *guard);

#endif
