/* A handle with a total time, and an answer that is collected up to its limits. */
#include "http_transfer.h"

#include <stdio.h>
#include <string.h>

enum {
    DEFAULT_TIMEOUT_MS = 10 * 1000,
    CONNECT_TIMEOUT_MS = 5 * 1000,
    HEADER_BYTES_MAX = 64 * 1024,
};

/* --- what libcurl calls --- */

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    size_t length = size * count;
    if (length > transfer->body_limit - transfer->body.length) {
        transfer->was_too_large = true;
        return 0;
    }
    buffer_append(&transfer->body, (struct text){bytes, length});
    return length;
}

/* True if the line is this field, with what is behind the colon. */
static bool is_field(struct text line, struct text name, struct text *value)
{
    if (line.length <= name.length || line.base[name.length] != ':' ||
        !text_equal_ignoring_case((struct text){line.base, name.length}, name))
        return false;
    *value = (struct text){line.base + name.length + 1, line.length - name.length - 1};
    return true;
}

/* Several fields of one name are one list (RFC 9110 section 5.3), so that a second one is not overlooked. Those
 * of an interim answer are not the answer's. */
static void keep_wanted(struct http_transfer *transfer, struct text line)
{
    struct text value;
    if (text_starts_with(line, TEXT("HTTP/"))) {
        transfer->header.length = 0;
        transfer->has_header = false;
    } else if (transfer->wanted_header.length != 0 && is_field(line, transfer->wanted_header, &value)) {
        if (transfer->has_header)
            buffer_append_byte(&transfer->header, ',');
        buffer_append(&transfer->header, http_trim(value));
        transfer->has_header = true;
    }
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    struct text line = {bytes, size * count}, value;
    transfer->header_bytes += line.length;
    if (transfer->header_bytes > HEADER_BYTES_MAX) {
        transfer->was_too_large = true;
        return 0;
    }
    if (is_field(line, TEXT("cache-control"), &value))
        transfer->max_age_s = http_transfer_max_age(value);
    keep_wanted(transfer, line);
    return line.length;
}

/* --- Cache-Control --- */

int64_t http_transfer_max_age(struct text cache_control)
{
    static const struct text max_age = {"max-age=", sizeof("max-age=") - 1};
    int64_t seconds = -1;
    while (cache_control.length != 0) {
        struct text directive = http_trim(text_cut(&cache_control, ','));
        if (text_equal_ignoring_case(directive, TEXT("no-store")) ||
            text_equal_ignoring_case(directive, TEXT("no-cache")))
            return 0;
        if (directive.length > max_age.length &&
            text_equal_ignoring_case((struct text){directive.base, max_age.length}, max_age)) {
            struct text value = {directive.base + max_age.length, directive.length - max_age.length};
            if (!text_to_int64(value, &seconds) || seconds < 0)
                seconds = -1;
        }
    }
    return seconds;
}

/* --- a transfer --- */

static void set_callbacks(struct http_transfer *transfer)
{
    CURL *easy = transfer->handle.easy;
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

enum fault http_transfer_prepare(struct http_transfer *transfer, const struct http_request *request,
                                 const struct address_guard *guard, const char *ca_file)
{
    *transfer = (struct http_transfer){
        .max_age_s = -1, .body_limit = request->answer_limit, .wanted_header = request->wanted_header};
    buffer_append(&transfer->sent, request->body);
    long timeout_ms = request->timeout_ms > 0 ? (long)request->timeout_ms : DEFAULT_TIMEOUT_MS;
    struct http_handle_request told = {
        .url = request->url,
        .method = request->method,
        .headers = request->headers,
        .header_count = request->header_count,
        .body = buffer_text(&transfer->sent),
        .timeout_ms = timeout_ms,
        .connect_ms = timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS,
        .ca_file = ca_file,
        .is_traced = request->is_traced,
    };
    TRY(http_handle_open(&transfer->handle, &told, guard));
    set_callbacks(transfer);
    return FAULT_NONE;
}

static const char *explain(const struct http_transfer *transfer, CURLcode result)
{
    if (transfer->handle.was_refused)
        return "the address is not one that may be connected to";
    if (transfer->was_too_large)
        return "the answer is larger than the limit";
    return transfer->handle.error[0] != '\0' ? transfer->handle.error : curl_easy_strerror(result);
}

struct http_answer http_transfer_answer(const struct http_transfer *transfer, CURLcode result)
{
    struct http_answer answer = {.max_age_s = -1};
    if (result != CURLE_OK) {
        answer.fault = transfer->handle.was_refused ? FAULT_OUTBOUND_REFUSED : FAULT_OUTBOUND_FAILED;
        snprintf(answer.detail, sizeof(answer.detail), "%.150s", explain(transfer, result));
        return answer;
    }
    long status = 0;
    char *content_type = NULL;
    curl_easy_getinfo(transfer->handle.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->handle.easy, CURLINFO_CONTENT_TYPE, &content_type);
    answer.status = (int)status;
    answer.content_type = text_of(content_type);
    answer.body = buffer_text(&transfer->body);
    if (transfer->has_header)
        answer.header = transfer->header.length != 0 ? buffer_text(&transfer->header) : TEXT("");
    answer.max_age_s = transfer->max_age_s;
    return answer;
}

void http_transfer_dispose(struct http_transfer *transfer)
{
    http_handle_close(&transfer->handle);
    buffer_dispose(&transfer->sent);
    buffer_dispose(&transfer->body);
    buffer_dispose(&transfer->header);
}
