/* Responses, copied whole into the memory of h2o's request, which outlives the call and dies with the stream.
 */
#include "response.h"

#include <stdio.h>
#include <string.h>

#include "runtime/metrics.h"

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Unnamed";
}

/* A line break in a value would start another header on HTTP/1.1 (RFC 9110 section 5.5). */
static h2o_iovec_t copy_value(h2o_req_t *request, struct text value)
{
    h2o_iovec_t copy = h2o_strdup(&request->pool, value.length != 0 ? value.base : "", value.length);
    for (size_t i = 0; i < copy.len; i++) {
        unsigned char byte = (unsigned char)copy.base[i];
        if (byte < 0x20 || byte == 0x7f)
            copy.base[i] = ' ';
    }
    return copy;
}

static void add_header(h2o_req_t *request, const char *name, struct text value)
{
    h2o_iovec_t copy = copy_value(request, value);
    h2o_add_header_by_str(&request->pool, &request->res.headers, name, strlen(name), 1, NULL, copy.base,
                          copy.len);
}

void response_send(h2o_req_t *request, const struct response *response)
{
    static h2o_generator_t generator;
    bool is_head = text_is((struct text){request->method.base, request->method.len}, "HEAD");
    request->res.status = response->status;
    request->res.reason = reason_of(response->status);
    if (response->content_type.length != 0)
        add_header(request, "content-type", response->content_type);
    for (size_t i = 0; i < response->header_count; i++)
        add_header(request, response->headers[i].name, response->headers[i].value);
    if (response->status != 204 && response->status != 304) /* RFC 9110 section 8.6 */
        request->res.content_length = response->body.length;
    h2o_start_response(request, &generator);
    if (is_head || response->body.length == 0) {
        h2o_send(request, NULL, 0, H2O_SEND_STATE_FINAL);
        return;
    }
    h2o_iovec_t body = h2o_strdup(&request->pool, response->body.base, response->body.length);
    h2o_send(request, &body, 1, H2O_SEND_STATE_FINAL);
}

void response_send_fault(h2o_req_t *request, enum fault fault)
{
    const struct fault_row *row = fault_row(fault);
    static const struct response_header headers[] = {
        {"cache-control", {"no-store", 8}},
        {"retry-after", {"1", 1}},
    };
    char body[512];
    int length = snprintf(body, sizeof(body), "{\"error\":\"%s\",\"error_description\":\"%s\"}",
                          row->oauth_error, row->sentence);
    INVARIANT(length > 0 && (size_t)length < sizeof(body));
    struct response response = {
        .status = row->http_status,
        .content_type = TEXT("application/json"),
        .body = {body, (size_t)length},
        .headers = headers,
        .header_count = row->http_status == 503 ? 2 : 1,
    };
    metric_count_fault(fault, false);
    response_send(request, &response);
}
