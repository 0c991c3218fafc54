/* The same box as that of a requestState, made for no call in particular. */
#include "task_box.h"

#include "message/request_state.h"
#include "session/session_facts.h"
#include "json/json_writer.h"

/* Longer than a task is kept anywhere. */
enum { KEPT_S = 86400 };

static struct request_state_call call_of(const struct relayed_call *x, unsigned char owner[DIGEST_SIZE])
{
    session_owner(x->target->document->name, x->credential.record, owner);
    return (struct request_state_call){.owner = {(const char *)owner, DIGEST_SIZE},
                                       .target = x->target->document->name,
                                       .method = TEXT("tasks")};
}

enum fault task_box_seal(const struct relayed_call *x, struct arena *arena, const struct task_box *task,
                         struct text *sealed)
{
    unsigned char owner[DIGEST_SIZE];
    const struct request_state_call call = call_of(x, owner);
    struct buffer json = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "id", task->id);
    json_member_text(&writer, "tool", task->tool);
    json_end_object(&writer);
    return request_state_seal(x->call.gateway->sealer, arena, &call, buffer_text(&json), x->call.now_s + KEPT_S,
                              sealed);
}

enum fault task_box_open(const struct relayed_call *x, struct arena *arena, struct text sealed,
                         struct task_box *task)
{
    unsigned char owner[DIGEST_SIZE];
    const struct request_state_call call = call_of(x, owner);
    const struct json_value *json;
    struct text state;
    TRY(request_state_open(x->call.gateway->sealer, arena, &call, sealed, x->call.now_s, &state));
    if (json_parse(arena, state, &json_limits_token, &json) != FAULT_NONE)
        return FAULT_MCP_STATE;
    *task = (struct task_box){json_text_of(json, "id"), json_text_of(json, "tool")};
    return FAULT_NONE;
}
