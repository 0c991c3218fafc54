/* What the guard asks of h2o's HTTP/2 connections; h2o's inner header is seen by http2_guard.c alone. */
#ifndef TRANSPORT_HTTP2_GUARD_H
#define TRANSPORT_HTTP2_GUARD_H

#include <h2o.h>
#include <stdbool.h>

/* Checks that h2o's struct is laid out as its header says: right after h2o_http2_accept. */
void http2_check_layout(h2o_socket_t *socket);
/* The last GOAWAY has been sent: from now on a CONTINUATION would keep h2o busy for ever. */
bool http2_is_half_closed(h2o_socket_t *socket);
/* h2o waits for the CONTINUATION of a header block. */
bool http2_is_in_header_block(h2o_socket_t *socket);
/* Sends GOAWAY(ENHANCE_YOUR_CALM) and closes once this turn has written it. Only while nothing is being
 * written.
 */
void http2_go_away_at_once(h2o_socket_t *socket);
/* How many streams of this context h2o has reset on its own account so far. */
uint64_t http2_streams_reset(const h2o_context_t *context);

#endif
