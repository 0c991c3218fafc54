/* What the headers of a call say of its message: in the new generation the same as the message, in the old one
 * the protocol's version and no more. And which headers go upstream, made of what was checked. Pure. */
#ifndef MCP_MCP_HEADERS_H
#define MCP_MCP_HEADERS_H

#include "mcp_message.h"
#include "relay/shown_credential.h"

/* Settles message->generation and message->version.
 *
 * In the new generation (_meta says a version; or a notification whose header says a new one):
 * - FAULT_MCP_META: _meta lacks the version or the client's capabilities (requests only).
 * - FAULT_MCP_HEADER_MISMATCH: MCP-Protocol-Version, Mcp-Method or Mcp-Name is missing or something else than
 *   the message says; Mcp-Name is read as base64 where it says so (=?base64?...?=).
 * - FAULT_MCP_HEADER_DOUBLED: one of them stands there twice (in the old generation too).
 * - FAULT_MCP_VERSION: the version is none of mcp_versions_new.
 * - FAULT_MCP_MESSAGE: a response, which the new generation does not have.
 *
 * In the old one the version is the header's, or 2025-03-26 without one; FAULT_MCP_VERSION for one that is not
 * known. Mcp-Method and Mcp-Name count for nothing there, and are not passed on: nothing is decided by a header
 * that the version in force does not require. A version header of the old generation over a message of the new
 * one is a mismatch, and so is the other way round for initialize. */
MUST_USE enum fault mcp_headers_check(struct arena *arena, const struct shown_headers *headers,
                                      struct mcp_message *message);

/* The same for GET and DELETE, which have no message: the old generation's rule. */
MUST_USE enum fault mcp_headers_version(const struct shown_headers *headers, struct text *version);

/* Mcp-Param-NAME of every argument of tools/call that the tool's inputSchema marks with x-mcp-header (NULL: not
 * known, or has none): there, once, and equal where the argument is there. FAULT_MCP_HEADER_MISMATCH,
 * FAULT_MCP_HEADER_DOUBLED. Nothing in the old generation. */
MUST_USE enum fault mcp_headers_check_parameters(struct arena *arena, const struct shown_headers *headers,
                                                 const struct mcp_message *message,
                                                 const struct json_value *input_schema);

/* Of one tool's marked parameters so many are looked at and passed on. */
enum { MCP_PARAMETERS_MAX = 32, MCP_HEADERS_MAX = 12 + MCP_PARAMETERS_MAX };

struct mcp_header {
    struct text name, value; /* the name in lower case */
};
struct mcp_header_list {
    struct mcp_header rows[MCP_HEADERS_MAX];
    size_t count;
};

/* Everything that goes upstream of what the client sent, and nothing else does: content-type and accept as this
 * protocol has them; the protocol's version (of the old generation: the one given, TEXT_NONE for none, as with
 * initialize); in the new generation Mcp-Method, Mcp-Name and Mcp-Param-* made of the checked message, in the
 * old one last-event-id; traceparent, tracestate, baggage. No authorization, no cookie, nothing that says where
 * the call came from, no session id (which is another one upstream). message is NULL for GET and DELETE. */
void mcp_headers_upstream(struct arena *arena, const struct shown_headers *headers,
                          const struct mcp_message *message, struct text version,
                          const struct json_value *input_schema, struct mcp_header_list *list);

/* The value as a header can carry it: as it is, or in the base64 spelling where it would not arrive as it is.
 */
struct text mcp_headers_encode(struct arena *arena, struct text value);
/* The other way round; false for a base64 spelling that is not whole, or no UTF-8. */
bool mcp_headers_decode(struct arena *arena, struct text header, struct text *value);

#endif
