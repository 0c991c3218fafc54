/* A flow of its own beside the call's: a credential, then page after page of tools/list. */
#include "tool_learning.h"

#include <stddef.h>

#include "access/mcp_catalog.h"
#include "base/clock.h"
#include "mcp/mcp_keeper.h"
#include "mcp_request.h"
#include "relay/egress_keeper.h"
#include "json/json_writer.h"

enum { PAGES_MAX = 32, CONNECT_MS = 5000, ANSWER_MS = 30 * 1000 };

static struct tool_learning *learning_of(struct flow *flow)
{
    return (struct tool_learning *)(void *)((char *)flow - offsetof(struct tool_learning, flow));
}

static enum flow_step_result fail(struct tool_learning *x, enum fault fault)
{
    x->fault = fault;
    return FLOW_SKIP;
}

static struct arena *arena_of(const struct tool_learning *x)
{
    return x->call->relayed.call.arena;
}

static void start_supply(struct tool_learning *x)
{
    x->supply.call = &x->call->relayed;
    x->supply.is_kept = true;
    credential_supply_start(egress_keeper_supplies(x->call->relayed.call.gateway->egress), &x->supply);
}

static enum flow_step_result supply(struct flow *flow)
{
    struct tool_learning *x = learning_of(flow);
    FLOW_AWAIT(flow, &x->supply.wait, start_supply(x));
    enum fault fault = x->reason != FAULT_NONE ? x->reason : x->supply.fault;
    x->until_ms = clock_monotonic_us() / 1000 + ANSWER_MS;
    return fault == FAULT_NONE ? FLOW_NEXT : fail(x, fault);
}

/* -- one page */

/* The new generation says in each message who asks, and what it can do: nothing. */
static void write_meta(struct json_writer *writer, struct text version)
{
    json_name(writer, TEXT("_meta"));
    json_begin_object(writer);
    json_member_text(writer, MCP_META_VERSION, version);
    json_name(writer, TEXT(MCP_META_CAPABILITIES));
    json_begin_object(writer);
    json_end_object(writer);
    json_name(writer, TEXT(MCP_META_CLIENT));
    mcp_message_write_own_client(writer);
    json_end_object(writer);
}

static struct text write_question(const struct tool_learning *x)
{
    struct buffer json = buffer_in(arena_of(x), 512);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    json_member_text(&writer, "id", TEXT("dragoman-list"));
    json_member_text(&writer, "method", TEXT("tools/list"));
    json_name(&writer, TEXT("params"));
    json_begin_object(&writer);
    json_member_text_if(&writer, "cursor", x->cursor);
    if (x->call->generation == MCP_NEW)
        write_meta(&writer, x->call->version);
    json_end_object(&writer);
    json_end_object(&writer);
    return buffer_text(&json);
}

static enum fault note_event(void *context, const struct event *event)
{
    struct tool_learning *x = context;
    struct mcp_answer answer;
    if (!event->has_data || event->data.length == 0)
        return FAULT_NONE;
    SCOPED_ARENA arena = arena_create();
    TRY(mcp_answer_read(arena, event->data, x->upstream.event_bytes, &answer));
    if (answer.kind != MCP_ANSWER_RESULT && answer.kind != MCP_ANSWER_ERROR)
        return FAULT_NONE;
    x->answer = arena_copy(arena_of(x), event->data);
    return FAULT_CALLER_GONE; /* a stream has said all once the answer is there */
}

static bool has_room(void *context)
{
    (void)context;
    return true;
}

/* Not as a whole: somebody waits for its head already. */
static void set_up(struct tool_learning *x)
{
    const struct mcp_call *call = x->call;
    const struct mcp_gateway_document *settings = &call->relayed.call.world->gateway->mcp;
    struct upstream_leg *leg = &x->upstream;
    leg->arena = arena_of(x);
    leg->id = call->relayed.call.id;
    leg->url = call->relayed.target->document->target.egress.upstream;
    leg->event_bytes = (size_t)settings->event_bytes;
    leg->answer_bytes = (size_t)settings->answer_bytes;
    leg->first_byte_ms = leg->call_ms = x->until_ms - clock_monotonic_us() / 1000;
    leg->on_event = note_event;
    leg->has_room = has_room;
    leg->context = x;
}

static void start_asking(struct tool_learning *x)
{
    struct mcp_call *call = x->call;
    struct http_stream_header headers[MCP_ASIDE_HEADERS_MAX];
    size_t count = mcp_request_headers_aside(call, &x->supply.supply, arena_of(x), headers);
    if (call->generation == MCP_NEW)
        headers[count++] = (struct http_stream_header){TEXT("mcp-method"), TEXT("tools/list")};
    set_up(x);
    upstream_leg_start(&x->upstream, mcp_keeper_streams(call->relayed.call.gateway->mcp),
                       &(struct http_stream_request){.url = x->upstream.url,
                                                     .method = TEXT("POST"),
                                                     .headers = headers,
                                                     .header_count = count,
                                                     .body = write_question(x),
                                                     .connect_ms = CONNECT_MS});
}

