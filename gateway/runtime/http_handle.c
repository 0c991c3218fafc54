/* Everything libcurl is told, in one place. It follows no redirect, asks no proxy, speaks no other protocol and
 * stores nothing; the guard sees each address before it is connected to. */
#include "http_handle.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "base/buffer.h"
#include "base/secret.h"
#include "runtime/address_guard.h"

/* CURLOPT_UPLOAD_BUFFERSIZE is never less; it is 64 kB otherwise, for the head of a request too. */
enum { BUFFER_BYTES = 16 * 1024, EVENTS_BUFFER_BYTES = 1024, COPIED_MAX = 8 * 1024, CA_FILE_KEPT_S = 60 };

static void initialise_library(void)
{
    INVARIANT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    /* CURLOPT_NOSIGNAL leaves SIGPIPE to the program, and a server that closes early must not end us. */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    INVARIANT(sigaction(SIGPIPE, &ignore, NULL) == 0);
}

struct text http_trim(struct text text)
{
    while (text.length != 0 && strchr(" \t\r\n", text.base[0]) != NULL)
        text = (struct text){text.base + 1, text.length - 1};
    while (text.length != 0 && strchr(" \t\r\n", text.base[text.length - 1]) != NULL)
        text.length--;
    return text;
}

/* The socket is opened for exactly this address, so that a name that resolves anew between check and use
 * changes nothing. Without TLS only loopback, and that only as an exception of the guard. */
