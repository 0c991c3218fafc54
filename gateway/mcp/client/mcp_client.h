/* Our own client of MCP servers: finds out which generation a server is of, begins a session where it is the
 * older one, and lists its tools. Everything is bounded. A flow of its own, on the calling loop. */
#ifndef MCP_MCP_CLIENT_H
#define MCP_MCP_CLIENT_H

#include "bridge/bridge_server.h"
#include "message/mcp_answer.h"
#include "session_request.h"
#include "stream/upstream_leg.h"

enum { MCP_CLIENT_TOOLS_MAX = 1024, MCP_CLIENT_PAGES_MAX = 64 };

enum mcp_client_stage { MCP_CLIENT_DISCOVER, MCP_CLIENT_INITIALIZE, MCP_CLIENT_INITIALIZED, MCP_CLIENT_LIST };

/* Zeroed before use, but for the first group, which is borrowed until the wait is done. */
struct mcp_client {
    struct arena *arena; /* of what is found out */
    struct http_streams *streams;
    struct text id, url;                                 /* id: for the log */
    struct http_stream_header credential;                /* as the server is shown it */
    const struct json_value *client_info, *capabilities; /* NULL: this gateway itself, which can do nothing */
    const struct mcp_permitted *permitted;               /* of the capabilities, all else is left out */
    struct bridge_server bridge; /* that answers in the server's place; without openapi: none does */
    enum session_wish wish;
    bool is_guessed_old; /* of SESSION_AUTO: begun as if it were of the older generation, which may be wrong */
    size_t answer_bytes, event_bytes;
    int64_t call_ms, all_ms; /* of each request, and of all of them */
    /* Each tool as it is read; it is gone with its page. */
    void (*on_tool)(void *context, const struct json_value *tool);
    /* Asked before each request: whether what the client asks with was ended. */
    bool (*is_ended)(void *context);
    void *context;

    struct flow_wait wait;
    enum fault fault;
    struct text detail; /* of a fault, for who operates this */
    enum mcp_generation generation;
    struct text version;
    struct text session_id;               /* of the older generation; TEXT_NONE: the server gave none */
    bool is_open;                         /* a session is: to be ended, or used */
    const struct json_value *server_info; /* NULL: the server does not say */
    size_t tool_count;
    bool has_more; /* tools than are taken */

    struct flow flow; /* its own, from here on */
    enum mcp_client_stage stage;
    struct arena *page; /* of the request under way and its answer */
    struct upstream_leg leg;
    struct mcp_message message; /* under way */
    struct text body;
    struct text told; /* the message that answers it, of a stream of events */
    bool lists_tools;
    struct text cursor;
    unsigned pages;
    int64_t last_id, until_ms;
};

/* Completes client->wait. */
void mcp_client_start(struct mcp_client *client);
/* Ends the session that is open, as far as the server hears it. */
void mcp_client_leave(struct mcp_client *client);

#endif
