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
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
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

static void set_status(h2o_req_t *request, const struct response *response)
{
    request->res.status = response->status;
    request->res.reason = reason_of(response->status);
    if (response->content_type.length != 0)
        add_header(request, "content-type", response->content_type);
}

/* Of the connection and not of the answer (RFC 9110 section 7.6.1, RFC 9113 section 8.2.2), or h2o's own. */
static bool is_made_here(const char *name)
{
    static const char *const names[] = {"connection", "date",    "keep-alive", "proxy-connection",
                                        "te",         "trailer", "upgrade",    "transfer-encoding"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

void response_prepare(h2o_req_t *request, const struct response *head)
{
    set_status(request, head);
    for (size_t i = 0; i < head->header_count; i++) {
        const char *name = head->headers[i].name;
        int64_t length;
        if (strcmp(name, "content-length") == 0) {
            if (text_to_int64(head->headers[i].value, &length) && length >= 0 && head->status != 204)
                request->res.content_length = (size_t)length;
        } else if (!is_made_here(name)) {
            h2o_iovec_t copy = h2o_strdup(&request->pool, name, SIZE_MAX);
            add_header(request, copy.base, head->headers[i].value);
        }
    }
}

void response_name_request(h2o_req_t *request, const struct response *head, const char *id)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (strcmp(head->headers[i].name, "x-request-id") == 0)
            return;
    }
    add_header(request, "x-request-id", text_of(id));
}

void response_send(h2o_req_t *request, const struct response *response)
{
    static h2o_generator_t generator;
    bool is_head = text_is((struct text){request->method.base, request->method.len}, "HEAD");
    set_status(request, response);
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
