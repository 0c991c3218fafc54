/* The parameter mcp of a token request for a session: how an agent wants to use an MCP server, and what it says
 * of itself there. Pure. */
#ifndef MCP_SESSION_REQUEST_H
#define MCP_SESSION_REQUEST_H

#include "base/arena.h"
#include "base/fault.h"
#include "json/json_value.h"

enum { SESSION_REQUEST_BYTES_MAX = 8 * 1024 };

enum session_mode { SESSION_PROXY, SESSION_DIRECT };
enum session_wish { SESSION_AUTO, SESSION_OLD, SESSION_NEW };

struct session_request {
    enum session_mode mode;
    enum session_wish wish;
    const struct json_value *client_info;  /* an object with name and version; NULL: not said */
    const struct json_value *capabilities; /* an object; NULL: not said */
    int64_t lifetime_s;                    /* at most; 0: as the documents say */
};

/* MCP_SESSION_INVALID for what cannot be read as that. parameter TEXT_NONE: everything as is usual. */
MUST_USE enum fault session_request_read(struct arena *arena, struct text parameter,
                                         struct session_request *request);

/* A session of the older protocol is bound to what its client says of itself when it begins: it is opened for
 * whoever has said that. */
static inline bool session_request_says_client(const struct session_request *request)
{
    return request->client_info != NULL && request->capabilities != NULL;
}

#endif