static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_handle *handle = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !address_guard_allows(handle->guard, &address->addr) ||
        (!handle->is_https && !address_guard_is_loopback(&address->addr))) {
        handle->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
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

static enum fault read_url(struct http_handle *handle, struct text url)
{
    struct buffer copy = {0};
    buffer_append(&copy, url);
    buffer_append_byte(&copy, '\0');
    bool is_clean = url.length != 0 && memchr(url.base, '\0', url.length) == NULL;
    handle->url = curl_url();
    INVARIANT(handle->url != NULL);
    bool is_url = is_clean && curl_url_set(handle->url, CURLUPART_URL, copy.base, 0) == CURLUE_OK;
    buffer_dispose(&copy);
    char *scheme = NULL;
    if (!is_url || curl_url_get(handle->url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return FAULT_OUTBOUND_REFUSED;
    handle->is_https = strcmp(scheme, "https") == 0;
    bool is_http = handle->is_https || strcmp(scheme, "http") == 0;
    curl_free(scheme);
    if (!is_http || has_part(handle->url, CURLUPART_USER) || has_part(handle->url, CURLUPART_PASSWORD))
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

static enum fault check_headers(const struct http_handle_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (has_control_characters(request->headers[i]))
            return FAULT_OUTBOUND_REFUSED;
    }
    return FAULT_NONE;
}

static enum fault refuse(struct http_handle *handle, const char *why)
{
    snprintf(handle->error, sizeof(handle->error), "%s", why);
    return FAULT_OUTBOUND_REFUSED;
}

/* A folder of certificates would be trusted beside the file, in whose place it is not, and keep libcurl from
 * reading that once for all connections instead of for each. */
static void set_trust(CURL *easy, const char *ca_file)
{
    if (ca_file != NULL)
        set(easy, CURLOPT_CAINFO, ca_file);
    if (ca_file != NULL || curl_version_info(CURLVERSION_NOW)->cainfo != NULL)
        set(easy, CURLOPT_CAPATH, NULL);
    set_number(easy, CURLOPT_CA_CACHE_TIMEOUT, CA_FILE_KEPT_S);
}

static void set_options(struct http_handle *handle, const struct http_handle_request *request)
{
    CURL *easy = handle->easy;
    set_number(easy, CURLOPT_NOSIGNAL, 1);
    set(easy, CURLOPT_PROTOCOLS_STR, handle->is_https ? "https" : "http");
    set_number(easy, CURLOPT_FOLLOWLOCATION, 0);
    set(easy, CURLOPT_PROXY, ""); /* also switches off what the environment says */
    set_number(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    set_number(easy, CURLOPT_PIPEWAIT, 1);
    set_number(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
    set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, request->connect_ms);
    /* A resolver that hangs is left behind when the time is up; by default libcurl would wait for its thread
     * here, on the loop. */
    set_number(easy, CURLOPT_QUICK_EXIT, 1);
    set_number(easy, CURLOPT_BUFFERSIZE, request->is_of_events ? EVENTS_BUFFER_BYTES : BUFFER_BYTES);
    set_number(easy, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_BYTES);
    set(easy, CURLOPT_USERAGENT, "dragoman");
    set_trust(easy, request->ca_file);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handle->error);
    if (handle->guard == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handle);
}

static void add_header(struct http_handle *handle, struct text header)
{
    SCOPED_BUFFER line = {0};
    buffer_append(&line, header);
    buffer_append_byte(&line, '\0');
    struct curl_slist *longer = curl_slist_append(handle->headers, line.base);
    INVARIANT(longer != NULL);
    handle->headers = longer;
}

static bool is_field(struct text line, struct text name)
{
    return line.length > name.length && line.base[name.length] == ':' &&
           text_equal_ignoring_case((struct text){line.base, name.length}, name);
}

/* By our own, where there is one. */
static bool is_replaced(const struct http_handle *handle, struct text header)
{
    return handle->traced.parent[0] != '\0' &&
           (is_field(header, TEXT("traceparent")) || is_field(header, TEXT("tracestate")));
}

static void add_trace(struct http_handle *handle)
{
    const struct trace_call *traced = &handle->traced;
    if (traced->parent[0] == '\0')
        return;
    SCOPED_BUFFER line = {0};
    buffer_print(&line, "traceparent: %s", traced->parent);
    add_header(handle, buffer_text(&line));
    if (traced->state.length == 0)
        return;
    line.length = 0;
    buffer_print(&line, "tracestate: %.*s", TEXT_ARGUMENTS(traced->state));
    add_header(handle, buffer_text(&line));
}

static void end_trace(struct http_handle *handle)
{
    char *host = NULL, *port = NULL;
    const char *method = NULL;
    long status = 0;
    int64_t number = 0;
    if (!trace_call_is_recorded(&handle->traced)) {
        trace_call_end(&handle->traced, TEXT_NONE, TEXT_NONE, 0, 0);
        return;
    }
    curl_url_get(handle->url, CURLUPART_HOST, &host, 0);
    curl_url_get(handle->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (handle->easy != NULL) {
        curl_easy_getinfo(handle->easy, CURLINFO_EFFECTIVE_METHOD, &method);
        curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
    }
    if (!text_to_int64(text_of(port), &number))
        number = 0;
    trace_call_end(&handle->traced, text_of(method), text_of(host), (int)number, (int)status);
    curl_free(host);
    curl_free(port);
}

static size_t read_body(char *out, size_t size, size_t count, void *context)
{
    struct http_handle *handle = context;
    size_t room = size * count, length = handle->unsent.length < room ? handle->unsent.length : room;
    if (length == 0)
        return 0;
    memcpy(out, handle->unsent.base, length);
    handle->unsent = (struct text){handle->unsent.base + length, handle->unsent.length - length};
    return length;
}

static bool is_idempotent(const char *method)
{
    static const char *const methods[] = {"",        "GET", "HEAD",
                                          "OPTIONS", "PUT", "DELETE"}; /* RFC 9110 section 9.2.2 */
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

/* libcurl sends a request again where a kept connection turns out to be closed, whatever the request does. What
 * may have been done already is not to be done twice (RFC 9110 section 9.2.2): a body that cannot be wound back
 * ends that, and where there is none, a connection of its own. */
static void set_once_only(struct http_handle *handle, const struct http_handle_request *request)
{
    CURL *easy = handle->easy;
    handle->unsent = request->body;
    set_number(easy, CURLOPT_POST, 1);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, handle);
    if (request->body.length == 0)
        set_number(easy, CURLOPT_FRESH_CONNECT, 1);
}

/* To read a body libcurl takes a buffer of 16 kB, which it keeps for as long as the answer goes on. A stream of
 * events has a connection to itself for that long: where it has a new one nothing is ever sent again, and what
 * it begins with is copied. */
static bool is_copied(const struct http_handle_request *request)
{
    return request->is_of_events && request->body.length != 0 && request->body.length <= COPIED_MAX;
}

static void set_copied(CURL *easy, struct text body)
{
    set_number(easy, CURLOPT_FRESH_CONNECT, 1);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.length);
    INVARIANT(curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.base) == CURLE_OK);
}

static void set_content(struct http_handle *handle, const struct http_handle_request *request)
{
    CURL *easy = handle->easy;
    char method[32];
    snprintf(method, sizeof(method), "%.*s", TEXT_ARGUMENTS(request->method));
    /* PUT says how long its body is also where it is empty (RFC 9110 section 8.6). */
    if (!is_idempotent(method) && is_copied(request)) {
        set_copied(easy, request->body);
    } else if (!is_idempotent(method)) {
        set_once_only(handle, request);
    } else if (request->body.length != 0 || strcmp(method, "PUT") == 0) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.length != 0 ? request->body.base : "");
        handle->is_body_lent = request->body.length != 0;
    }
    if (strcmp(method, "HEAD") == 0)
        set_number(easy, CURLOPT_NOBODY, 1);
    else if (method[0] != '\0')
        set(easy, CURLOPT_CUSTOMREQUEST, method);
    add_header(handle, TEXT("Expect:")); /* no waiting for 100 (Continue) */
    for (size_t i = 0; i < request->header_count; i++) {
        if (!is_replaced(handle, request->headers[i]))
            add_header(handle, request->headers[i]);
    }
    add_trace(handle);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, handle->headers);
}

