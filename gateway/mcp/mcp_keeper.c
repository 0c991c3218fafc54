/* Connections of its own: each agent has one stream to a server open for as long as it is there, over HTTP/1.1
 * mostly, and those must not take the place of calls through egress. */
#include "mcp/mcp_keeper.h"

#include <stdlib.h>

#include "client/generation_book.h"
#include "runtime/broadcast.h"
#include "session/session_book.h"
#include "stream/open_book.h"

enum { SESSIONS = 65536 };

struct mcp_keeper {
    struct broadcast loops;
    struct http_streams *streams[BROADCAST_LOOPS_MAX];
    struct session_book *sessions;
    struct open_book *open;
    struct generation_book *generations;
};

struct mcp_keeper *mcp_keeper_create(struct loop *const *loops, size_t count, const struct address_guard *guard,
                                     const char *ca_file)
{
    static const struct http_streams_limits limits = {
        .streams = 32768, .connections = 32768, .connections_per_host = 16384};
    struct mcp_keeper *keeper = calloc(1, sizeof(*keeper));
    INVARIANT(keeper != NULL);
    broadcast_open(&keeper->loops, loops, count);
    keeper->sessions = session_book_create(SESSIONS);
    keeper->open = open_book_create();
    keeper->generations = generation_book_create();
    for (size_t i = 0; i < count; i++)
        keeper->streams[i] = http_streams_create_for(loops[i], guard, ca_file, &limits);
    return keeper;
}

void mcp_keeper_close(struct mcp_keeper *keeper)
{
    for (size_t i = 0; keeper != NULL && i < keeper->loops.count; i++) {
        http_streams_destroy(keeper->streams[i]);
        keeper->streams[i] = NULL;
    }
}

void mcp_keeper_destroy(struct mcp_keeper *keeper)
{
    if (keeper == NULL)
        return;
    session_book_destroy(keeper->sessions);
    open_book_destroy(keeper->open);
    generation_book_destroy(keeper->generations);
    free(keeper);
}

struct http_streams *mcp_keeper_streams(struct mcp_keeper *keeper)
{
    return keeper->streams[broadcast_place(&keeper->loops)];
}

struct session_book *mcp_keeper_sessions(struct mcp_keeper *keeper)
{
    return keeper->sessions;
}

struct open_book *mcp_keeper_open(struct mcp_keeper *keeper)
{
    return keeper->open;
}

struct generation_book *mcp_keeper_generations(struct mcp_keeper *keeper)
{
    return keeper->generations;
}
