/* Everything libcurl is told, in one place. It follows no redirect, asks no proxy, speaks no other protocol,
 * stores nothing and stops at the limits; the guard sees each address before it is connected to. */
#include "http_transfer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

enum {
    DEFAULT_TIMEOUT_MS = 10 * 1000,
    CONNECT_TIMEOUT_MS = 5 * 1000,
    HEADER_BYTES_MAX = 64 * 1024,
};

static void initialise_library(void)
{
    INVARIANT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    /* CURLOPT_NOSIGNAL leaves SIGPIPE to the program, and a server that closes early must not end us. */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    INVARIANT(sigaction(SIGPIPE, &ignore, NULL) == 0);
}

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

static struct text trim(struct text text)
{
    while (text.length != 0 && strchr(" \t\r\n", text.base[0]) != NULL)
        text = (struct text){text.base + 1, text.length - 1};
    while (text.length != 0 && strchr(" \t\r\n", text.base[text.length - 1]) != NULL)
        text.length--;
    return text;
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
        buffer_append(&transfer->header, trim(value));
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

/* The socket is opened for exactly this address, so that a name that resolves anew between check and use
 * changes nothing. Without TLS only loopback, and that only as an exception of the guard. */
static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_transfer *transfer = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !address_guard_allows(transfer->guard, &address->addr) ||
        (!transfer->is_https && !address_guard_is_loopback(&address->addr))) {
        transfer->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- Cache-Control --- */

int64_t http_transfer_max_age(struct text cache_control)
{
    static const struct text max_age = {"max-age=", sizeof("max-age=") - 1};
    int64_t seconds = -1;
    while (cache_control.length != 0) {
        struct text directive = trim(text_cut(&cache_control, ','));
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

/* --- a handle --- */

static void set(CURL *easy, CURLoption option, const char *value)
{
    INVARIANT(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

static void set_number(CURL *easy, CURLoption option, long value)
{
    INVARIANT(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

/* User information in a URL is how one host is made to look like another. */
static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    bool found = curl_url_get(url, part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return found;
}

static enum fault read_url(struct http_transfer *transfer, struct text url)
{
    struct buffer copy = {0};
    buffer_append(&copy, url);
    buffer_append_byte(&copy, '\0');
    bool is_clean = url.length != 0 && memchr(url.base, '\0', url.length) == NULL;
    transfer->url = curl_url();
    INVARIANT(transfer->url != NULL);
    bool is_url = is_clean && curl_url_set(transfer->url, CURLUPART_URL, copy.base, 0) == CURLUE_OK;
    buffer_dispose(&copy);
    char *scheme = NULL;
    if (!is_url || curl_url_get(transfer->url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return FAULT_OUTBOUND_REFUSED;
    transfer->is_https = strcmp(scheme, "https") == 0;
    bool is_http = transfer->is_https || strcmp(scheme, "http") == 0;
    curl_free(scheme);
    if (!is_http || has_part(transfer->url, CURLUPART_USER) || has_part(transfer->url, CURLUPART_PASSWORD))
        return FAULT_OUTBOUND_REFUSED;
    return FAULT_NONE;
}

/* A line break inside a header would be another header (RFC 9110 section 5.5). */
static bool has_control_characters(struct text header)
{
    for (size_t i = 0; i < header.length; i++) {
        unsigned char byte = (unsigned char)header.base[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return true;
    }
    return false;
}

static enum fault check_headers(const struct http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (has_control_characters(request->headers[i]))
            return FAULT_OUTBOUND_REFUSED;
    }
    return FAULT_NONE;
}

static enum fault refuse(struct http_transfer *transfer, const char *why)
{
    snprintf(transfer->error, sizeof(transfer->error), "%s", why);
    return FAULT_OUTBOUND_REFUSED;
}

static void set_options(struct http_transfer *transfer, const struct http_request *request, const char *ca_file)
{
    CURL *easy = transfer->easy;
    long timeout_ms = request->timeout_ms > 0 ? (long)request->timeout_ms : DEFAULT_TIMEOUT_MS;
    set_number(easy, CURLOPT_NOSIGNAL, 1);
    set(easy, CURLOPT_PROTOCOLS_STR, transfer->is_https ? "https" : "http");
    set_number(easy, CURLOPT_FOLLOWLOCATION, 0);
    set(easy, CURLOPT_PROXY, ""); /* also switches off what the environment says */
    set_number(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    set_number(easy, CURLOPT_PIPEWAIT, 1);
    set_number(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    set_number(easy, CURLOPT_CONNECTTIMEOUT_MS,
               timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS);
    /* A resolver that hangs is left behind when the time is up; by default libcurl would wait for its thread
     * here, on the loop. */
    set_number(easy, CURLOPT_QUICK_EXIT, 1);
    set_number(easy, CURLOPT_BUFFERSIZE, 16 * 1024);
    set(easy, CURLOPT_USERAGENT, "dragoman");
    if (ca_file != NULL)
        set(easy, CURLOPT_CAINFO, ca_file);
    transfer->body_limit = request->answer_limit;
    transfer->wanted_header = request->wanted_header;
}

static void set_callbacks(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    if (transfer->guard == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
}

static void add_header(struct http_transfer *transfer, struct text header)
{
    SCOPED_BUFFER line = {0};
    buffer_append(&line, header);
    buffer_append_byte(&line, '\0');
    struct curl_slist *longer = curl_slist_append(transfer->headers, line.base);
    INVARIANT(longer != NULL);
    transfer->headers = longer;
}

static void set_content(struct http_transfer *transfer, const struct http_request *request)
{
    CURL *easy = transfer->easy;
    char method[32];
    snprintf(method, sizeof(method), "%.*s", TEXT_ARGUMENTS(request->method));
    if (request->body.length != 0 || strcmp(method, "POST") == 0) {
        buffer_append(&transfer->sent, request->body);
        buffer_append_byte(&transfer->sent, '\0');
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->sent.base);
    }
    if (strcmp(method, "HEAD") == 0)
        set_number(easy, CURLOPT_NOBODY, 1);
    else if (method[0] != '\0')
        set(easy, CURLOPT_CUSTOMREQUEST, method);
    add_header(transfer, TEXT("Expect:")); /* no waiting for 100 (Continue) */
    for (size_t i = 0; i < request->header_count; i++)
        add_header(transfer, request->headers[i]);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

enum fault http_transfer_prepare(struct http_transfer *transfer, const struct http_request *request,
                                 const struct address_guard *guard, const char *ca_file)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    INVARIANT(pthread_once(&once, initialise_library) == 0);
    *transfer = (struct http_transfer){.guard = guard, .max_age_s = -1};
    if (read_url(transfer, request->url) != FAULT_NONE)
        return refuse(transfer, "the URL is not a plain http or https one");
    if (check_headers(request) != FAULT_NONE)
        return refuse(transfer, "a header has control characters");
    transfer->easy = curl_easy_init();
    INVARIANT(transfer->easy != NULL);
    curl_easy_setopt(transfer->easy, CURLOPT_CURLU, transfer->url);
    set_options(transfer, request, ca_file);
    set_callbacks(transfer);
    set_content(transfer, request);
    return FAULT_NONE;
}

static const char *explain(const struct http_transfer *transfer, CURLcode result)
{
    if (transfer->was_refused)
        return "the address is not one that may be connected to";
    if (transfer->was_too_large)
        return "the answer is larger than the limit";
    return transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(result);
}

struct http_answer http_transfer_answer(const struct http_transfer *transfer, CURLcode result)
{
    struct http_answer answer = {.max_age_s = -1};
    if (result != CURLE_OK) {
        answer.fault = transfer->was_refused ? FAULT_OUTBOUND_REFUSED : FAULT_OUTBOUND_FAILED;
        snprintf(answer.detail, sizeof(answer.detail), "%.150s", explain(transfer, result));
        return answer;
    }
    long status = 0;
    char *content_type = NULL;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &content_type);
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
    curl_easy_cleanup(transfer->easy);
    for (struct curl_slist *header = transfer->headers; header != NULL; header = header->next)
        secret_wipe(header->data, strlen(header->data)); /* Authorization is among them */
    curl_slist_free_all(transfer->headers);
    curl_url_cleanup(transfer->url);
    buffer_dispose(&transfer->sent);
    buffer_dispose(&transfer->body);
    buffer_dispose(&transfer->header);
}
