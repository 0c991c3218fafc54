/* What an answer of a decision point says (AuthZEN Authorization API 1.0, the access evaluation response).
 * Pure: bytes in, one of four outcomes out; anything that is not plainly a permission is none. Private to this
 * room. */
#ifndef AUTHZEN_ANSWER_H
#define AUTHZEN_ANSWER_H

#include "authzen/pdp.h"
#include "runtime/http_client.h"

enum { ANSWER_BYTES_MAX = 64 * 1024 };

enum answer_outcome {
    ANSWER_FAILED, /* it says nothing that can be used */
    ANSWER_ALLOWED,
    ANSWER_DENIED,
    ANSWER_OBLIGATION, /* allowed, under a condition that is not known here */
};

/* request_id: the one that was sent. detail gets the decision point's reason, or what is wrong with the answer;
 * printable, cut where a character ends, zero-terminated. */
enum answer_outcome answer_read(const struct http_answer *answer, struct text request_id,
                                char detail[AUTHZEN_DETAIL_SIZE]);
/* True if this failure is about the question alone: the decision point is there and works. */
bool answer_refuses_question(const struct http_answer *answer);

#endif
