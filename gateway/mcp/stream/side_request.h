/* A request to a server beside the answer that is being relayed, of which nobody waits for anything: that a
 * request of its own is refused, that a call was cancelled, that a session is over. Best effort. */
#ifndef MCP_SIDE_REQUEST_H
#define MCP_SIDE_REQUEST_H

#include "runtime/http_stream.h"

/* Everything is copied. connect_ms and first_byte_ms are its own. */
void side_request_send(struct http_streams *streams, const struct http_stream_request *request);

#endif
