/* Of a stream for what a server says unasked that has begun, what is still needed: whose it is, what it is
 * looked at by, and what it takes to end it at the server. All else the call has collected is let go of, since
 * thousands of them are silent for hours. A part of mcp_call.c. */
#include "mcp_call.h"
#include "relay/call_settled.h"

/* What an answer to it is told by; such a message has no arguments, and asks for nothing by name. */
static void settle_message(struct mcp_call *x, struct arena *arena)
{
    const struct mcp_message message = x->message;
    struct json_value *id = ARENA_NEW(arena, struct json_value);
    x->version = text_settle(arena, x->version);
    x->view.version = x->version;
    if (message.id != NULL)
        *id = (struct json_value){.kind = message.id->kind, .text = text_settle(arena, message.id->text)};
    x->message = (struct mcp_message){.is_json = message.is_json,
                                      .kind = message.kind,
                                      .generation = message.generation,
                                      .id = message.id != NULL ? id : NULL,
                                      .method = text_settle(arena, message.method),
                                      .version = x->version};
}

static void settle_session(struct session_search *session, struct arena *arena)
{
    struct session_facts *facts = &session->facts;
    facts->lease = text_settle(arena, facts->lease);
    facts->root = text_settle(arena, facts->root);
    facts->upstream_id = text_settle(arena, facts->upstream_id);
}

/* What no answer may show, and what a farewell is sent with. */
static void settle_supply(struct credential_supply *supply, struct arena *arena)
{
    const struct kept_credential *kept = &supply->supply;
    *supply =
        (struct credential_supply){.call = supply->call,
                                   .supply = {.credential = text_settle(arena, kept->credential),
                                              .presentation = {text_settle(arena, kept->presentation.header),
                                                               text_settle(arena, kept->presentation.scheme)},
                                              .lease = text_settle(arena, kept->lease)}};
}

static void drop_steps(struct mcp_call *x)
{
    x->access = (struct mcp_access){.verdict = x->access.verdict, .rule = x->access.rule};
    x->task = (struct task_box){0};
    upstream_leg_dispose(&x->steps->ping);
    x->steps = NULL;
    x->learning = NULL;
    x->bridge = (struct bridge_leg){0};
    x->headers = NULL;
    x->header_count = 0;
    x->body = TEXT_NONE;
}

/* What libcurl still reads, or the store is being asked about, stays where it is. */
void mcp_call_settle(struct mcp_call *x)
{
    struct call *call = &x->relayed.call;
    struct arena *own = call->own;
    if (!mcp_call_is_stream(x) || !upstream_leg_is_sent(&x->upstream) || !call_watch_can_settle(&x->watch))
        return;
    (void)answer_view_permitted(&x->view);
    if (!relayed_call_settle(&x->relayed))
        return;
    settle_message(x, own);
    settle_session(&x->session, own);
    settle_supply(&x->supply, own);
    upstream_leg_settle(&x->upstream, own);
    call_watch_settle(&x->watch, own);
    drop_steps(x);
    call_join_arenas(call);
}
