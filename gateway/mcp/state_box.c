/* The caller is known by whom a session would be pinned to, so that tokens may be renewed between two rounds.
 */
#include "state_box.h"

#include "message/request_state.h"
#include "session/session_facts.h"

/* In which a person answers what a server asks. */
enum { KEPT_S = 3600 };

static struct request_state_call call_of(const struct relayed_call *x, const struct mcp_message *message,
                                         struct text arguments, unsigned char owner[DIGEST_SIZE])
{
    session_owner(x->target->document->name, x->credential.record, owner);
    return (struct request_state_call){.owner = {(const char *)owner, DIGEST_SIZE},
                                       .target = x->target->document->name,
                                       .method = message->method,
                                       .name = message->name,
                                       .arguments = arguments};
}

enum fault state_box_seal(const struct relayed_call *x, struct arena *arena, const struct mcp_message *message,
                          struct text arguments, struct text state, struct text *sealed)
{
    unsigned char owner[DIGEST_SIZE];
    const struct request_state_call call = call_of(x, message, arguments, owner);
    return request_state_seal(x->call.gateway->sealer, arena, &call, state, x->call.now_s + KEPT_S, sealed);
}

enum fault state_box_open(const struct relayed_call *x, const struct mcp_message *message, struct text *state)
{
    unsigned char owner[DIGEST_SIZE];
    struct text arguments = request_state_arguments(x->call.arena, message->arguments);
    const struct request_state_call call = call_of(x, message, arguments, owner);
    return request_state_open(x->call.gateway->sealer, x->call.arena, &call, message->request_state,
                              x->call.now_s, state);
}
