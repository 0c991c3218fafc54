/* One request after the other; what the answer to each is decides which comes next. See mcp_client.h. */
#include "mcp_client.h"

#include <stddef.h>

#include "base/clock.h"
#include "client_request.h"
#include "message/mcp_error.h"
#include "session/session_goodbye.h"

static enum flow_step_result send_request(struct flow *flow);

static struct mcp_client *client_of(struct flow *flow)
{
    return (struct mcp_client *)(void *)((char *)flow - offsetof(struct mcp_client, flow));
}

static enum flow_step_result fail(struct mcp_client *x, enum fault fault, const char *detail)
{
    x->fault = fault;
    x->detail = text_of(detail);
    return FLOW_SKIP;
}

/* -- one request */

/* A stream has said all once the answer is there. */
static enum fault on_event(void *context, const struct event *event)
{
    struct mcp_client *x = context;
    struct mcp_answer answer;
    SCOPED_ARENA arena = arena_create();
    if (!event->has_data || event->data.length == 0)
        return FAULT_NONE;
    if (mcp_answer_read(arena, event->data, x->event_bytes, &answer) != FAULT_NONE)
        return FAULT_MCP_UPSTREAM_ANSWER;
    if (x->message.id == NULL || !mcp_answer_is_to(&answer, x->message.id))
        return FAULT_NONE; /* what it says or asks besides is not for who only looks */
    x->told = arena_copy(x->page, event->data);
    return FAULT_CALLER_GONE;
}

static bool has_room(void *context)
{
    (void)context;
    return true;
}

/* Of a server that is an HTTP API there is nobody to be asked what it is. */
static void answer_here(struct mcp_client *x)
{
    int status = 202;
    struct text body = TEXT_NONE;
    if (x->message.kind == MCP_REQUEST)
        body = bridge_server_answer(x->page, &x->bridge, &x->message, &status);
    upstream_leg_answer(&x->leg, status, body);
}

/* What was found out is kept; a server has as many pages as it likes. */
static void turn_page(struct mcp_client *x)
{
    if (x->page != NULL)
        arena_destroy(x->page);
    x->page = arena_create();
    x->told = TEXT_NONE;
}

static void start_sending(struct mcp_client *x)
{
    struct client_request request;
    int64_t left_ms = x->until_ms - clock_monotonic_us() / 1000;
    turn_page(x);
    x->leg.call_ms = x->leg.first_byte_ms = left_ms < x->call_ms ? left_ms : x->call_ms;
    x->fault = x->is_ended(x->context) ? FAULT_CALL_CREDENTIAL_ENDED
               : left_ms > 0           ? client_request_write(x, &request)
                                       : FAULT_MCP_UPSTREAM_SLOW;
    if (x->fault != FAULT_NONE) {
        flow_wait_done(&x->leg.headed);
        return;
    }
    if (x->bridge.openapi != NULL)
        answer_here(x);
    else
        upstream_leg_start(&x->leg, x->streams, &request.http);
    upstream_leg_await_head(&x->leg);
}

static enum flow_step_result send_request(struct flow *flow)
{
    struct mcp_client *x = client_of(flow);
    FLOW_AWAIT(flow, &x->leg.headed, start_sending(x));
    return x->fault == FAULT_NONE ? FLOW_NEXT : FLOW_SKIP;
}

static enum flow_step_result go_on(struct mcp_client *x, enum mcp_client_stage stage)
{
    x->stage = stage;
    upstream_leg_forget(&x->leg);
    return flow_go_back(&x->flow, send_request);
}

/* -- what the answers mean */

static bool read_answer(struct mcp_client *x, struct mcp_answer *answer)
{
    struct text body = x->told.base != NULL ? x->told : buffer_text(&x->leg.body);
    return body.length != 0 && mcp_answer_read(x->page, body, x->answer_bytes, answer) == FAULT_NONE;
}

/* Of a text list the first that is spoken here. */
static struct text choose_version(struct mcp_client *x, const struct json_value *versions)
{
    for (const struct json_value *one = versions != NULL ? versions->first : NULL; one != NULL; one = one->next)
        if (mcp_version_is_supported(MCP_NEW, json_string(one)))
            return arena_copy(x->arena, json_string(one));
    return TEXT_NONE;
}

static enum flow_step_result begin_listing(struct mcp_client *x, const struct json_value *capabilities)
{
    x->lists_tools = json_member(capabilities, TEXT("tools")) != NULL;
    if (x->generation == MCP_OLD)
        return go_on(x, MCP_CLIENT_INITIALIZED);
    return x->lists_tools ? go_on(x, MCP_CLIENT_LIST) : FLOW_NEXT;
}

/* Errors that only the newer generation has, and an unknown method at the status that only that has for it
 * (2026-07-28, Streamable HTTP). */
static bool is_modern_error(const struct mcp_client *x, const struct mcp_answer *answer)
{
    return answer->kind == MCP_ANSWER_ERROR &&
           (answer->code == MCP_CODE_HEADER || answer->code == MCP_CODE_CAPABILITY ||
            answer->code == MCP_CODE_VERSION || (answer->code == MCP_CODE_METHOD && x->leg.head.status == 404));
}

static enum flow_step_result take_discovery(struct mcp_client *x, const struct mcp_answer *answer)
{
    const struct json_value *result = answer == NULL ? NULL : answer->result;
    struct text version = choose_version(x, json_member(result, TEXT("supportedVersions")));
    if (result != NULL && answer->kind == MCP_ANSWER_RESULT && version.base != NULL) {
        x->generation = MCP_NEW;
        x->version = version;
        x->server_info =
            json_copy(x->arena, json_member(json_member(result, TEXT("_meta")), TEXT(MCP_META_SERVER)));
        return begin_listing(x, json_member(result, TEXT("capabilities")));
    }
    bool is_new = answer != NULL && is_modern_error(x, answer);
    if (x->wish == SESSION_NEW || is_new)
        return fail(x, FAULT_MCP_UPSTREAM_ANSWER, "it speaks no version of the protocol that is spoken here");
    return go_on(x, MCP_CLIENT_INITIALIZE);
}

