/* Requests to the world, through the gateway's own guarded client (runtime/http_client.h). Each has a
 * connection of its own: what one target's server sends never reaches another call. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "call.h"
#include "dragoman/adapter_tools.h"
#include "runtime/http_client.h"

enum { ANSWER_BYTES_MAX = 1024 * 1024, RETRY_AFTER_MAX_S = 24 * 3600 };

static bool is_over(void *context)
{
    return adapter_is_over(context);
}

/* Seconds or a date (RFC 9110 section 10.2.3); of dates the one form that may be sent. */
static int64_t read_retry_after(struct text header)
{
    int64_t seconds = 0;
    char date[64];
    struct tm time = {0};
    if (header.base == NULL || header.length >= sizeof(date))
        return 0;
    if (!text_to_int64(header, &seconds)) {
        snprintf(date, sizeof(date), "%.*s", TEXT_ARGUMENTS(header));
        const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &time);
        seconds = end != NULL && *end == '\0' ? (int64_t)timegm(&time) - clock_wall_s() : 0;
    }
    if (seconds < 0)
        return 0;
    return seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S;
}

enum adapter_outcome adapter_https(struct adapter_call *call, const struct adapter_request *request,
                                   struct adapter_answer *answer)
{
    struct http_answer got;
    bool is_wanted = request->wanted_header.base != NULL;
    const struct http_watch watch = {call->program->guard, call->program->ca, is_over, call};
    const struct http_request sent = {
        .url = request->url,
        .method = request->method,
        .headers = request->headers,
        .header_count = request->header_count,
        .body = request->body,
        .certificate = request->certificate,
        .private_key = request->private_key,
        .answer_limit = ANSWER_BYTES_MAX,
        .timeout_ms = adapter_remaining_ms(call),
        .wanted_header = is_wanted ? request->wanted_header : TEXT("retry-after"),
    };
    *answer = (struct adapter_answer){0};
    if (adapter_is_over(call))
        return ADAPTER_CANCELLED;
    enum fault fault = http_fetch_watched(&sent, &watch, call->arena, &got);
    if (fault != FAULT_NONE && adapter_is_over(call))
        return ADAPTER_CANCELLED;
    if (fault == FAULT_OUTBOUND_REFUSED)
        return adapter_misconfigured(call, NULL, "the other side: %s", got.detail);
    if (fault != FAULT_NONE)
        return adapter_unavailable(call, 0, "the other side: %s", got.detail);
    answer->status = got.status;
    answer->body = got.body;
    answer->content_type = got.content_type;
    if (is_wanted)
        answer->header = got.header;
    else
        answer->retry_after_s = read_retry_after(got.header);
    return ADAPTER_DONE;
}
