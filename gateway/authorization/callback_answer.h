/* What a browser brings back from the other side (RFC 6749 section 4.1.2, RFC 9207), and whether it belongs to
 * what was begun in this browser. Pure. */
#ifndef AUTHORIZATION_CALLBACK_ANSWER_H
#define AUTHORIZATION_CALLBACK_ANSWER_H

#include "consent/invitation.h"
#include "exchange/form.h"
#include "json/json_writer.h"

enum { CALLBACK_CODE_BYTES_MAX = 4096, CALLBACK_ISSUER_BYTES_MAX = 1024 };

struct callback_answer {
    struct text target; /* as the path names it */
    struct text state, code, issuer, error;
};

/* CONNECTING_STATE: neither a code nor an error, both, or too long. */
MUST_USE enum fault callback_answer_read(struct text path, const struct form *query,
                                         struct callback_answer *answer);
/* INVITATION_UNKNOWN: it was answered already, or nobody was sent there; CONNECTING_STATE: another target's or
 * another state. */
MUST_USE enum fault callback_answer_check(const struct callback_answer *answer,
                                          const struct invitation *invitation);
/* What the adapter gets of it, and nothing else that stood in the URL; NULL: it is no text. */
const struct json_value *callback_answer_json(const struct callback_answer *answer, struct arena *arena);

#endif
