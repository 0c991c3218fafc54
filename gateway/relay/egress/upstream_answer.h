/* What of an upstream's answer goes to the caller: a list of headers, since what vendors invent is not known.
 * Pure. */
#ifndef RELAY_UPSTREAM_ANSWER_H
#define RELAY_UPSTREAM_ANSWER_H

#include "config/document.h"
#include "runtime/http_stream.h"
#include "transport/request.h"

/* Into answer: the status and the headers that are let through; one that repeats the credential never is. path:
 * of this target's egress ("/egress/openai"), for a Location that stays at this upstream. Names and values that
 * are not copied stay the upstream's. */
void upstream_answer_filter(struct arena *arena, const struct egress_document *egress, struct text path,
                            struct text credential, const struct http_stream_header *headers, size_t count,
                            struct response *answer);

#endif
