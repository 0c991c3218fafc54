/* What comes from a client and what of it goes to its MCP server: the checks before anybody is known, the
 * message, what is asked about it, and the request upstream, of our own bytes and of headers that were allowed.
 * Steps of mcp_call.c. */
#ifndef MCP_MCP_REQUEST_H
#define MCP_MCP_REQUEST_H

#include "mcp_call.h"

/* Host, Origin, method, media types, size. */
MUST_USE enum fault mcp_request_check(struct mcp_call *x);
/* A browser asks, before it lets a page of an allowed origin send anything (Fetch, CORS protocol). */
bool mcp_request_is_preflight(const struct mcp_call *x);
/* What lets that page read an answer; none where no page asks. There is room for MCP_PAGE_HEADERS_MAX. */
enum { MCP_PAGE_HEADERS_MAX = 4 };
size_t mcp_request_page_headers(const struct mcp_call *x, struct response_header *headers);
/* The message, its generation, and what of it is recorded. */
MUST_USE enum fault mcp_request_read(struct mcp_call *x);
/* Again, when more of it is known. */
void mcp_request_note(struct mcp_call *x);
/* Whether the method is one that is passed on, and what policy is asked about it. */
MUST_USE enum fault mcp_request_question(struct mcp_call *x, struct mcp_access_question *question);
/* Body and headers of the request upstream, with the credential that was supplied. */
MUST_USE enum fault mcp_request_write(struct mcp_call *x);

/* The same once more, with another credential. */
void mcp_request_write_again(struct mcp_call *x);
/* The message as it was read is needed no more: a call may wait for minutes, and it may be many values. */
void mcp_request_forget(struct mcp_call *x);

/* Headers of a request to the same server besides: without those of the call's own message. */
size_t mcp_request_headers_aside(const struct mcp_call *x, const struct kept_credential *supply,
                                 struct arena *arena, struct http_stream_header *headers);
enum { MCP_ASIDE_HEADERS_MAX = 8 };

#endif