enum fault http_handle_open(struct http_handle *handle, const struct http_handle_request *request,
                            const struct address_guard *guard)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    INVARIANT(pthread_once(&once, initialise_library) == 0);
    *handle = (struct http_handle){.guard = guard};
    if (request->is_traced)
        trace_call_begin(&handle->traced);
    if (read_url(handle, request->url) != FAULT_NONE)
        return refuse(handle, "the URL is not a plain http or https one");
    if (check_headers(request) != FAULT_NONE)
        return refuse(handle, "a header has control characters");
    handle->easy = curl_easy_init();
    INVARIANT(handle->easy != NULL);
    curl_easy_setopt(handle->easy, CURLOPT_CURLU, handle->url);
    set_options(handle, request);
    set_content(handle, request);
    return FAULT_NONE;
}

bool http_handle_needs_body(const struct http_handle *handle)
{
    return handle->is_body_lent || handle->unsent.length != 0;
}

/* What libcurl has the library give back of its own accord is what was read into. Tickets that the server sends
 * after the handshake (RFC 8446 section 4.6.1) make it take 16 kB more, for an answer that they do not have. */
void http_handle_release_buffers(struct http_handle *handle)
{
    struct curl_tlssessioninfo *session = NULL;
    CURLcode found = curl_easy_getinfo(handle->easy, CURLINFO_TLS_SSL_PTR, &session);
    if (found == CURLE_OK && session != NULL && session->backend == CURLSSLBACKEND_OPENSSL &&
        session->internals != NULL)
        SSL_free_buffers(session->internals); /* none that is in use */
}

void http_handle_close(struct http_handle *handle)
{
    end_trace(handle);
    curl_easy_cleanup(handle->easy);
    for (struct curl_slist *header = handle->headers; header != NULL; header = header->next)
        secret_wipe(header->data, strlen(header->data)); /* Authorization is among them */
    curl_slist_free_all(handle->headers);
    curl_url_cleanup(handle->url);
    *handle = (struct http_handle){0};
}
