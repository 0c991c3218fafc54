/* What of a caller's request goes upstream: the URL, pinned by the target, and the headers, without those that
 * are of this connection or show who the caller is. Pure. */
#ifndef RELAY_UPSTREAM_REQUEST_H
#define RELAY_UPSTREAM_REQUEST_H

#include "adapters/adapter.h"
#include "base/arena.h"
#include "runtime/http_stream.h"
#include "transport/request.h"

/* upstream: the target's URL, without a query; path: decoded, begins with '/', no dot segments, as it was
 * decided on, and written anew from that; query: as the caller sent it, TEXT_NONE for none. REQUEST_PATH for a
 * query that has what no query has (RFC 3986 section 3.4). */
MUST_USE enum fault upstream_url(struct arena *arena, struct text upstream, struct text path, struct text query,
                                 struct text *url);

struct upstream_headers {
    struct http_stream_header *items;
    size_t count;
};

/* The caller's that go on, and the credential. REQUEST_TOO_LARGE: there are more than a request may have. */
MUST_USE enum fault upstream_headers(struct arena *arena, const struct request *request, struct text credential,
                                     const struct credential_presentation *presentation,
                                     struct upstream_headers *headers);
/* Whether it asks for another protocol than HTTP on its connection (RFC 9110 section 7.8). */
bool upstream_request_is_upgrade(const struct request *request);

#endif