static enum flow_step_result take_beginning(struct mcp_client *x, const struct mcp_answer *answer)
{
    struct text version = answer == NULL ? TEXT_NONE : json_text_of(answer->result, "protocolVersion");
    x->session_id = x->leg.head.session_id;
    x->is_open = x->session_id.base != NULL;
    bool is_begun =
        answer != NULL && answer->kind == MCP_ANSWER_RESULT && mcp_version_is_supported(MCP_OLD, version);
    if (!is_begun && x->is_guessed_old && !x->is_open) {
        x->is_guessed_old = false;
        return go_on(x, MCP_CLIENT_DISCOVER);
    }
    if (!is_begun)
        return fail(x, FAULT_MCP_UPSTREAM_ANSWER, "it does not begin a session of any version spoken here");
    x->generation = MCP_OLD;
    x->version = arena_copy(x->arena, version);
    x->server_info = json_copy(x->arena, json_member(answer->result, TEXT("serverInfo")));
    return begin_listing(x, json_member(answer->result, TEXT("capabilities")));
}

static void take_tools(struct mcp_client *x, const struct json_value *tools)
{
    for (const struct json_value *tool = tools != NULL ? tools->first : NULL; tool != NULL; tool = tool->next) {
        x->has_more |= x->tool_count == MCP_CLIENT_TOOLS_MAX;
        if (x->has_more)
            return;
        x->tool_count++;
        x->on_tool(x->context, tool);
    }
}

static enum flow_step_result take_page(struct mcp_client *x, const struct mcp_answer *answer)
{
    const struct json_value *tools = answer == NULL ? NULL : json_member(answer->result, TEXT("tools"));
    if (tools == NULL || tools->kind != JSON_ARRAY)
        return fail(x, FAULT_MCP_UPSTREAM_ANSWER, "it does not list its tools");
    take_tools(x, tools);
    struct text before = x->cursor;
    struct text next = json_text_of(answer->result, "nextCursor");
    x->cursor = next.base == NULL ? TEXT_NONE : arena_copy(x->arena, next);
    x->pages++;
    if (x->cursor.base == NULL || x->has_more)
        return FLOW_NEXT;
    if (x->pages == MCP_CLIENT_PAGES_MAX || text_equal(before, x->cursor)) {
        x->has_more = true;
        return FLOW_NEXT;
    }
    return go_on(x, MCP_CLIENT_LIST);
}

static enum flow_step_result judge(struct mcp_client *x)
{
    struct mcp_answer answer;
    const struct upstream_head *head = &x->leg.head;
    bool is_answered = read_answer(x, &answer);
    if (x->leg.fault != FAULT_NONE && x->told.base == NULL)
        return fail(x, x->leg.fault, "it does not answer");
    if (head->status == 401 || head->status == 403)
        return fail(x, FAULT_MCP_UPSTREAM_REFUSES, "it does not take the credential");
    if (head->status >= 500 || (head->status >= 300 && head->status < 400))
        return fail(x, FAULT_MCP_UPSTREAM_ANSWER, "it is not well");
    switch (x->stage) {
    case MCP_CLIENT_DISCOVER:
        return take_discovery(x, is_answered ? &answer : NULL);
    case MCP_CLIENT_INITIALIZE:
        return take_beginning(x, is_answered ? &answer : NULL);
    case MCP_CLIENT_INITIALIZED:
        return x->lists_tools ? go_on(x, MCP_CLIENT_LIST) : FLOW_NEXT;
    case MCP_CLIENT_LIST:
        break;
    }
    return take_page(x, is_answered ? &answer : NULL);
}

static enum flow_step_result take(struct flow *flow)
{
    struct mcp_client *x = client_of(flow);
    FLOW_AWAIT(flow, &x->leg.ended, upstream_leg_await_end(&x->leg));
    return judge(x);
}

static const struct flow_step client_steps[] = {
    FLOW_STEP(send_request), /* waits: server */
    FLOW_STEP(take),         /* waits: server, and goes back for the next request */
    FLOW_STEP_LAST,
};

static void finish(struct flow *flow)
{
    struct mcp_client *x = client_of(flow);
    upstream_leg_dispose(&x->leg);
    if (x->page != NULL)
        arena_destroy(x->page);
    x->page = NULL;
    flow_wait_done(&x->wait);
}

void mcp_client_start(struct mcp_client *x)
{
    x->leg = (struct upstream_leg){.arena = x->arena,
                                   .id = x->id,
                                   .url = x->url,
                                   .event_bytes = x->event_bytes,
                                   .answer_bytes = x->answer_bytes,
                                   .on_event = on_event,
                                   .has_room = has_room,
                                   .context = x};
    x->until_ms = clock_monotonic_us() / 1000 + x->all_ms;
    x->is_guessed_old &= x->wish == SESSION_AUTO;
    x->stage = x->wish == SESSION_OLD || x->is_guessed_old ? MCP_CLIENT_INITIALIZE : MCP_CLIENT_DISCOVER;
    flow_start(&x->flow, client_steps, finish);
}

void mcp_client_leave(struct mcp_client *x)
{
    const struct session_goodbye goodbye = {x->url, x->session_id, x->version, x->credential.name,
                                            x->credential.value};
    if (x->is_open)
        session_goodbye_say(x->streams, &goodbye);
    x->is_open = false;
}
