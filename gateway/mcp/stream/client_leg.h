/* The client's half of an answer that is a stream of events: what is sent, what keeps it alive while there is
 * nothing, and what becomes of a client that takes nothing. Knows no protocol but comments. */
#ifndef MCP_CLIENT_LEG_H
#define MCP_CLIENT_LEG_H

#include "runtime/loop.h"
#include "transport/request.h"

/* Zeroed before use, but for the first group. On the request's loop. */
struct client_leg {
    struct request *request;
    int64_t keep_alive_ms, stall_ms;
    void (*on_room)(void *context);    /* more can be sent, after it could not */
    void (*on_stall)(void *context);   /* nothing was taken for stall_ms */
    void (*on_silence)(void *context); /* nothing was sent for keep_alive_ms, but for a comment just now */
    void *context;

    bool is_begun, is_full;
    uint64_t bytes; /* sent so far */
    struct loop_timer keep_alive, stall;
};

void client_leg_begin(struct client_leg *leg, const struct response *head);
/* false: hold on until on_room. */
bool client_leg_send(struct client_leg *leg, struct text piece);
/* Nothing happens from here on; the request is ended by whoever has it. */
void client_leg_stop(struct client_leg *leg);

#endif