static enum flow_step_result ask(struct flow *flow)
{
    struct tool_learning *x = learning_of(flow);
    FLOW_AWAIT(flow, &x->upstream.headed, start_asking(x));
    int status = x->upstream.head.status;
    if (status == 0)
        return fail(x, x->upstream.fault);
    if (status == 401 || status == 403)
        return fail(x, FAULT_MCP_UPSTREAM_REFUSES);
    if (status == 404 && x->call->session.facts.upstream_id.length != 0)
        return fail(x, FAULT_MCP_SESSION_UNKNOWN);
    if (status != 200 && (status < 400 || status >= 500))
        return fail(x, FAULT_MCP_UPSTREAM_ANSWER);
    return status == 200 ? FLOW_NEXT : FLOW_SKIP; /* there are no tools to be learned of */
}

/* -- what it says */

static void note_tool(const struct tool_learning *x, const struct json_value *tool)
{
    struct mcp_access access;
    mcp_access_look(&x->call->relayed,
                    &(struct mcp_access_question){.kind = MCP_ACCESS_TOOL,
                                                  .name = json_text_of(tool, "name"),
                                                  .method = TEXT("tools/list"),
                                                  .generation = x->call->version,
                                                  .definition = tool,
                                                  .is_listing = true},
                    &access);
}

/* An error is an answer: then there are no tools. */
static void note_page(struct tool_learning *x)
{
    struct mcp_answer answer;
    struct text body = x->upstream.head.is_events ? x->answer : buffer_text(&x->upstream.body);
    SCOPED_ARENA arena = arena_create(); /* a server has as many pages as it likes, and none of them is kept */
    struct arena *own = arena_of(x);
    x->cursor = TEXT_NONE;
    x->is_whole = false;
    if (mcp_answer_read(arena, body, x->upstream.answer_bytes, &answer) != FAULT_NONE ||
        answer.kind != MCP_ANSWER_RESULT)
        return;
    const struct json_value *tools = json_member(answer.result, TEXT("tools"));
    bool is_list = tools != NULL && tools->kind == JSON_ARRAY && tools->count <= MCP_LIST_ENTRIES_MAX;
    const struct json_value *tool = is_list ? tools->first : NULL;
    x->is_whole = is_list;
    x->call->relayed.call.arena = arena;
    for (; tool != NULL; tool = tool->next)
        note_tool(x, tool);
    x->call->relayed.call.arena = own;
    x->cursor = arena_copy(arena_of(x), json_text_of(answer.result, "nextCursor"));
}

static void note_listed(const struct relayed_call *x)
{
    mcp_catalog_note_listed(x->call.gateway->definitions, x->target->document->name, x->credential.id,
                            clock_monotonic_us() / 1000);
}

static enum flow_step_result take(struct flow *flow)
{
    struct tool_learning *x = learning_of(flow);
    FLOW_AWAIT(flow, &x->upstream.ended, upstream_leg_await_end(&x->upstream));
    bool is_told = x->answer.base != NULL || x->upstream.fault == FAULT_OUTBOUND_FAILED;
    if (x->reason != FAULT_NONE)
        return fail(x, x->reason);
    if (x->upstream.fault != FAULT_NONE && !is_told)
        return fail(x, x->upstream.fault);
    note_page(x);
    if (clock_monotonic_us() / 1000 >= x->until_ms)
        return fail(x, FAULT_MCP_UPSTREAM_SLOW);
    if (x->cursor.length == 0 && x->is_whole)
        note_listed(&x->call->relayed);
    if (x->cursor.length == 0 || ++x->pages == PAGES_MAX)
        return FLOW_NEXT;
    x->answer = TEXT_NONE;
    upstream_leg_dispose(&x->upstream);
    x->upstream = (struct upstream_leg){0};
    return flow_go_back(flow, ask);
}

static enum flow_step_result leave(struct flow *flow)
{
    upstream_leg_dispose(&learning_of(flow)->upstream);
    return FLOW_NEXT;
}

static const struct flow_step learning_steps[] = {
    FLOW_STEP(supply), /* waits: store or adapter */
    FLOW_STEP(ask),    /* waits: server */
    FLOW_STEP(take),   /* waits: server */
    FLOW_STEP_ALWAYS(leave), FLOW_STEP_LAST,
};

static void finish(struct flow *flow)
{
    flow_wait_done(&learning_of(flow)->wait);
}

void tool_learning_start(struct tool_learning *learning)
{
    flow_start(&learning->flow, learning_steps, finish);
}

void tool_learning_give_up(struct tool_learning *learning, enum fault reason)
{
    if (learning->reason == FAULT_NONE)
        learning->reason = reason;
    if (learning->upstream.stream != NULL)
        upstream_leg_give_up(&learning->upstream, reason);
}
