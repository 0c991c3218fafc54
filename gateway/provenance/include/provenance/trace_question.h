/* What a trace begins with: an id, a fingerprint, or a credential itself, which is looked for by whatever it
 * may be known by. */
#ifndef PROVENANCE_TRACE_QUESTION_H
#define PROVENANCE_TRACE_QUESTION_H

#include "keys/seal.h"

enum { TRACE_FINGERPRINTS_MAX = 3 };

struct trace_question {
    struct text id; /* of an exchange, a credential's jti, or a root; TEXT_NONE until a lease says it */
    struct text fingerprints[TRACE_FINGERPRINTS_MAX]; /* that it may have, to be tried in this order */
    size_t count, tried;
};

/* 64 hexadecimal digits are a fingerprint, anything else an id. */
void trace_question_name(struct text name, struct trace_question *question);
/* Of an API key of ours its fingerprint, of a key of the vault its keyed hash, of any other credential its
 * SHA-256; of a JWT its jti, which is believed as little as any id that somebody types. */
void trace_question_show(struct arena *arena, const struct sealer *sealer, struct text credential,
                         struct trace_question *question);

#endif
