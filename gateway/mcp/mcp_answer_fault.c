/* Answers to calls of MCP servers that go no further: what is wrong with who calls is said as OAuth says it, as
 * clients look for it there (RFC 6750, RFC 9728); what is wrong with a message, or with the server, as the
 * protocol says it. */
#include "mcp_call.h"
#include "mcp_challenge.h"
#include "mcp_request.h"
#include "message/mcp_error.h"

enum { HEADERS_MAX = 6 + MCP_PAGE_HEADERS_MAX };

/* Whoever may not use something is told what they would be told if it was not there, whatever the record says:
 * rules, policies, definitions and an outside decision point alike. */
static enum fault told_fault(const struct mcp_call *x)
{
    enum fault fault = x->relayed.call.fault;
    bool is_hidden = x->access.verdict == MCP_DENIED || x->access.verdict == MCP_SUSPENDED ||
                     fault == FAULT_PDP_DENIED || fault == FAULT_PDP_OBLIGATION;
    return is_hidden && x->access.rule != NULL ? FAULT_MCP_NAME_UNKNOWN : fault;
}

/* -- as OAuth says it */

static bool is_about_caller(enum fault fault)
{
    bool is_ours = (fault >= FAULT_MCP_SERVER_UNKNOWN && fault <= FAULT_MCP_STALLED) ||
                   fault == FAULT_OUTBOUND_FAILED || fault == FAULT_OUTBOUND_REFUSED ||
                   fault == FAULT_CALL_ANSWER_SHOWS;
    return !is_ours || fault == FAULT_MCP_SERVER_UNKNOWN;
}

static struct text challenge_of(struct mcp_call *x, const struct oauth_error *error, int status)
{
    const struct call *call = &x->relayed.call;
    const struct target *server = world_target_named(call->world, x->relayed.described.target_name);
    if (call->fault == FAULT_CALL_SCOPE)
        return mcp_challenge_insufficient(call->arena, server, &x->relayed.scopes, x->relayed.needed_scopes);
    if (status != 401)
        return TEXT_NONE;
    return mcp_challenge_unauthorized(call->arena, server,
                                      call->fault == FAULT_CALL_CREDENTIAL_MISSING ? NULL : error);
}

static int status_of(enum fault fault)
{
    int status = fault_row(fault)->http_status;
    return fault == FAULT_STEP_UP_REQUIRED ? 401 : status == 400 ? 403 : status;
}

/* -- as the protocol says it */

static const struct mcp_message *message_of(const struct mcp_call *x)
{
    static const struct mcp_message none = {0};
    return x->has_message ? &x->message : &none;
}

/* With what the policy says to people (@reason), if it does. */
static struct text approval_text(const struct mcp_call *x)
{
    struct text reason = x->relayed.call.public_reason;
    return arena_print(x->relayed.call.arena, "%s%s%.*s (%.*s; exchange %.*s)",
                       fault_row(FAULT_MCP_APPROVAL)->sentence, reason.length != 0 ? " " : "",
                       TEXT_ARGUMENTS(reason), TEXT_ARGUMENTS(x->access.approval),
                       TEXT_ARGUMENTS(x->relayed.call.id));
}

struct text mcp_answer_fault_message(struct mcp_call *x, enum fault fault)
{
    int status;
    return mcp_error_answer(x->relayed.call.arena, fault, message_of(x), &status);
}

static struct text body_of(struct mcp_call *x, enum fault fault, int *status)
{
    struct call *call = &x->relayed.call;
    *status = 200;
    if (fault == FAULT_MCP_APPROVAL && x->message.named == MCP_NAMED_TOOL)
        return mcp_error_tool_result(call->arena, &x->message, approval_text(x));
    return mcp_error_answer(call->arena, fault, message_of(x), status);
}

static struct text allowed_methods(const struct mcp_call *x)
{
    bool is_new = mcp_version_is_new(request_header(x->relayed.call.request, "mcp-protocol-version", 0));
    return is_new ? TEXT("POST") : TEXT("POST, GET, DELETE");
}

void mcp_answer_fault(struct mcp_call *x)
{
    struct call *call = &x->relayed.call;
    struct response_header headers[HEADERS_MAX] = {{"cache-control", TEXT("no-store")},
                                                   {"dragoman-exchange", call->id}};
    enum fault fault = told_fault(x);
    struct response response = {.status = status_of(fault),
                                .content_type = TEXT("application/json"),
                                .headers = headers,
                                .header_count = 2};
    call_count_refusal(call);
    if (is_about_caller(fault)) {
        const struct oauth_error error = call_describe_fault(call);
        struct buffer body = buffer_in(call->arena, 512);
        struct text challenge = challenge_of(x, &error, response.status);
        oauth_error_write(&body, &error);
        response.body = buffer_text(&body);
        if (challenge.length != 0)
            headers[response.header_count++] = (struct response_header){"www-authenticate", challenge};
    } else {
        response.body = body_of(x, fault, &response.status);
    }
    if (call->fault != FAULT_MCP_SERVER_UNKNOWN)
        response.header_count += mcp_request_page_headers(x, &headers[response.header_count]);
    if (response.status == 429 || response.status == 503)
        headers[response.header_count++] = (struct response_header){"retry-after", call_retry_after(call)};
    if (response.status == 405)
        headers[response.header_count++] = (struct response_header){"allow", allowed_methods(x)};
    request_answer(call->request, &response);
}
