/* The answer to a call that is not let through: RFC 6750 section 3, for proxies that hand it on. */
#include "exchange/oauth_error.h"
#include "relay/relayed_call.h"

/* The rows of policies are those of an exchange, whose refusals are 400. Here they say that this call is
 * forbidden; a step-up is one more thing to authenticate for (RFC 9470 section 3). */
static int status_of(enum fault fault)
{
    int status = fault_row(fault)->http_status;
    if (fault == FAULT_STEP_UP_REQUIRED)
        return 401;
    return status == 400 ? 403 : status;
}

static struct text challenge_of(const struct relayed_call *x, const struct oauth_error *error, int status)
{
    struct arena *arena = x->call.arena;
    if (x->call.fault == FAULT_STEP_UP_REQUIRED)
        return oauth_error_challenge(arena, error);
    if (x->call.fault == FAULT_CALL_CREDENTIAL_MISSING) /* no error where nothing was shown: section 3.1 */
        return TEXT("Bearer realm=\"dragoman\"");
    if (x->needed_scopes.length != 0)
        return arena_print(arena, "Bearer realm=\"dragoman\", error=\"insufficient_scope\", scope=\"%.*s\"",
                           TEXT_ARGUMENTS(x->needed_scopes));
    if (status != 401)
        return TEXT_NONE;
    return arena_print(arena, "Bearer realm=\"dragoman\", error=\"%.*s\", error_description=\"%.*s\"",
                       TEXT_ARGUMENTS(error->error), TEXT_ARGUMENTS(error->description));
}

void relayed_call_answer_fault(struct relayed_call *x)
{
    struct call *call = &x->call;
    int status = status_of(call->fault);
    struct response_header headers[4] = {{"cache-control", TEXT("no-store")}, {"dragoman-exchange", call->id}};
    size_t count = 2;
    const struct oauth_error error = call_describe_fault(call);
    struct text challenge = challenge_of(x, &error, status);
    struct buffer body = buffer_in(call->arena, 512);
    call_count_refusal(call);
    oauth_error_write(&body, &error);
    if (challenge.length != 0)
        headers[count++] = (struct response_header){"www-authenticate", challenge};
    if (status == 429 || status == 503)
        headers[count++] = (struct response_header){"retry-after", call_retry_after(call)};
    request_answer(call->request, &(struct response){.status = status,
                                                     .content_type = TEXT("application/json"),
                                                     .body = buffer_text(&body),
                                                     .headers = headers,
                                                     .header_count = count});
}
