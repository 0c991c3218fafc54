/* Everything around it is as with any server: who may call, what is recorded, with which credential, until
 * when. */
#include "bridge_call.h"

#include "bridge_result.h"
#include "bridge_server.h"
#include "message/mcp_error.h"
#include "openapi/openapi_request.h"
#include "relay/presented_credential.h"

enum { OWN_HEADERS = 3 };

static const struct openapi *openapi_of(const struct mcp_call *x)
{
    return x->relayed.target->document->target.mcp.openapi.compiled;
}

static const struct openapi_operation *operation_of(const struct mcp_call *x)
{
    bool is_call = mcp_call_is_request(x) && mcp_message_is(&x->message, "tools/call");
    return is_call ? openapi_find(openapi_of(x), x->message.name) : NULL;
}

const struct json_value *bridge_call_definition(const struct mcp_call *x)
{
    const struct openapi_operation *operation = mcp_call_is_bridged(x) ? operation_of(x) : NULL;
    return operation != NULL ? operation->definition : NULL;
}

/* -- the request */

static struct http_stream_header shown(const struct mcp_call *x)
{
    const struct kept_credential *supply = &x->supply.supply;
    return presented_credential(x->relayed.call.arena, supply->credential, &supply->presentation);
}

static void put_headers(struct mcp_call *x, const struct openapi_operation *operation,
                        const struct openapi_request *request)
{
    struct http_stream_header *headers =
        ARENA_ARRAY(x->relayed.call.arena, struct http_stream_header, request->header_count + OWN_HEADERS);
    size_t count = 0;
    headers[count++] = shown(x);
    headers[count++] = (struct http_stream_header){TEXT("accept"), TEXT("application/json, */*;q=0.5")};
    if (request->body.base != NULL)
        headers[count++] = (struct http_stream_header){TEXT("content-type"), operation->body_type};
    for (size_t i = 0; i < request->header_count; i++)
        headers[count++] = (struct http_stream_header){
            request->headers[i].name, arena_copy(x->relayed.call.arena, request->headers[i].value)};
    x->headers = headers;
    x->header_count = count;
}

static struct text url_of(const struct mcp_call *x, struct text target)
{
    struct text upstream = x->relayed.target->document->target.egress.upstream;
    while (text_ends_with(upstream, TEXT("/")))
        upstream.length--;
    return arena_join(x->relayed.call.arena, (struct text[]){upstream, target}, 2);
}

/* -- what is answered here */

static void answer(struct mcp_call *x, int status, struct text text)
{
    x->bridge.is_answered_here = true;
    x->bridge.status = status;
    x->body = text;
}

static enum fault write_call(struct mcp_call *x, const struct openapi_operation *operation)
{
    struct arena *arena = x->relayed.call.arena;
    struct openapi_request *request = ARENA_NEW(arena, struct openapi_request);
    struct text mistake;
    if (!openapi_request_make(arena, operation, x->message.arguments, shown(x).name, request, &mistake)) {
        answer(x, 200, mcp_error_tool_result(arena, &x->message, mistake));
        return FAULT_NONE;
    }
    x->bridge = (struct bridge_leg){.operation = operation, .url = url_of(x, request->target)};
    x->body = request->body;
    put_headers(x, operation, request);
    return FAULT_NONE;
}

/* What is sent by itself is sent to nobody: there is no stream of one's own, and a notification is taken. */
enum fault bridge_call_write(struct mcp_call *x)
{
    const struct openapi_operation *operation = operation_of(x);
    const struct bridge_server server = bridge_server_of(x->relayed.target->document);
    int status;
    if (x->verb == MCP_GET)
        return FAULT_MCP_METHOD;
    if (operation != NULL)
        return write_call(x, operation);
    if (x->verb == MCP_DELETE)
        answer(x, 200, TEXT_NONE);
    else if (!mcp_call_is_request(x))
        answer(x, 202, TEXT_NONE);
    else if (mcp_message_is(&x->message, "tools/call"))
        return FAULT_MCP_NAME_UNKNOWN; /* its document has changed since it was decided about */
    else
        answer(x, 0, bridge_server_answer(x->relayed.call.arena, &server, &x->message, &status));
    if (x->bridge.status == 0)
        x->bridge.status = status;
    return FAULT_NONE;
}

/* -- sent */

void bridge_call_start(struct mcp_call *x, struct http_streams *streams, int64_t connect_ms)
{
    if (x->bridge.is_answered_here) {
        upstream_leg_answer(&x->upstream, x->bridge.status, x->body);
        return;
    }
    x->upstream.is_whole = true;
    upstream_leg_start(&x->upstream, streams,
                       &(struct http_stream_request){.url = x->bridge.url,
                                                     .method = x->bridge.operation->method,
                                                     .headers = x->headers,
                                                     .header_count = x->header_count,
                                                     .body = x->body,
                                                     .connect_ms = connect_ms});
}

struct text bridge_call_translate(struct mcp_call *x, struct text body)
{
    struct upstream_head *head = &x->upstream.head;
    const struct bridge_response response = {
        .status = head->status, .content_type = head->content_type, .body = body, .call = x->relayed.call.id};
    if (x->bridge.is_answered_here)
        return body;
    head->status = 200; /* of the message; what the API's was is in the result */
    return bridge_result_write(x->relayed.call.arena, x->bridge.operation, &x->message, &response);
}
