/* It outlives the call it belongs to, and ends with its loop's connections at the latest. */
#include "side_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { PATIENCE_MS = 5000, ANSWER_BYTES_MAX = 64 * 1024 };

struct side_request {
    size_t length;
    char body[];
};

static void note_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    (void)context, (void)status, (void)headers, (void)count;
}

static bool note_data(void *context, struct text piece)
{
    (void)context, (void)piece;
    return true;
}

static void note_end(void *context, enum fault fault)
{
    struct side_request *side = context;
    (void)fault;
    secret_wipe(side->body, side->length);
    free(side);
}

void side_request_send(struct http_streams *streams, const struct http_stream_request *request)
{
    static const struct http_stream_events events = {note_head, note_data, note_end};
    struct side_request *side = malloc(sizeof(*side) + request->body.length);
    INVARIANT(side != NULL);
    side->length = request->body.length;
    if (side->length != 0)
        memcpy(side->body, request->body.base, side->length);
    struct http_stream_request own = *request;
    own.body = (struct text){side->body, side->length};
    own.connect_ms = own.first_byte_ms = own.idle_ms = PATIENCE_MS;
    own.answer_limit = ANSWER_BYTES_MAX;
    http_stream_start(streams, &own, &events, side);
}
